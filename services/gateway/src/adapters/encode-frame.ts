import type { ServerFrame } from '@glasshouse/contracts'
import type { EncodedFrame, WireKind } from '../domain/fan-out.ts'
import { encodeEvent } from './event-stream-encoding.ts'
import { encodeWebSocketFrame } from './websocket-encoding.ts'

/** Most connections are WebSockets: theirs is made at once, and the JSON in it serves the event streams, when there are any. */
export function encodeFrame(frame: ServerFrame): EncodedFrame {
  return new JsonFrame(frame)
}

class JsonFrame implements EncodedFrame {
  readonly #type: string
  readonly #webSocket: Buffer
  readonly #headerBytes: number
  #event: Buffer | undefined

  constructor(frame: ServerFrame) {
    const { bytes, headerBytes } = encodeWebSocketFrame(frame)
    this.#type = frame.type
    this.#webSocket = bytes
    this.#headerBytes = headerBytes
  }

  get sizeBytes(): number {
    return this.#webSocket.length
  }

  bytesFor(kind: WireKind): Uint8Array {
    if (kind === 'web_socket') return this.#webSocket
    return (this.#event ??= encodeEvent(this.#type, this.#webSocket.subarray(this.#headerBytes)))
  }
}
