import type { ServerFrame } from '@glasshouse/contracts'

const FIN_AND_TEXT = 0x81
/** Payloads up to here carry their length in the second byte. */
const SHORT_MAX = 125
const LENGTH_16_BITS = 126
const LENGTH_64_BITS = 127

/**
 * A frame as one WebSocket text frame (RFC 6455, section 5.2), header and payload in one buffer: not fragmented, not masked (servers do
 * not mask), not compressed. Since it is the same for every receiver it is made once, and frames can be laid one after the other
 * and written at once.
 */
export function encodeWebSocketFrame(frame: ServerFrame): { readonly bytes: Buffer; readonly headerBytes: number } {
  const json = JSON.stringify(frame)
  const payloadBytes = Buffer.byteLength(json)
  const headerBytes = payloadBytes <= SHORT_MAX ? 2 : payloadBytes <= 0xffff ? 4 : 10
  const bytes = Buffer.allocUnsafe(headerBytes + payloadBytes)
  bytes[0] = FIN_AND_TEXT
  if (headerBytes === 2) bytes[1] = payloadBytes
  else if (headerBytes === 4) {
    bytes[1] = LENGTH_16_BITS
    bytes.writeUInt16BE(payloadBytes, 2)
  } else {
    bytes[1] = LENGTH_64_BITS
    bytes.writeUInt32BE(0, 2)
    bytes.writeUInt32BE(payloadBytes, 6)
  }
  bytes.write(json, headerBytes, 'utf8')
  return { bytes, headerBytes }
}
