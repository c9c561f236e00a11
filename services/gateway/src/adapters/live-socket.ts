import type { Duplex } from 'node:stream'
import { failureMessage, type Caller, type Failure } from '@glasshouse/contracts'
import type { RawData, WebSocket } from 'ws'
import type { LiveHub, OpenConnection } from '../application/live-hub.ts'
import type { StoredLiveSession } from '../application/live-session-store.ts'
import type { SocketWire } from '../application/ports.ts'
import { SocketWriter } from './socket-writer.ts'

/**
 * An open WebSocket as the hub's wire. `ws` parses what comes in and sends control frames; what goes out is written by us to the raw
 * socket, since our bytes are frames already and one write carries many of them. The two do not get into each other's way: each write
 * is a whole number of frames, and the socket keeps their order.
 */
class WebSocketWire implements SocketWire {
  readonly kind = 'web_socket'
  readonly #webSocket: WebSocket
  readonly #writer: SocketWriter

  constructor(webSocket: WebSocket, writer: SocketWriter) {
    this.#webSocket = webSocket
    this.#writer = writer
  }

  write(bytes: Uint8Array): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN ? this.#writer.write(bytes) : true
  }

  pauseReading(): void {
    this.#webSocket.pause()
  }

  resumeReading(): void {
    this.#webSocket.resume()
  }

  ping(label: string): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping(label)
  }

  close(code: number, refusal: Failure): void {
    this.#webSocket.close(code, failureMessage(refusal))
    // Whoever was left unread must be read again, or the answer to the close frame would never be seen.
    this.#webSocket.resume()
  }
}

/** Connects an open WebSocket with the hub, until it closes. */
export function connectLiveSocket(
  hub: LiveHub,
  opened: {
    readonly webSocket: WebSocket
    readonly socket: Duplex
    readonly caller: Caller | undefined
    readonly address: string
    readonly found?: StoredLiveSession | undefined
  },
): OpenConnection {
  const { webSocket, socket, caller, address, found } = opened
  const wire = new WebSocketWire(webSocket, new SocketWriter(socket, () => open.connection.written()))
  const open = hub.connect({ wire, caller, address, found })
  webSocket.on('message', (data, isBinary) => {
    if (isBinary) open.frames.binary()
    else open.frames.text(textOf(data))
  })
  webSocket.on('pong', (data) => {
    if (open.frames.control()) open.connection.ponged(data.toString('latin1'))
  })
  webSocket.on('ping', (data) => {
    // Answered only while the socket takes what it is sent, so that a flood of pings cannot pile up answers.
    if (open.frames.control() && socket.writableLength === 0) webSocket.pong(data)
  })
  // `ws` closes by itself what breaks the protocol (1002, 1007, 1009); the event only has to be heard.
  webSocket.on('error', () => {})
  webSocket.on('close', () => open.frames.whenAllHandled(() => open.connection.disconnected()))
  return open
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8')
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)).toString('utf8')
}
