/** A gateway on a port of the system's choice, over ports in memory, and clients that remember what they received. For tests. */
import {
  channelStream,
  endpoint,
  failure,
  ROUTES,
  type Caller,
  type ChangeFrame,
  type Endpoint,
  type Failure,
  type Message,
  type Role,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import {
  err,
  newId,
  ok,
  systemClock,
  type AuthSessionId,
  type ChannelId,
  type MessageId,
  type Result,
  type UserId,
} from '@glasshouse/kernel'
import { WebSocket, type ClientOptions } from 'ws'
import type { Authentication, Commands, Log, SendMessageCommand } from '../application/ports.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { createGateway, type Gateway, type GatewayPorts } from './create-gateway.ts'
import type { HttpLimits, HttpSettings } from './http-settings.ts'
import { MemoryStreamSource } from './memory-stream-source.ts'

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }

export class MemoryAuthentication implements Authentication {
  readonly #tokens = new Map<string, Caller>()
  readonly #cookies = new Map<string, Caller>()
  readonly #listeners = new Set<(sessionId: AuthSessionId) => void>()

  signIn(more: Partial<Caller> & { readonly role?: Role } = {}): { token: string; cookie: string; caller: Caller } {
    const name = more.username ?? `user-${this.#tokens.size}`
    const caller: Caller = {
      userId: newId<UserId>(),
      username: name,
      displayName: name.toUpperCase(),
      role: 'user',
      sessionId: newId<AuthSessionId>(),
      door: 'token',
      expiresAtMs: Date.now() + 900_000,
      ...more,
    }
    const [token, cookie] = [`token-${newId()}`, `cookie-${newId()}`]
    this.#tokens.set(token, { ...caller, door: 'token' })
    this.#cookies.set(cookie, { ...caller, door: 'cookie' })
    return { token, cookie, caller }
  }

  authenticateToken(token: string): Promise<Result<Caller, Failure>> {
    const caller = this.#tokens.get(token)
    return Promise.resolve(caller === undefined ? err(failure('auth.invalid_token')) : ok(caller))
  }

  authenticateCookie(sealed: string): Promise<Result<Caller, Failure>> {
    const caller = this.#cookies.get(sealed)
    return Promise.resolve(caller === undefined ? err(failure('auth.session_ended')) : ok(caller))
  }

  checkCsrf(sessionId: AuthSessionId, csrfToken: string): boolean {
    return csrfToken === this.csrfToken(sessionId)
  }

  csrfToken(sessionId: AuthSessionId): string {
    return `csrf-${sessionId}`
  }

  onSessionEnded(listener: (sessionId: AuthSessionId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  endSession(sessionId: AuthSessionId): void {
    for (const listener of this.#listeners) listener(sessionId)
  }
}

export function newMessage(stream: StreamName, content: string): (changedSeq: number) => ChangeFrame {
  return (changedSeq) => ({ type: 'new_message', ...messageAt(stream, changedSeq, content) })
}

function messageAt(stream: StreamName, seq: number, content: string): Message {
  return {
    id: newId<MessageId>(),
    stream,
    channel_id: stream.slice('channel:'.length),
    seq,
    changed_seq: seq,
    user_id: newId<UserId>(),
    username: 'ada',
    display_name: 'Ada',
    content,
    timestamp: new Date(0).toISOString(),
    status: 'visible',
  }
}

/** Commits to the memory streams and announces at once, as chat does. */
export class MemoryCommands implements Commands {
  readonly #source: MemoryStreamSource
  /** Runs before each commit: a test's delay or failure. */
  before: (request: SendMessageCommand) => Promise<void> = () => Promise.resolve()
  /** Of whom each came, and from which address. */
  readonly senders: { readonly userId: UserId | undefined; readonly address: string }[] = []

  constructor(source: MemoryStreamSource) {
    this.#source = source
  }

  async sendMessage(
    caller: Caller | undefined,
    request: SendMessageCommand,
    address: string,
  ): Promise<Result<{ message: Message; repeated: boolean }, Failure>> {
    this.senders.push({ userId: caller?.userId, address })
    await this.before(request)
    if (request.content === 'refuse me') return err(failure('message.rate_limited', { retryAfterMs: 1_500 }))
    const stream = channelStream(request.channel_id as ChannelId)
    const change = this.#source.commit(stream, newMessage(stream, request.content))
    this.#source.announce(change)
    if (change.type !== 'new_message') throw new Error('a sent message is a new one')
    const { type: _type, ...message } = change
    return ok({ message, repeated: false })
  }
}

/** Answers every route with nothing, but for those given. */
export function endpointsFor(own: readonly Endpoint[] = []): Endpoint[] {
  const key = (each: Endpoint): string => `${each.route.method} ${each.route.path}`
  const replaced = new Set(own.map(key))
  const silent = Object.values(ROUTES).map((route) => endpoint(route, () => Promise.resolve(ok({ status: 204 }))))
  return [...silent.filter((each) => !replaced.has(key(each))), ...own]
}

export interface FixtureOptions {
  readonly limits?: Partial<LiveLimits>
  readonly httpLimits?: Partial<HttpLimits>
  readonly http?: Partial<HttpSettings>
  readonly ports?: Partial<GatewayPorts>
  readonly source?: MemoryStreamSource
  readonly authentication?: MemoryAuthentication
}

export class GatewayFixture implements AsyncDisposable {
  readonly source: MemoryStreamSource
  readonly commands: MemoryCommands
  readonly authentication: MemoryAuthentication
  readonly gateway: Gateway
  readonly #clients: LiveClient[] = []

  private constructor(options: FixtureOptions) {
    this.source = options.source ?? new MemoryStreamSource()
    this.commands = new MemoryCommands(this.source)
    this.authentication = options.authentication ?? new MemoryAuthentication()
    this.gateway = createGateway(
      {
        routes: Object.values(ROUTES),
        endpoints: endpointsFor(),
        authentication: this.authentication,
        readiness: {},
        webHandler: (_request, response) => void response.writeHead(404).end(),
        clock: systemClock,
        log: silentLog,
        source: this.source,
        commands: this.commands,
        ...options.ports,
      },
      {
        http: { host: '127.0.0.1', port: 0, trustedProxies: [], ...options.http },
        httpLimits: { ...options.httpLimits },
        liveLimits: { sweepIntervalMs: 5, sessionWriteIntervalMs: 5, ...options.limits },
      },
    )
  }

  static async start(options: FixtureOptions = {}): Promise<GatewayFixture> {
    const fixture = new GatewayFixture(options)
    await fixture.gateway.service.run()
    return fixture
  }

  get url(): string {
    return this.gateway.address().url
  }

  newStream(): StreamName {
    const stream = channelStream(newId<ChannelId>())
    this.source.create(stream)
    return stream
  }

  /** Commits a message and announces it. */
  say(stream: StreamName, content: string): ChangeFrame {
    const change = this.source.commit(stream, newMessage(stream, content))
    this.source.announce(change)
    return change
  }

  /** Opens a socket as a new user, or with the token given, and waits for `connected`. */
  async connect(
    options: { readonly token?: string; readonly path?: string } & ClientOptions = {},
  ): Promise<LiveClient> {
    const { token = this.authentication.signIn().token, path, ...clientOptions } = options
    const client = this.openSocket(path ?? `/ws?token=${token}`, clientOptions)
    await client.next('connected')
    return client
  }

  openSocket(path: string, options: ClientOptions & { readonly protocols?: string[] } = {}): LiveClient {
    const { protocols = [], ...rest } = options
    const client = new LiveClient(new WebSocket(this.url.replace('http', 'ws') + path, protocols, rest))
    this.#clients.push(client)
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.terminate()
    await this.gateway.service.stop()
  }
}

const PATIENCE_MS = 10_000

/** A client that remembers every frame. */
export class LiveClient {
  readonly socket: WebSocket
  readonly frames: ServerFrame[] = []
  /** The close code, once closed. */
  closed: { code: number; reason: string } | undefined
  /** The HTTP answer with which the upgrade was refused. */
  refusal: { status: number; headers: Record<string, unknown>; body: string } | undefined
  #taken = 0
  #wake: (() => void)[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString('utf8')) as ServerFrame)
      this.#notify()
    })
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') }
      this.#notify()
    })
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
      response.on('end', () => {
        this.refusal = { status: response.statusCode ?? 0, headers: response.headers, body }
        this.#notify()
      })
      response.on('error', () => {})
    })
    socket.on('error', () => this.#notify())
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** The next frame of this type that was not taken yet; frames before it are skipped. */
  async next<Type extends ServerFrame['type']>(type: Type): Promise<Extract<ServerFrame, { type: Type }>> {
    const found = await this.#find((frame) => frame.type === type)
    return found as Extract<ServerFrame, { type: Type }>
  }

  async waitUntil(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}; got ${describe(this)}`)
      await this.#changed()
    }
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    await this.waitUntil(() => this.closed !== undefined, 'the close')
    return this.closed ?? { code: 0, reason: '' }
  }

  async untilRefused(): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
    await this.waitUntil(() => this.refusal !== undefined, 'the refusal')
    return this.refusal ?? { status: 0, headers: {}, body: '' }
  }

  /** The changes received of one stream. */
  changes(stream: StreamName): ChangeFrame[] {
    return this.frames.filter((frame): frame is ChangeFrame => 'changed_seq' in frame && frame.stream === stream)
  }

  async #find(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    let found: ServerFrame | undefined
    await this.waitUntil(() => {
      while (found === undefined && this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++]
        if (frame !== undefined && matches(frame)) found = frame
      }
      return found !== undefined
    }, 'a frame')
    if (found === undefined) throw new Error('a condition that held has a frame')
    return found
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 20)
      this.#wake.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = []
    for (const each of wake) each()
  }
}

function describe(client: LiveClient): string {
  const last = client.frames.slice(-5).map((frame) => frame.type)
  return `${client.frames.length} frames (last: ${last.join(', ')}), closed ${JSON.stringify(client.closed)}`
}

/** Polls until the condition holds. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
