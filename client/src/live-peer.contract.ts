/**
 * The other end of a live connection for tests: a real WebSocket server whose every word the test decides. By itself it greets and
 * answers pings; the rest is what `onFrame` does.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientFrame, ServerFrame } from '@glasshouse/contracts'
import { vi } from 'vitest'
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws'

export const CHANNEL = '0197a5c0-0000-7000-8000-000000000001'
export const STREAM = `channel:${CHANNEL}`
export const USER = '0197a5c0-0000-7000-8000-0000000000aa'

type Frame<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>

export class PeerSocket {
  readonly received: ClientFrame[] = []
  /** As the client offered them. */
  readonly protocols: readonly string[]
  /** The session that the client wants to go on with. */
  readonly askedSession: string | undefined
  readonly #socket: ServerSocket

  constructor(socket: ServerSocket, protocols: readonly string[], askedSession: string | undefined) {
    this.#socket = socket
    this.protocols = protocols
    this.askedSession = askedSession
  }

  send(...frames: ServerFrame[]): void {
    for (const frame of frames) this.sendText(JSON.stringify(frame))
  }

  sendText(text: string): void {
    this.#socket.send(text)
  }

  close(code: number): void {
    this.#socket.close(code)
  }

  /** As a network that breaks: no closing handshake. */
  cut(): void {
    this.#socket.terminate()
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  all<Type extends ClientFrame['type']>(type: Type): Frame<Type>[] {
    return this.received.filter((frame): frame is Frame<Type> => frame.type === type)
  }

  /** Resolves to the frames of a type once there are `count`. */
  async wait<Type extends ClientFrame['type']>(type: Type, count = 1): Promise<Frame<Type>[]> {
    return vi.waitFor(
      () => {
        const frames = this.all(type)
        if (frames.length < count) throw new Error(`${frames.length} of ${count} ${type} frames came`)
        return frames
      },
      { timeout: 4_000, interval: 2 },
    )
  }
}

export class LivePeer {
  readonly sockets: PeerSocket[] = []
  heartbeatMs = 10_000
  protocol = 1
  answersPings = true
  /** HTTP status with which upgrades are refused. */
  refuseWith: number | undefined
  onFrame: ((frame: ClientFrame, socket: PeerSocket) => void) | undefined
  /** What the session that is asked for watched; without an answer it is not known, and a new one begins. */
  restore: ((sessionId: string) => { stream: string; seq: number }[] | undefined) | undefined
  readonly #http: Server
  readonly #upgrades: WebSocketServer

  static async start(): Promise<LivePeer> {
    const http = createServer()
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return new LivePeer(http)
  }

  private constructor(http: Server) {
    this.#http = http
    this.#upgrades = new WebSocketServer({ noServer: true })
    http.on('upgrade', (request, socket, head) => {
      if (this.refuseWith !== undefined) {
        socket.end(`HTTP/1.1 ${this.refuseWith} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
      const asked = new URL(request.url ?? '/', 'http://peer').searchParams.get('session_id') ?? undefined
      this.#upgrades.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, new PeerSocket(ws, offered, asked)))
    })
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/ws`
  }

  /** Resolves to the socket of the nth connection, from 0. */
  async socket(index: number): Promise<PeerSocket> {
    return vi.waitFor(
      () => {
        const socket = this.sockets[index]
        if (socket === undefined) throw new Error(`${this.sockets.length} connections came, not ${index + 1}`)
        return socket
      },
      { timeout: 4_000, interval: 2 },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#upgrades.clients) socket.terminate()
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }

  #accept(ws: ServerSocket, socket: PeerSocket): void {
    ws.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as ClientFrame
      socket.received.push(frame)
      if (frame.type === 'ping' && this.answersPings) socket.send({ type: 'pong', t: frame.t ?? 0 })
      this.onFrame?.(frame, socket)
    })
    const fresh = `0197a5c0-0000-7000-8000-${String(this.sockets.length).padStart(12, '0')}`
    const restored = socket.askedSession === undefined ? undefined : this.restore?.(socket.askedSession)
    socket.send({
      type: 'connected',
      session_id: restored === undefined ? fresh : (socket.askedSession ?? fresh),
      resumed: restored !== undefined,
      user: { id: USER, username: 'ada', display_name: 'Ada' },
      heartbeat_ms: this.heartbeatMs,
      protocol: this.protocol,
      streams: restored ?? [],
    })
    this.sockets.push(socket)
  }
}

/** A new message at a place in the test's stream. */
export function change(
  seq: number,
  fields: { content?: string; client_id?: string } = {},
): Extract<ServerFrame, { type: 'new_message' }> {
  return {
    type: 'new_message',
    id: `0197a5c0-0000-7000-9000-${String(seq).padStart(12, '0')}`,
    stream: STREAM,
    channel_id: CHANNEL,
    seq,
    changed_seq: seq,
    user_id: USER,
    username: 'ada',
    display_name: 'Ada',
    content: `message ${seq}`,
    timestamp: '2026-11-20T09:30:00.000Z',
    status: 'visible',
    ...fields,
  }
}

export const replay = (after: number): ServerFrame => ({ type: 'replay', stream: STREAM, after })
export const subscribed = (seq: number, recovered = true): ServerFrame => ({
  type: 'subscribed',
  stream: STREAM,
  seq,
  recovered,
})
