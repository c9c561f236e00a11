/**
 * A line of one's own: it opens a socket, opens the next with backoff when that is lost, renews the token, and keeps the session. What one
 * socket's life is stands in live-link.ts, and in event-link.ts for those without sockets; here is what outlives it.
 */
import {
  CLOSE_CODES,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
  type ClientFrame,
  type ServerFrame,
} from '@glasshouse/contracts'
import { newId, systemClock, type Clock } from '@glasshouse/kernel'
import { apiError, type ApiError } from './api-error.ts'
import type { Line, LineHandlers, LineStatus, StreamPosition } from './line.ts'
import { createApi } from './api.ts'
import { EventLink } from './event-link.ts'
import { LiveLink, type Link, type LinkEnd, type LinkHandlers } from './live-link.ts'
import type { LiveOptions, LiveReason, Timers } from './live-types.ts'
import { reconnectDelayMs, restartDelayMs, type BackoffBounds } from './reconnect-delay.ts'
import { tabSessionKeeper, type SessionKeeper } from './session-keeper.ts'
import { systemTimers } from './system-timers.ts'
import { TokenKeeper } from './token-keeper.ts'
import { TransportChoice } from './transport-choice.ts'
import { watchWakeEvents } from './wake-events.ts'

const BACKOFF_MS: BackoffBounds = { min: 1_000, max: 30_000 }
const OPEN_TIMEOUT_MS = 10_000
/** A connection that held this long was a good one: the next failure counts as the first. */
const GOOD_AFTER_MS = 5_000
/** Streams of a restored session that nobody here wants: more of them are dropped with the session, since the server counts frames. */
const UNWANTED_STREAMS_MAX = 100

export class ServerLine implements Line {
  readonly #options: LiveOptions
  readonly #handlers: LineHandlers
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #random: () => number
  readonly #tokens: TokenKeeper | undefined
  readonly #sessionKeeper: SessionKeeper | undefined
  readonly #wanted = new Set<string>()
  readonly #transport: TransportChoice
  /** The server knows by it that an event stream comes in the place of the one before. */
  readonly #tabId: string = newId()
  readonly tabs = 1
  readonly follows = false

  #status: LineStatus = { state: 'offline', reason: 'not_started' }
  #link: Link | undefined
  /** Grows with each try and with the end: what an older try still brings is of no interest. */
  #epoch = 0
  #retry: unknown
  /** Since the last good connection ended; undefined while it lasts, and before the first try. */
  #lostAtMs: number | undefined
  #triedAtMs = 0
  #liveSinceMs: number | undefined
  /** The server refused the last token: a fresh one gets one try. */
  #refused = false
  #sessionId: string | undefined
  #stopWatchingWake: (() => void) | undefined

  constructor(options: LiveOptions, handlers: LineHandlers) {
    this.#options = options
    this.#handlers = handlers
    this.#clock = options.clock ?? systemClock
    this.#timers = options.timers ?? systemTimers
    this.#random = options.random ?? Math.random
    this.#sessionKeeper = options.sessionKeeper ?? tabSessionKeeper()
    this.#tokens = options.token && new TokenKeeper(options.token, this.#clock, this.#timers)
    const { http } = options
    const only = http === undefined ? 'web_socket' : http.visitor === true ? 'event_stream' : undefined
    this.#transport = new TransportChoice(
      {
        answers: async () => http !== undefined && (await createApi(http).getSite()).ok,
        monotonicMs: () => this.#clock.monotonicMs(),
      },
      only,
    )
  }

  get status(): LineStatus {
    return this.#status
  }

  get rttMs(): number | undefined {
    return this.#link?.rttMs
  }

  get sessionId(): string | undefined {
    return this.#sessionId
  }

  get inFlightMax(): number | undefined {
    return this.#link?.inFlightMax
  }

  connect(): void {
    const { state } = this.#status
    if (state === 'connecting' || state === 'live') return
    this.#stopWatchingWake ??= watchWakeEvents(() => this.wake())
    if (state === 'closed') this.#refused = false
    void this.#open()
  }

  close(): void {
    this.#closeFor('ended')
  }

  /** Closes, and leaves the session for somebody else to go on with. */
  hangUp(): void {
    this.#endFor('ended')
  }

  /** The network or the tab is back: waits end, and a socket that may have died meanwhile is asked for a sign of life. */
  wake(): void {
    const { state } = this.#status
    if (state === 'live') this.#link?.probe()
    const waitedMs = this.#clock.monotonicMs() - this.#triedAtMs
    if (state === 'offline' && waitedMs >= this.#backoff.min) this.connect()
  }

  send(frame: ClientFrame): void {
    this.#link?.send(frame)
  }

  want(stream: string): void {
    this.#wanted.add(stream)
  }

  drop(stream: string, tell: boolean): void {
    if (this.#wanted.delete(stream) && tell) this.send({ type: 'unsubscribe', stream })
  }

  giveUp(closeCode: number): void {
    this.#link?.end(closeCode)
  }

  async #open(): Promise<void> {
    const epoch = ++this.#epoch
    this.#timers.clear(this.#retry)
    this.#triedAtMs = this.#clock.monotonicMs()
    this.#setStatus({ state: 'connecting' })
    try {
      const token = await this.#tokens?.get(this.#refused)
      if (epoch !== this.#epoch) return
      if (token === undefined && this.#tokens !== undefined) this.#closeFor('signed_out')
      else this.#link = this.#openLink(epoch, token)
    } catch (error) {
      if (epoch !== this.#epoch) return
      this.#handlers.onFault(cannotOpen(error))
      this.#retryLater('unreachable')
    }
  }

  #openLink(epoch: number, token: string | undefined): Link {
    const handlers: LinkHandlers = {
      onConnected: (frame) => this.#connected(frame),
      onFrame: (frame) => this.#handlers.onFrame(frame),
      onBeat: () => this.#handlers.onBeat(),
      onUnreadable: () => this.#handlers.onFault(UNREADABLE_FRAME),
      onEnd: (end) => void this.#linkEnded(epoch, end),
    }
    const { url, http, WebSocketImpl } = this.#options
    const common = {
      clock: this.#clock,
      timers: this.#timers,
      openTimeoutMs: this.#options.openTimeoutMs ?? OPEN_TIMEOUT_MS,
    }
    const sessionId = this.#sessionId ?? this.#sessionKeeper?.read()
    if (http !== undefined && this.#transport.next() === 'event_stream') {
      return new EventLink({ ...common, http, token, tabId: this.#tabId, sessionId }, handlers)
    }
    return new LiveLink(
      {
        ...common,
        WebSocketImpl: WebSocketImpl ?? WebSocket,
        url: withSession(typeof url === 'string' ? url : url(), sessionId),
        protocols: token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token],
      },
      handlers,
    )
  }

  #connected(frame: Extract<ServerFrame, { type: 'connected' }>): void {
    if (frame.protocol > PROTOCOL_VERSION) {
      this.#endFor('outdated')
      return
    }
    const { userId } = this.#options
    if (userId !== undefined && frame.user?.id !== userId) {
      this.#closeFor('signed_out')
      return
    }
    this.#transport.succeeded()
    // A visitor's is not kept by the server.
    if (frame.user !== null) {
      this.#sessionId = frame.session_id
      this.#sessionKeeper?.write(frame.session_id)
    }
    this.#liveSinceMs = this.#clock.monotonicMs()
    this.#tokens?.start((token) => this.send({ type: 'authenticate', token }))
    this.#setStatus({ state: 'live' })
    if (this.#dropUnwanted(frame.streams)) this.#handlers.onUp(frame.streams)
  }

  /** False when there was so much of it that the session goes with it. */
  #dropUnwanted(restored: readonly StreamPosition[]): boolean {
    const unwanted = restored.filter(({ stream }) => !this.#wanted.has(stream))
    if (unwanted.length > UNWANTED_STREAMS_MAX) {
      this.giveUp(CLOSE_CODES.replaced)
      return false
    }
    for (const { stream } of unwanted) this.send({ type: 'unsubscribe', stream })
    return true
  }

  #forgetSession(): void {
    this.#sessionId = undefined
    this.#sessionKeeper?.write(undefined)
  }

  async #linkEnded(epoch: number, end: LinkEnd): Promise<void> {
    if (epoch !== this.#epoch) return
    const heldMs = this.#liveSinceMs === undefined ? 0 : this.#clock.monotonicMs() - this.#liveSinceMs
    this.#disconnect()
    if (heldMs >= GOOD_AFTER_MS) {
      this.#lostAtMs = undefined
      this.#refused = false
    }
    if (end.code === CLOSE_CODES.replaced) {
      this.#forgetSession()
      this.#retryLater('replaced')
    } else if (end.code === CLOSE_CODES.session_ended) this.#tokenRefused()
    else if (end.code === CLOSE_CODES.restarting && this.#lostAtMs === undefined) {
      this.#retryIn(restartDelayMs(this.#random(), this.#backoff), 'restarting')
    } else if (end.greeted) this.#retryLater(reasonOf(end.code))
    else {
      this.#retryLater('unreachable')
      // A refused upgrade looks like an unreachable server. Waiting goes on while this is asked.
      const waiting = this.#epoch
      const isSignedOut = await this.#isSignedOut()
      if (waiting !== this.#epoch) return
      if (isSignedOut) this.#tokenRefused()
      else if ((await this.#transport.failed()) && waiting === this.#epoch) void this.#open()
    }
  }

  /** A fresh token gets one try; a cookie cannot be made fresh here. */
  #tokenRefused(): void {
    if (this.#tokens === undefined || this.#refused) {
      this.#closeFor('signed_out')
      return
    }
    this.#refused = true
    void this.#open()
  }

  async #isSignedOut(): Promise<boolean> {
    try {
      return (await this.#options.isSignedIn?.()) === false
    } catch {
      return false
    }
  }

  get #backoff(): BackoffBounds {
    return this.#options.backoffMs ?? BACKOFF_MS
  }

  #retryLater(reason: LiveReason): void {
    const lostForMs = this.#lostAtMs === undefined ? 0 : this.#clock.monotonicMs() - this.#lostAtMs
    this.#retryIn(reconnectDelayMs(lostForMs, this.#random(), this.#backoff), reason)
  }

  #retryIn(delayMs: number, reason: LiveReason): void {
    this.#lostAtMs ??= this.#clock.monotonicMs()
    this.#retry = this.#timers.set(() => void this.#open(), delayMs)
    this.#setStatus({ state: 'offline', reason, retryAtMs: this.#clock.nowMs() + delayMs })
  }

  /** The socket is gone: what stands on it waits for the next. */
  #disconnect(): void {
    this.#link = undefined
    this.#liveSinceMs = undefined
    this.#tokens?.stop()
    this.#handlers.onDown()
  }

  /** Leaves the session. */
  #closeFor(reason: LiveReason): void {
    this.#forgetSession()
    this.#endFor(reason)
  }

  #endFor(reason: LiveReason): void {
    this.#epoch++
    this.#timers.clear(this.#retry)
    const link = this.#link
    this.#disconnect()
    link?.end(0)
    this.#stopWatchingWake?.()
    this.#stopWatchingWake = undefined
    this.#lostAtMs = undefined
    this.#setStatus({ state: 'closed', reason })
  }

  #setStatus(status: LineStatus): void {
    this.#status = status
    this.#handlers.onStatus(status)
  }
}

/** Asks for the session that was held before. */
function withSession(url: string, sessionId: string | undefined): string {
  if (sessionId === undefined) return url
  return `${url}${url.includes('?') ? '&' : '?'}session_id=${encodeURIComponent(sessionId)}`
}

function reasonOf(closeCode: number): LiveReason {
  switch (closeCode) {
    case CLOSE_CODES.protocol:
      return 'protocol'
    case CLOSE_CODES.heartbeat:
      return 'silent'
    case CLOSE_CODES.too_fast:
      return 'too_fast'
    case CLOSE_CODES.restarting:
      return 'restarting'
    default:
      return 'lost'
  }
}

const UNREADABLE_FRAME = apiError({
  code: 'client.unreadable_answer',
  message: 'A frame that is no JSON object with a type was left out.',
})

function cannotOpen(error: unknown): ApiError {
  const why = error instanceof Error ? error.message : String(error)
  return apiError({ code: 'client.cannot_open', message: `The connection could not be opened: ${why}` })
}
