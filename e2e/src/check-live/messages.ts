/**
 * The messages of a run, each known by (client, number): its `client_id` and its content follow from these two, so whoever sees a
 * message can tell whether it is what was sent, without anybody keeping the texts.
 */
export interface MessageName {
  readonly client: number
  readonly number: number
}

/** Three bytes each: much for a socket, and less than a frame may have. */
const LARGE_LENGTH = 8_000

export function clientIdOf({ client, number }: MessageName): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  return `00000000-${hex(client, 4)}-4000-8000-${hex(number, 12)}`
}

export function nameOfClientId(clientId: string): MessageName | undefined {
  const [, client, number] = /^00000000-([0-9a-f]{4})-4000-8000-([0-9a-f]{12})$/.exec(clientId) ?? []
  if (client === undefined || number === undefined) return undefined
  return { client: Number.parseInt(client, 16), number: Number.parseInt(number, 16) }
}

export function contentOf({ client, number }: MessageName, large: boolean): string {
  const text = `${number} of client ${client} – Grüße, 你好, 👋`
  return large ? text + '好'.repeat(LARGE_LENGTH) : text
}

/** Whether this is the content of that message, large or not. */
export function isContentOf(name: MessageName, content: string): boolean {
  return content === contentOf(name, false) || (content.length > LARGE_LENGTH && content === contentOf(name, true))
}
