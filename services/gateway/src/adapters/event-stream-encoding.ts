/**
 * How frames travel as Server-Sent Events (WHATWG HTML, section 9.2): `event` is the type, `data` the JSON, which has no line breaks of
 * its own. An `id` never stands with a frame, or the frame could not be the same for everybody: places travel in blocks of their own,
 * which no EventSource hands to a page.
 */
export function encodeEvent(type: string, json: Uint8Array): Buffer {
  const head = `event: ${type}\ndata: `
  const bytes = Buffer.allocUnsafe(head.length + json.length + 2)
  bytes.write(head, 'latin1')
  bytes.set(json, head.length)
  bytes.write('\n\n', head.length + json.length, 'latin1')
  return bytes
}

export function encodePlace(cursor: string): Buffer {
  return Buffer.from(`id: ${cursor}\n\n`, 'latin1')
}

/** How long an EventSource should wait before it comes again, milliseconds. */
export function encodeRetry(delayMs: number): Buffer {
  return Buffer.from(`retry: ${Math.round(delayMs)}\n\n`, 'latin1')
}

export const EVENT_COMMENT = Buffer.from(':\n\n', 'latin1')
