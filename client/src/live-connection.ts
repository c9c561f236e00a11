/**
 * A live connection that heals: it reconnects with backoff, follows each stream from its own cursor (stream-follower.ts), and sends each
 * message until it is answered (send-queue.ts). What one socket's life is stands in live-link.ts; here is what outlives a socket.
 */
import {
  CLOSE_CODES,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
  type ChangeFrame,
  type ServerFrame,
} from '@glasshouse/contracts'
import { assert, err, systemClock, type Clock, type Result } from '@glasshouse/kernel'
import { apiError, type ApiError } from './api-error.ts'
import { callOut } from './call-out.ts'
import { FrameRate } from './frame-rate.ts'
import { LiveLink, type LinkEnd } from './live-link.ts'
import type {
  Ack,
  LiveOptions,
  LiveReason,
  LiveSend,
  LiveState,
  LiveStats,
  LiveStatus,
  LiveSubscription,
  StreamHandlers,
  Timers,
} from './live-types.ts'
import { reconnectDelayMs, restartDelayMs, type BackoffBounds } from './reconnect-delay.ts'
import { SendQueue } from './send-queue.ts'
import { tabSessionKeeper, type SessionKeeper } from './session-keeper.ts'
import { StreamFollower, type FollowerPort } from './stream-follower.ts'
import { TokenKeeper } from './token-keeper.ts'
import { watchWakeEvents } from './wake-events.ts'

const BACKOFF_MS: BackoffBounds = { min: 1_000, max: 30_000 }
const OPEN_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 30_000
const QUEUED_MAX = 1_000
const IN_FLIGHT_MAX = 64
const SENDS_PER_SECOND_MAX = 80
/** A connection that held this long was a good one: the next failure counts as the first. */
const GOOD_AFTER_MS = 5_000
/** Streams that one `resume` names: stays far below 64 KiB. */
const RESUME_STREAMS_MAX = 200
/** Streams of a restored session that nobody here wants: more of them are dropped with the session, since the server counts frames. */
const UNWANTED_STREAMS_MAX = 100

const SYSTEM_TIMERS: Timers = {
  set: (run, delayMs) => setTimeout(run, delayMs),
  clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
}

export class LiveConnection {
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #random: () => number
  readonly #tokens: TokenKeeper | undefined
  readonly #followers = new Map<string, StreamFollower>()
  readonly #followerPort: FollowerPort
  readonly #queue: SendQueue
  readonly #listeners = new Set<(status: LiveStatus) => void>()
  readonly #lagged = new Set<string>()
  readonly #frameRate = new FrameRate()
  readonly #sessionKeeper: SessionKeeper | undefined

  #status: LiveStatus = { state: 'offline', reason: 'not_started', lagged: false }
  #link: LiveLink | undefined
  /** Grows with each try and with the end: what an older try still brings is of no interest. */
  #epoch = 0
  #retry: unknown
  #failures = 0
  #triedAtMs = 0
  #liveSinceMs: number | undefined
  /** The server refused the last token: a fresh one gets one try. */
  #refused = false
  #sessionId: string | undefined
  #greetings = 0
  #stopWatchingWake: (() => void) | undefined

  constructor(options: LiveOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#timers = options.timers ?? SYSTEM_TIMERS
    this.#random = options.random ?? Math.random
    this.#sessionKeeper = options.sessionKeeper ?? tabSessionKeeper()
    this.#tokens = options.token && new TokenKeeper(options.token, this.#clock, this.#timers)
    this.#queue = new SendQueue({
      queuedMax: options.queuedMax ?? QUEUED_MAX,
      inFlightMax: options.inFlightMax ?? IN_FLIGHT_MAX,
      sendsPerSecondMax: options.sendsPerSecondMax ?? SENDS_PER_SECOND_MAX,
      clock: this.#clock,
      timers: this.#timers,
    })
    this.#followerPort = {
      subscribe: (stream, after) => this.#askFor(stream, after),
      giveUp: () => this.#link?.end(CLOSE_CODES.protocol),
      ended: (stream, refused) => this.#forget(stream, refused),
      later: (run, delayMs) => this.#timers.set(run, delayMs),
      random: this.#random,
      monotonicMs: () => this.#clock.monotonicMs(),
    }
  }

  get state(): LiveState {
    return this.#status.state
  }

  get status(): LiveStatus {
    return this.#status
  }

  get stats(): LiveStats {
    return {
      rttMs: this.#link?.rttMs,
      ackMs: this.#queue.ackMs,
      framesPerSecond: this.#frameRate.perSecond(this.#clock.monotonicMs()),
      sessionId: this.#sessionId,
      reconnects: Math.max(0, this.#greetings - 1),
      queued: this.#queue.size,
    }
  }

  /** Calls back at each change of the status. Returns what ends that. */
  onState(listener: (status: LiveStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Starts, or starts again after it was closed; ends a wait for the next try. Does nothing while connecting or live. */
  connect(): void {
    if (this.state === 'connecting' || this.state === 'live') return
    this.#stopWatchingWake ??= watchWakeEvents(() => this.#wake())
    if (this.state === 'closed') this.#refused = false
    void this.#open()
  }

  /** Ends all subscriptions and the connection. Messages that are not acknowledged are given back with `client.closed`. */
  close(): void {
    for (const follower of this.#followers.values()) follower.unsubscribe()
    this.#closeFor('ended')
  }

  /** Follows a stream, over all reconnects, until `unsubscribe`. A connection follows a stream once: share what it brings. */
  subscribe(stream: string, handlers: StreamHandlers): LiveSubscription {
    assert(!this.#followers.has(stream), `${stream} is followed over this connection already`)
    const follower = new StreamFollower(stream, handlers, this.#followerPort)
    this.#followers.set(stream, follower)
    if (this.state === 'live') this.#begin([follower])
    return follower
  }

  /**
   * Sends a message, now or once the connection is live, in the order of the calls. Answers when the server has stored or refused it.
   * `client.closed` and `client.unanswered` leave open whether it was stored: sending it again with the same `client_id` is safe.
   */
  sendMessage(message: LiveSend): Promise<Result<Ack, ApiError>> {
    if (this.state === 'closed') return Promise.resolve(err(closedError(this.#status.reason)))
    return this.#queue.add(message)
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
      this.#fault(cannotOpen(error))
      this.#retryLater('unreachable')
    }
  }

  #openLink(epoch: number, token: string | undefined): LiveLink {
    const { url, WebSocketImpl, openTimeoutMs } = this.#options
    return new LiveLink(
      {
        WebSocketImpl: WebSocketImpl ?? WebSocket,
        url: withSession(typeof url === 'string' ? url : url(), this.#sessionId ?? this.#sessionKeeper?.read()),
        protocols: token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token],
        clock: this.#clock,
        timers: this.#timers,
        openTimeoutMs: openTimeoutMs ?? OPEN_TIMEOUT_MS,
      },
      {
        onConnected: (frame) => this.#connected(frame),
        onFrame: (frame) => this.#received(frame),
        onBeat: () => this.#checkAnswers(),
        onUnreadable: () => this.#fault(UNREADABLE_FRAME),
        onEnd: (end) => void this.#linkEnded(epoch, end),
      },
    )
  }

  #connected(frame: Extract<ServerFrame, { type: 'connected' }>): void {
    if (frame.protocol > PROTOCOL_VERSION) {
      this.#closeFor('outdated')
      return
    }
    this.#sessionId = frame.session_id
    this.#sessionKeeper?.write(frame.session_id)
    this.#liveSinceMs = this.#clock.monotonicMs()
    this.#greetings++
    this.#tokens?.start((token) => this.#link?.send({ type: 'authenticate', token }))
    this.#setStatus({ state: 'live' })
    this.#takeUp(frame.streams)
    this.#queue.connected((message) => this.#link?.send(message))
  }

  /** Goes on with what the session has restored, asks for what it lacks, and drops what nobody wants. A new session has nothing. */
  #takeUp(restored: readonly { readonly stream: string; readonly seq: number }[]): void {
    const positions = new Map(restored.map(({ stream, seq }) => [stream, seq]))
    const missing: StreamFollower[] = []
    for (const follower of this.#followers.values()) {
      const seq = positions.get(follower.stream)
      if (seq === undefined || !follower.beginRestored(seq)) missing.push(follower)
    }
    const unwanted = restored.filter(({ stream }) => !this.#followers.has(stream))
    if (unwanted.length > UNWANTED_STREAMS_MAX) {
      this.#link?.end(CLOSE_CODES.replaced)
      return
    }
    for (const { stream } of unwanted) this.#link?.send({ type: 'unsubscribe', stream })
    this.#begin(missing)
  }

  #forgetSession(): void {
    this.#sessionId = undefined
    this.#sessionKeeper?.write(undefined)
  }

  /** Asks for streams: with one `resume` for many, for the server counts frames. */
  #begin(followers: readonly StreamFollower[]): void {
    const positions: [stream: string, after: number][] = []
    for (const follower of followers) {
      const from = follower.begin()
      if (from === 'not_now') continue
      if (from.after === undefined) this.#link?.send({ type: 'subscribe', stream: follower.stream })
      else positions.push([follower.stream, from.after])
    }
    const [first] = positions
    if (positions.length === 1 && first !== undefined) {
      this.#link?.send({ type: 'subscribe', stream: first[0], after: first[1] })
      return
    }
    for (let from = 0; from < positions.length; from += RESUME_STREAMS_MAX) {
      const streams = Object.fromEntries(positions.slice(from, from + RESUME_STREAMS_MAX))
      this.#link?.send({ type: 'resume', streams })
    }
  }

  #askFor(stream: string, after: number | undefined): boolean {
    if (this.state !== 'live') return false
    this.#link?.send({ type: 'subscribe', stream, ...(after === undefined ? {} : { after }) })
    return true
  }

  #forget(stream: string, refused: boolean): void {
    this.#followers.delete(stream)
    if (!refused) this.#link?.send({ type: 'unsubscribe', stream })
    this.#setLagged((lagged) => lagged.delete(stream))
  }

  #received(frame: ServerFrame): void {
    this.#frameRate.count(this.#clock.monotonicMs())
    switch (frame.type) {
      case 'replay':
        this.#followers.get(frame.stream)?.replay(frame.after)
        break
      case 'subscribed':
        this.#setLagged((lagged) => lagged.delete(frame.stream))
        this.#followers.get(frame.stream)?.subscribed(frame.seq, frame.recovered)
        break
      case 'reset':
        this.#setLagged((lagged) => lagged.delete(frame.stream))
        this.#followers.get(frame.stream)?.reset(frame.seq)
        break
      case 'lagged':
        this.#setLagged((lagged) => frame.streams.forEach((stream) => lagged.add(stream)))
        break
      case 'ack':
        this.#queue.acked(frame)
        break
      case 'error':
        this.#errorReceived(frame)
        break
      default:
        if (isChange(frame)) this.#followers.get(frame.stream)?.change(frame)
    }
  }

  #errorReceived(frame: Extract<ServerFrame, { type: 'error' }>): void {
    if (this.#queue.refused(frame)) return
    const follower = frame.stream === undefined ? undefined : this.#followers.get(frame.stream)
    if (follower !== undefined) follower.refused(frame)
    else this.#fault(apiError({ code: frame.code, message: frame.message, path: frame.path }))
  }

  /** A server that lives but owes an answer for too long: a new socket asks again. */
  #checkAnswers(): void {
    const sinceMs = this.#clock.monotonicMs() - (this.#options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS)
    const streamOverdue = [...this.#followers.values()].some((follower) => follower.askedBefore(sinceMs))
    if (this.#queue.overdue(sinceMs) || streamOverdue) this.#link?.end(CLOSE_CODES.heartbeat)
  }

  async #linkEnded(epoch: number, end: LinkEnd): Promise<void> {
    if (epoch !== this.#epoch) return
    const heldMs = this.#liveSinceMs === undefined ? 0 : this.#clock.monotonicMs() - this.#liveSinceMs
    this.#disconnect()
    if (heldMs >= GOOD_AFTER_MS) {
      this.#failures = 0
      this.#refused = false
    }
    if (end.code === CLOSE_CODES.replaced) {
      this.#forgetSession()
      this.#retryLater('replaced')
    } else if (end.code === CLOSE_CODES.session_ended) this.#tokenRefused()
    else if (end.code === CLOSE_CODES.restarting && this.#failures === 0) {
      this.#retryIn(restartDelayMs(this.#random(), this.#backoff), 'restarting')
    } else if (end.greeted) this.#retryLater(reasonOf(end.code))
    else {
      this.#retryLater('unreachable')
      // A refused upgrade looks like an unreachable server. Waiting goes on while this is asked.
      const waiting = this.#epoch
      if ((await this.#isSignedOut()) && waiting === this.#epoch) this.#tokenRefused()
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
    this.#retryIn(reconnectDelayMs(this.#failures, this.#random(), this.#backoff), reason)
  }

  #retryIn(delayMs: number, reason: LiveReason): void {
    this.#failures++
    this.#retry = this.#timers.set(() => void this.#open(), delayMs)
    this.#setStatus({ state: 'offline', reason, retryAtMs: this.#clock.nowMs() + delayMs })
  }

  /** The network or the tab is back: waits end, and a socket that may have died meanwhile is asked for a sign of life. */
  #wake(): void {
    if (this.state === 'live') this.#link?.probe()
    const waitedMs = this.#clock.monotonicMs() - this.#triedAtMs
    if (this.state === 'offline' && waitedMs >= this.#backoff.min) this.connect()
  }

  /** The socket is gone: what stands on it waits for the next. */
  #disconnect(): void {
    this.#link = undefined
    this.#liveSinceMs = undefined
    this.#lagged.clear()
    this.#tokens?.stop()
    this.#queue.disconnected()
    for (const follower of this.#followers.values()) follower.disconnected()
  }

  #closeFor(reason: LiveReason): void {
    this.#epoch++
    this.#timers.clear(this.#retry)
    const link = this.#link
    this.#disconnect()
    link?.end(0)
    this.#stopWatchingWake?.()
    this.#stopWatchingWake = undefined
    this.#failures = 0
    if (reason !== 'outdated') this.#forgetSession()
    this.#setStatus({ state: 'closed', reason })
    this.#queue.fail(closedError(reason))
  }

  #setLagged(change: (lagged: Set<string>) => void): void {
    const before = this.#lagged.size > 0
    change(this.#lagged)
    if (this.#lagged.size > 0 !== before) this.#setStatus(this.#status)
  }

  #setStatus(status: Omit<LiveStatus, 'lagged'>): void {
    this.#status = { ...status, lagged: this.#lagged.size > 0 }
    const shown = this.#status
    for (const listener of this.#listeners) callOut(() => listener(shown))
  }

  #fault(error: ApiError): void {
    callOut(() => this.#options.onFault?.(error))
  }
}

/** Any frame of a durable stream, of a kind that this SDK knows or of one that is newer: the cursor must see them all. */
function isChange(frame: ServerFrame): frame is ChangeFrame {
  return 'changed_seq' in frame && 'stream' in frame
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

function closedError(reason: LiveReason | undefined): ApiError {
  const message =
    reason === 'signed_out'
      ? 'You are signed out. Sign in, then send it again.'
      : 'The connection is closed. Open it again, then send it again.'
  return apiError({ code: 'client.closed', message })
}
