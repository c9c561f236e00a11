import { parseId, err, ok, type Result } from '@glasshouse/kernel'

/**
 * The place of a client in all streams of its connection, as an opaque text: the `id` of an event stream, which comes back as
 * `Last-Event-ID`. It opens nothing: whoever changes it names other places, and each stream's permission is asked anew. The sum at its
 * end finds what was cut off or mistyped.
 */
const VERSION = 'e1'
const SEQ_DIGITS_MAX = 11

export type EventPlaces = ReadonlyMap<string, number>

/** Names must not have a `.` or `@` in them; those of streams do not. */
export function formatEventCursor(places: EventPlaces): string {
  const fields = [...places].map(([stream, seq]) => `${shortName(stream)}@${seq.toString(36)}`)
  const text = [VERSION, ...fields].join('.')
  return `${text}.${checksum(text)}`
}

/** At most `placesMax` of them. */
export function parseEventCursor(text: string, placesMax: number): Result<EventPlaces, 'malformed'> {
  const end = text.lastIndexOf('.')
  const [version, ...fields] = text.slice(0, Math.max(0, end)).split('.')
  if (version !== VERSION || fields.length > placesMax) return err('malformed')
  if (text.slice(end + 1) !== checksum(text.slice(0, end))) return err('malformed')
  const places = new Map<string, number>()
  for (const field of fields) {
    const [name = '', digits = '', ...rest] = field.split('@')
    const seq = /^[0-9a-z]+$/.test(digits) && digits.length <= SEQ_DIGITS_MAX ? Number.parseInt(digits, 36) : NaN
    if (name === '' || rest.length > 0 || !Number.isSafeInteger(seq)) return err('malformed')
    places.set(longName(name), seq)
  }
  return ok(places)
}

/** `channel:` and 36 characters are what most names are: the id without its dashes says the same. */
const CHANNEL = 'channel:'

function shortName(stream: string): string {
  const id = stream.startsWith(CHANNEL) ? parseId(stream.slice(CHANNEL.length)) : undefined
  return id === undefined ? stream : id.replaceAll('-', '')
}

function longName(name: string): string {
  const [, a, b, c, d, e] = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(name) ?? []
  return a === undefined ? name : `${CHANNEL}${[a, b, c, d, e].join('-')}`
}

/** FNV-1a, 32 bits, in base 36. */
function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(36)
}
