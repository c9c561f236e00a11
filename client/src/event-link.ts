/**
 * The life of one connection over Server-Sent Events, behind the same interface as a WebSocket's (live-link.ts). What the server sends
 * comes over one HTTP response; what is sent to it goes over REST. A response cannot be asked for other streams: so it begins with none, and
 * when what is wanted changes it is opened anew, with the place in each stream in its address: nothing is missed between the two.
 *
 * It reads with fetch and not with EventSource: that one cannot send a token, hides why it was refused, and opens itself again by rules
 * of its own.
 */
import {
  parseStreamName,
  CLOSE_CODES,
  EVENT_STREAM_PATH,
  EVENT_STREAMS_MAX,
  isEphemeralStream,
  type ClientFrame,
  type ServerFrame,
} from '@glasshouse/contracts'
import { err, type Clock } from '@glasshouse/kernel'
import { createApi, type Api } from './api.ts'
import { apiError, type ApiError } from './api-error.ts'
import { EventParser } from './event-parser.ts'
import { readFrame, type Link, type LinkHandlers } from './live-link.ts'
import type { LiveHttpOptions, Timers } from './live-types.ts'

/** Beyond two heartbeats, but no longer than one. */
const SILENCE_GRACE_MS = 5_000
/** The server's longest frame is far below. */
const EVENT_LENGTH_MAX = 4 * 1024 * 1024

/** What ends a connection, as the close codes of a WebSocket say it. */
const CODE_OF_ERROR: Readonly<Record<string, number>> = {
  'auth.required': CLOSE_CODES.session_ended,
  'auth.invalid_token': CLOSE_CODES.session_ended,
  'auth.session_ended': CLOSE_CODES.session_ended,
  'live.replaced': CLOSE_CODES.replaced,
  'live.heartbeat': CLOSE_CODES.heartbeat,
  'live.too_slow': CLOSE_CODES.heartbeat,
  'server.restarting': CLOSE_CODES.restarting,
}

export interface EventLinkOptions {
  readonly http: LiveHttpOptions
  readonly token: string | undefined
  readonly tabId: string
  readonly sessionId: string | undefined
  readonly clock: Clock
  readonly timers: Timers
  readonly openTimeoutMs: number
}

type SendFrame = Extract<ClientFrame, { type: 'send_message' }>

export class EventLink implements Link {
  /** Nothing goes there and back. */
  readonly rttMs = undefined
  /** They go one after the other: with more of them the last would wait too long for its answer. */
  readonly inFlightMax = 8
  readonly #options: EventLinkOptions
  readonly #handlers: LinkHandlers
  readonly #api: Api
  #token: string | undefined
  #csrfToken: string | undefined
  #sessionId: string | undefined
  /** As whom it was greeted. */
  #userId: string | undefined
  #greeted = false
  #ended = false
  /** Of the response that is being read; an older one is of no interest. */
  #request: AbortController | undefined
  /** What is asked for, each with the last change that was handed over, or the place that was named; undefined: from now on. */
  readonly #streams = new Map<string, number | undefined>()
  #reopening = false
  #timer: unknown
  #openTimer: unknown
  #heartbeatMs = 0
  #heardMs: number
  /** Messages go one after the other, so that they arrive in their order. */
  #sending: Promise<void> = Promise.resolve()

  constructor(options: EventLinkOptions, handlers: LinkHandlers) {
    this.#options = options
    this.#handlers = handlers
    this.#token = options.token
    this.#sessionId = options.sessionId
    this.#heardMs = options.clock.monotonicMs()
    this.#api = createApi({ ...options.http, token: () => this.#token, csrfToken: () => this.#csrfToken })
    void this.#open()
  }

  get #isVisitor(): boolean {
    return this.#options.http.visitor === true
  }

  send(frame: ClientFrame): void {
    if (this.#ended || !this.#greeted) return
    // What is of the moment needs a socket: without one nobody is told who types, and that is no fault.
    if ('stream' in frame && frame.stream !== undefined && isEphemeralStream(frame.stream)) return
    switch (frame.type) {
      case 'subscribe':
        if (frame.stream !== undefined) this.#subscribe(frame.stream, frame.after)
        break
      case 'resume':
        for (const [stream, after] of Object.entries(frame.streams)) this.#subscribe(stream, after)
        break
      case 'unsubscribe':
        if (frame.stream !== undefined && this.#streams.delete(frame.stream)) this.#reopenSoon()
        break
      case 'authenticate':
        this.#token = frame.token
        this.#reopenSoon()
        break
      case 'send_message':
        this.#sending = this.#sending.then(() => this.#sendMessage(frame))
        break
      case 'ping':
        // Comments of the server show that it lives.
        break
      case 'typing':
      case 'presence':
      case 'watch_presence':
        break
    }
  }

  /** There is nothing to ask over it: what was silent for too long while the machine slept is ended, anything else goes on. */
  probe(): void {
    if (this.#greeted && !this.#ended) this.#checkSilence()
  }

  end(code: number): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.timers.clear(this.#timer)
    this.#options.timers.clear(this.#openTimer)
    this.#request?.abort()
    this.#handlers.onEnd({ code, greeted: this.#greeted })
  }

  /** What cannot be asked for is answered here, as the server would. */
  #subscribe(stream: string, after: number | undefined): void {
    this.#streams.delete(stream)
    if (parseStreamName(stream) === undefined) {
      this.#refuse(stream, 'live.unknown_stream', 'There is no such stream, or you may not see it.')
    } else if (this.#streams.size >= EVENT_STREAMS_MAX) {
      this.#refuse(stream, 'live.too_many_subscriptions', 'This connection has as many subscriptions as it may.')
    } else {
      this.#streams.set(stream, after)
      this.#reopenSoon()
    }
  }

  #refuse(stream: string, code: string, message: string): void {
    queueMicrotask(() => {
      if (!this.#ended) this.#handlers.onFrame({ type: 'error', code, message, stream })
    })
  }

  /** Once for all that changes in one turn: going from one channel to another is one request. */
  #reopenSoon(): void {
    if (this.#reopening) return
    this.#reopening = true
    queueMicrotask(() => {
      this.#reopening = false
      if (!this.#ended) void this.#open()
    })
  }

  async #open(): Promise<void> {
    const { http, timers, openTimeoutMs, clock } = this.#options
    this.#request?.abort()
    const request = (this.#request = new AbortController())
    timers.clear(this.#openTimer)
    this.#openTimer = timers.set(() => this.end(0), openTimeoutMs)
    const send = http.fetch ?? fetch
    const url = this.#address()
    try {
      const response = await send(url, {
        headers: {
          accept: 'text/event-stream',
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        },
        cache: 'no-store',
        signal: request.signal,
      })
      this.#heardMs = clock.monotonicMs()
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
      if (response.ok && isStream && response.body !== null) await this.#read(response.body, request)
      else await this.#refused(response, request)
    } catch {
      // The network, or our own abort.
      if (request === this.#request) this.end(0)
    }
  }

  #address(): string {
    const names = [...this.#streams].map(([stream, after]) => (after === undefined ? stream : `${stream}@${after}`))
    const query = new URLSearchParams({ streams: names.join(), tab_id: this.#options.tabId })
    if (this.#sessionId !== undefined && !this.#isVisitor) query.set('session_id', this.#sessionId)
    return `${this.#options.http.baseUrl.replace(/\/$/, '')}${EVENT_STREAM_PATH}?${query.toString()}`
  }

  async #read(body: ReadableStream<Uint8Array>, request: AbortController): Promise<void> {
    let code = 0
    const parser = new EventParser((data) => {
      if (request !== this.#request || this.#ended) return
      const frame = readFrame(data)
      if (frame === undefined) this.#handlers.onUnreadable()
      else if (frame.type === 'connected') this.#connected(frame)
      else if (isOfConnection(frame)) code = CODE_OF_ERROR[frame.code] ?? code
      else this.#handOver(frame)
    })
    const decoder = new TextDecoder()
    const reader = body.getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (request !== this.#request || this.#ended) return
      if (done) break
      this.#heardMs = this.#options.clock.monotonicMs()
      parser.take(decoder.decode(value, { stream: true }))
      if (parser.heldLength > EVENT_LENGTH_MAX) return this.end(CLOSE_CODES.protocol)
    }
    this.end(code)
  }

  #handOver(frame: ServerFrame): void {
    if ('stream' in frame && frame.stream !== undefined && this.#streams.has(frame.stream)) {
      if (frame.type === 'error') this.#streams.delete(frame.stream)
      else if (frame.type === 'subscribed' || frame.type === 'reset') this.#streams.set(frame.stream, frame.seq)
      else if ('changed_seq' in frame) this.#streams.set(frame.stream, frame.changed_seq)
    }
    this.#handlers.onFrame(frame)
  }

  #connected(frame: Extract<ServerFrame, { type: 'connected' }>): void {
    this.#options.timers.clear(this.#openTimer)
    // A cookie that is no longer good makes a visitor of whoever was signed in.
    if (frame.user === null && !this.#isVisitor) return this.end(CLOSE_CODES.session_ended)
    if (this.#greeted && frame.user?.id !== this.#userId) return this.end(CLOSE_CODES.session_ended)
    this.#userId = frame.user?.id
    this.#sessionId = frame.session_id
    this.#heartbeatMs = frame.heartbeat_ms
    this.#beatIn(this.#heartbeatMs)
    if (this.#greeted) return
    this.#greeted = true
    this.#handlers.onConnected(frame)
  }

  async #refused(response: Response, request: AbortController): Promise<void> {
    const text = await response.text()
    if (request !== this.#request) return
    this.end(response.status === 401 ? CLOSE_CODES.session_ended : (CODE_OF_ERROR[codeOf(text)] ?? 0))
  }

  #beatIn(delayMs: number): void {
    this.#options.timers.clear(this.#timer)
    this.#timer = this.#options.timers.set(() => {
      this.#beatIn(this.#heartbeatMs)
      this.#checkSilence()
      if (!this.#ended) this.#handlers.onBeat()
    }, delayMs)
  }

  #checkSilence(): void {
    const silentMs = this.#options.clock.monotonicMs() - this.#heardMs
    if (silentMs > 2 * this.#heartbeatMs + Math.min(SILENCE_GRACE_MS, this.#heartbeatMs))
      this.end(CLOSE_CODES.heartbeat)
  }

  async #sendMessage(frame: SendFrame): Promise<void> {
    if (this.#ended) return
    const { type: _type, channel_id, client_id, ...content } = frame
    const body = { ...content, ...(client_id === undefined ? {} : { client_id }) }
    let sent = await this.#post({ channel_id }, body)
    if (!sent.ok && sent.error.code === 'request.csrf' && !this.#ended) {
      this.#csrfToken = undefined
      sent = await this.#post({ channel_id }, body)
    }
    if (this.#ended) return
    if (sent.ok) {
      const { id, seq, timestamp, status } = sent.value
      this.#handlers.onFrame({
        type: 'ack',
        ...(client_id === undefined ? {} : { client_id }),
        id,
        seq,
        timestamp,
        status,
      })
    } else this.#notSent(sent.error, client_id)
  }

  async #post(
    params: { channel_id: string },
    body: Omit<SendFrame, 'type' | 'channel_id'>,
  ): ReturnType<Api['sendMessage']> {
    // A cookie authenticates nothing unsafe without what only our own pages can read.
    if (this.#token === undefined && !this.#isVisitor && this.#csrfToken === undefined) {
      const session = await this.#api.getWebSession()
      if (!session.ok) return session
      // Somebody else has signed in meanwhile: nothing is sent in their name.
      if (session.value.user.id !== this.#userId) return err(SIGNED_OUT)
      this.#csrfToken = session.value.csrf_token
    }
    return this.#api.sendMessage({ params, body })
  }

  #notSent(error: ApiError, clientId: string | undefined): void {
    // Over the next connection it is sent again.
    if (MAY_HAVE_ARRIVED.has(error.code)) return this.end(0)
    if (error.status === 401 && !this.#isVisitor) return this.end(CLOSE_CODES.session_ended)
    this.#handlers.onFrame({
      type: 'error',
      code: error.code,
      message: error.message,
      ...(clientId === undefined ? {} : { client_id: clientId }),
      ...(error.path === undefined ? {} : { path: error.path }),
      ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
    })
  }
}

/** No answer, one that is not Glasshouse's own, or that it came too late to be read whole. */
const MAY_HAVE_ARRIVED: ReadonlySet<string> = new Set(['network', 'client.unreadable_answer', 'request.too_slow'])

const SIGNED_OUT = apiError({
  code: 'auth.session_ended',
  message: 'Somebody else is signed in now.',
  status: 401,
})

/** Nothing is asked over an event stream, so an error that names no stream is the last word. */
function isOfConnection(frame: ServerFrame): frame is Extract<ServerFrame, { type: 'error' }> {
  return frame.type === 'error' && frame.stream === undefined && frame.client_id === undefined
}

function codeOf(text: string): string {
  try {
    return String((JSON.parse(text) as { error?: { code?: unknown } } | null)?.error?.code)
  } catch {
    return ''
  }
}
