/**
 * The other end of a live connection for tests: a real server whose every word the test decides, over WebSockets and event streams. By
 * itself it greets and answers pings; the rest is what `onFrame` does. What comes over HTTP is turned into the frames that it stands for:
 * so a test reads the same, whatever the transport.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientFrame, ServerFrame } from '@glasshouse/contracts'
import { vi } from 'vitest'
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws'

export const CHANNEL = '0197a5c0-0000-7000-8000-000000000001'
export const STREAM = `channel:${CHANNEL}`
export const USER = '0197a5c0-0000-7000-8000-0000000000aa'

type Frame<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>

/** How a test's words go out, and how it ends. */
interface PeerWire {
  readonly open: boolean
  sendText(text: string): void
  close(code: number): void
  cut(): void
}

interface PeerOpening {
  readonly transport: 'web_socket' | 'event_stream'
  readonly protocols: readonly string[]
  readonly token: string | undefined
  readonly askedSession: string | undefined
}

/** A WebSocket, or one answer to `GET /api/events`. */
export class PeerSocket implements PeerWire {
  readonly received: ClientFrame[] = []
  /** As the client offered them. */
  readonly protocols: readonly string[]
  readonly transport: PeerOpening['transport']
  readonly token: string | undefined
  /** The session that the client wants to go on with. */
  readonly askedSession: string | undefined
  readonly #wire: PeerWire
  /** What it got. */
  session = ''

  constructor(wire: PeerWire, opening: PeerOpening) {
    this.#wire = wire
    this.protocols = opening.protocols
    this.transport = opening.transport
    this.token = opening.token
    this.askedSession = opening.askedSession
  }

  send(...frames: ServerFrame[]): void {
    for (const frame of frames) this.sendText(JSON.stringify(frame))
  }

  sendText(text: string): void {
    this.#wire.sendText(text)
  }

  close(code: number): void {
    this.#wire.close(code)
  }

  /** As a network that breaks: no closing handshake. */
  cut(): void {
    this.#wire.cut()
  }

  get open(): boolean {
    return this.#wire.open
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
  /** The same for all else. */
  refuseHttpWith: number | undefined
  /** Who an event stream says that it is for. */
  isSignedIn = true
  userId = USER
  onFrame: ((frame: ClientFrame, socket: PeerSocket) => void) | undefined
  /** What the session that is asked for watched; without an answer it is not known, and a new one begins. */
  restore: ((sessionId: string) => { stream: string; seq: number }[] | undefined) | undefined
  onSocket: ((socket: PeerSocket) => void) | undefined
  readonly #http: Server
  /** Messages over REST that wait for the test's answer. */
  readonly #sends = new Map<string, ServerResponse>()
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
      const opening = openingOf(request)
      this.#upgrades.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, opening))
    })
    http.on('request', (request, response) => void this.#answer(request, response))
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/ws`
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  /** Resolves to the open connection over which the stream was asked for from there on. */
  async asked(stream: string, after?: number): Promise<PeerSocket> {
    return vi.waitFor(
      () => {
        const found = this.sockets.findLast(
          (socket) =>
            socket.open &&
            socket.received.some(
              (frame) =>
                (frame.type === 'subscribe' && frame.stream === stream && frame.after === after) ||
                (frame.type === 'resume' && after !== undefined && frame.streams[stream] === after),
            ),
        )
        const asked = this.sockets.flatMap(({ received }) => received.map((frame) => JSON.stringify(frame)))
        if (found === undefined) throw new Error(`${stream} was not asked for after ${after}: ${asked.join(' ')}`)
        return found
      },
      { timeout: 4_000, interval: 2 },
    )
  }

  /** Resolves to the nth message that the client has sent, whatever connection that was. */
  async sent(index: number): Promise<Frame<'send_message'>> {
    return vi.waitFor(
      () => {
        const frame = this.sockets.flatMap((socket) => socket.all('send_message'))[index]
        if (frame === undefined) throw new Error(`message ${index} did not come`)
        return frame
      },
      { timeout: 4_000, interval: 2 },
    )
  }

  get current(): PeerSocket {
    const socket = this.sockets.findLast(({ open }) => open)
    if (socket === undefined) throw new Error('no connection is open')
    return socket
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

  #accept(ws: ServerSocket, opening: PeerOpening): void {
    const wire: PeerWire = {
      get open() {
        return ws.readyState === ws.OPEN
      },
      sendText: (text) => ws.send(text),
      close: (code) => ws.close(code),
      cut: () => ws.terminate(),
    }
    const socket = new PeerSocket(wire, opening)
    ws.on('message', (data: Buffer) => this.#received(JSON.parse(data.toString('utf8')) as ClientFrame, socket))
    this.#greet(socket)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://peer')
    if (this.refuseHttpWith !== undefined) {
      const error = { code: this.refuseHttpWith === 401 ? 'auth.required' : 'server.not_ready', message: 'Refused.' }
      response.writeHead(this.refuseHttpWith, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
    } else if (pathname === '/api/events') this.#stream(request, response, searchParams.get('streams') ?? '')
    else if (request.method === 'POST') await this.#takeMessage(request, response, pathname)
    else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ csrf_token: 'csrf', user: { id: this.userId } }))
  }

  #stream(request: IncomingMessage, response: ServerResponse, streams: string): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const wire: PeerWire = {
      get open() {
        return !response.destroyed && !response.writableEnded
      },
      sendText: (text) => this.#say(text, response),
      close: (code) => {
        const [error] = Object.entries(CODE_OF_ERROR).find(([, each]) => each === code) ?? ['server.internal']
        this.#say(JSON.stringify({ type: 'error', code: error, message: 'The end.' }), response)
        response.end()
      },
      cut: () => {
        response.destroy()
        for (const send of this.#sends.values()) send.destroy()
      },
    }
    const socket = new PeerSocket(wire, openingOf(request))
    this.#greet(socket)
    for (const item of streams.split(',').filter((each) => each !== '')) {
      const [stream = '', after] = item.split('@')
      this.#received({ type: 'subscribe', stream, ...(after === undefined ? {} : { after: Number(after) }) }, socket)
    }
  }

  /** A frame as an event; but the answer to a message answers its request. */
  #say(text: string, response: ServerResponse): void {
    const frame = (text.startsWith('{') ? JSON.parse(text) : {}) as { type?: string; client_id?: string; code?: string }
    const send = frame.client_id === undefined ? undefined : this.#sends.get(frame.client_id)
    if (send === undefined || (frame.type !== 'ack' && frame.type !== 'error')) {
      response.write(`event: ${frame.type ?? 'message'}\ndata: ${text}\n\n`)
      return
    }
    this.#sends.delete(frame.client_id ?? '')
    const { retry_after_ms, path, message, code } = frame as Extract<ServerFrame, { type: 'error' }>
    const refusal = { error: { code, message, details: { path, retry_after_ms }, request_id: USER } }
    send
      .writeHead(frame.type === 'ack' ? 201 : 429, { 'content-type': 'application/json' })
      .end(frame.type === 'ack' ? text : JSON.stringify(refusal))
  }

  async #takeMessage(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    let text = ''
    request.setEncoding('utf8')
    for await (const part of request) text += String(part)
    const body = JSON.parse(text) as { content: string; client_id: string }
    this.#sends.set(body.client_id, response)
    const channelId = pathname.split('/')[3] ?? ''
    this.#received({ type: 'send_message', channel_id: channelId, ...body }, this.current)
  }

  #received(frame: ClientFrame, socket: PeerSocket): void {
    socket.received.push(frame)
    if (frame.type === 'ping' && this.answersPings) socket.send({ type: 'pong', t: frame.t ?? 0 })
    this.onFrame?.(frame, socket)
  }

  #greet(socket: PeerSocket): void {
    const fresh = `0197a5c0-0000-7000-8000-${String(this.sockets.length).padStart(12, '0')}`
    const restored = socket.askedSession === undefined ? undefined : this.restore?.(socket.askedSession)
    socket.session = restored === undefined ? fresh : (socket.askedSession ?? fresh)
    socket.send({
      type: 'connected',
      session_id: socket.session,
      resumed: restored !== undefined,
      user: this.isSignedIn ? { id: this.userId, username: 'ada', display_name: 'Ada' } : null,
      heartbeat_ms: this.heartbeatMs,
      protocol: this.protocol,
      streams: restored ?? [],
    })
    this.sockets.push(socket)
    this.onSocket?.(socket)
  }
}

const CODE_OF_ERROR: Readonly<Record<string, number>> = {
  'live.protocol_violation': 4400,
  'auth.session_ended': 4401,
  'live.too_slow': 4408,
  'live.replaced': 4409,
  'server.restarting': 4503,
}

function openingOf(request: IncomingMessage): PeerOpening {
  const offered = request.headers['sec-websocket-protocol']
  const protocols = (offered ?? '').split(',').map((each) => each.trim())
  const bearer = protocols.find((each) => each.startsWith('bearer.'))?.slice('bearer.'.length)
  return {
    transport: offered === undefined ? 'event_stream' : 'web_socket',
    protocols,
    token: bearer ?? request.headers.authorization?.replace('Bearer ', ''),
    askedSession: new URL(request.url ?? '/', 'http://peer').searchParams.get('session_id') ?? undefined,
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
