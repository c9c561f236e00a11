/**
 * A live connection that heals: it follows each stream from its own cursor (stream-follower.ts), and sends each message until it is
 * answered (send-queue.ts), over a line that comes and goes (line.ts).
 */
import { CLOSE_CODES, type ChangeFrame, type ServerFrame } from '@glasshouse/contracts'
import { assert, err, systemClock, type Clock, type Result } from '@glasshouse/kernel'
import { apiError, type ApiError } from './api-error.ts'
import { callOut } from './call-out.ts'
import { Ephemera } from './ephemera.ts'
import { FrameRate } from './frame-rate.ts'
import type { Line, LineHandlers, LineStatus, StreamPosition } from './line.ts'
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
} from './live-types.ts'
import { SendQueue } from './send-queue.ts'
import { ServerLine } from './server-line.ts'
import { SharedLine, type ShareOptions } from './shared-line.ts'
import { StreamFollower, type FollowerPort } from './stream-follower.ts'
import { systemTimers } from './system-timers.ts'
import { browserTabs } from './tab-platform.ts'

const ANSWER_TIMEOUT_MS = 30_000
const QUEUED_MAX = 1_000
const IN_FLIGHT_MAX = 64
const SENDS_PER_SECOND_MAX = 80
/** Streams that one `resume` names: stays far below 64 KiB. */
const RESUME_STREAMS_MAX = 200

export interface LiveConnectionOptions extends LiveOptions {
  /**
   * The tabs of a browser that give the same name share one connection, where the browser can (https or localhost). The name must
   * hold the sign-in, for what one of them may see all do. Elsewhere, and in Node, it has no effect.
   */
  readonly share?: ShareOptions
}

export class LiveConnection {
  /** What is of the moment: who types, who is here. TypingIndicator and PresenceWatch make it easy. */
  readonly ephemera: Ephemera
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #line: Line
  readonly #followers = new Map<string, StreamFollower>()
  readonly #followerPort: FollowerPort
  readonly #queue: SendQueue
  readonly #listeners = new Set<(status: LiveStatus) => void>()
  readonly #lagged = new Set<string>()
  readonly #frameRate = new FrameRate()

  #status: LiveStatus
  #ups = 0

  constructor(options: LiveConnectionOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const timers = options.timers ?? systemTimers
    this.#queue = new SendQueue({
      queuedMax: options.queuedMax ?? QUEUED_MAX,
      inFlightMax: options.inFlightMax ?? IN_FLIGHT_MAX,
      sendsPerSecondMax: options.sendsPerSecondMax ?? SENDS_PER_SECOND_MAX,
      clock: this.#clock,
      timers,
    })
    this.#followerPort = {
      subscribe: (stream, after) => this.#askFor(stream, after),
      giveUp: () => this.#line.giveUp(CLOSE_CODES.protocol),
      ended: (stream, refused) => this.#forget(stream, refused),
      later: (run, delayMs) => timers.set(run, delayMs),
      random: options.random ?? Math.random,
      monotonicMs: () => this.#clock.monotonicMs(),
    }
    this.#line = newLine(options, {
      onStatus: (status) => this.#lineChanged(status),
      onUp: (restored) => this.#up(restored),
      onFrame: (frame) => this.#received(frame),
      onDown: () => this.#down(),
      onBeat: () => this.#checkAnswers(),
      onFault: (error) => this.#fault(error),
    })
    this.#status = { ...this.#line.status, lagged: false }
    this.ephemera = new Ephemera({
      isUp: () => this.state === 'live',
      send: (frame) => this.#line.send(frame),
      want: (stream) => this.#line.want(stream),
      drop: (stream, tell) => this.#line.drop(stream, tell),
      monotonicMs: () => this.#clock.monotonicMs(),
      timers,
    })
  }

  get state(): LiveState {
    return this.#status.state
  }

  get status(): LiveStatus {
    return this.#status
  }

  get stats(): LiveStats {
    return {
      rttMs: this.#line.rttMs,
      ackMs: this.#queue.ackMs,
      framesPerSecond: this.#frameRate.perSecond(this.#clock.monotonicMs()),
      sessionId: this.#line.sessionId,
      reconnects: Math.max(0, this.#ups - 1),
      queued: this.#queue.size,
      tabs: this.#line.tabs,
      follows: this.#line.follows,
    }
  }

  /** Calls back at each change of the status. Returns what ends that. */
  onState(listener: (status: LiveStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Starts, or starts again after it was closed; ends a wait for the next try. Does nothing while connecting or live. */
  connect(): void {
    this.#line.connect()
  }

  /** Ends all subscriptions and the connection. Messages that are not acknowledged are given back with `client.closed`. */
  close(): void {
    for (const follower of this.#followers.values()) follower.unsubscribe()
    this.#line.close()
  }

  /** Follows a stream, over all reconnects, until `unsubscribe`. A connection follows a stream once: share what it brings. */
  subscribe(stream: string, handlers: StreamHandlers): LiveSubscription {
    assert(!this.#followers.has(stream), `${stream} is followed over this connection already`)
    const follower = new StreamFollower(stream, handlers, this.#followerPort)
    this.#followers.set(stream, follower)
    this.#line.want(stream)
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

  /** Goes on with what the session has restored, and asks for what it lacks. */
  #up(restored: readonly StreamPosition[]): void {
    this.#ups++
    const positions = new Map(restored.map(({ stream, seq }) => [stream, seq]))
    const missing: StreamFollower[] = []
    for (const follower of this.#followers.values()) {
      const seq = positions.get(follower.stream)
      if (seq === undefined || !follower.beginRestored(seq)) missing.push(follower)
    }
    this.#begin(missing)
    this.ephemera.up()
    this.#queue.connected((message) => this.#line.send(message), this.#line.inFlightMax)
  }

  /** Asks for streams: with one `resume` for many, for the server counts frames. */
  #begin(followers: readonly StreamFollower[]): void {
    const positions: [stream: string, after: number][] = []
    for (const follower of followers) {
      const from = follower.begin()
      if (from === 'not_now') continue
      if (from.after === undefined) this.#line.send({ type: 'subscribe', stream: follower.stream })
      else positions.push([follower.stream, from.after])
    }
    const [first] = positions
    if (positions.length === 1 && first !== undefined) {
      this.#line.send({ type: 'subscribe', stream: first[0], after: first[1] })
      return
    }
    for (let from = 0; from < positions.length; from += RESUME_STREAMS_MAX) {
      const streams = Object.fromEntries(positions.slice(from, from + RESUME_STREAMS_MAX))
      this.#line.send({ type: 'resume', streams })
    }
  }

  #askFor(stream: string, after: number | undefined): boolean {
    if (this.state !== 'live') return false
    this.#line.send({ type: 'subscribe', stream, ...(after === undefined ? {} : { after }) })
    return true
  }

  #forget(stream: string, refused: boolean): void {
    this.#followers.delete(stream)
    this.#line.drop(stream, !refused)
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
      case 'typing':
      case 'presence':
        this.ephemera.received(frame)
        break
      default:
        if (isChange(frame)) this.#changed(frame)
    }
  }

  #changed(frame: ChangeFrame): void {
    const follower = this.#followers.get(frame.stream)
    follower?.change(frame)
    // Only one's own stream can be followed, so it tells who one is. The server may have ended this stream with that word.
    if (frame.type !== 'member_changed' || frame.membership !== 'left') return
    const own = `user:${frame.user_id}`
    if (frame.stream !== own && this.#followers.has(own)) follower?.askAgain()
  }

  #errorReceived(frame: Extract<ServerFrame, { type: 'error' }>): void {
    if (this.#queue.refused(frame)) return
    const follower = frame.stream === undefined ? undefined : this.#followers.get(frame.stream)
    if (follower !== undefined) follower.refused(frame)
    else if (this.ephemera.refused(frame.stream)) return
    else this.#fault(apiError({ code: frame.code, message: frame.message, path: frame.path }))
  }

  /** A server that lives but owes an answer for too long: a new socket asks again. */
  #checkAnswers(): void {
    const sinceMs = this.#clock.monotonicMs() - (this.#options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS)
    const streamOverdue = [...this.#followers.values()].some((follower) => follower.askedBefore(sinceMs))
    if (this.#queue.overdue(sinceMs) || streamOverdue) this.#line.giveUp(CLOSE_CODES.heartbeat)
  }

  #down(): void {
    this.#lagged.clear()
    this.#queue.disconnected()
    for (const follower of this.#followers.values()) follower.disconnected()
  }

  #lineChanged(status: LineStatus): void {
    this.#setStatus(status)
    if (status.state === 'closed') this.#queue.fail(closedError(status.reason))
  }

  #setLagged(change: (lagged: Set<string>) => void): void {
    const before = this.#lagged.size > 0
    change(this.#lagged)
    if (this.#lagged.size > 0 !== before) this.#setStatus(this.#status)
  }

  #setStatus(status: LineStatus): void {
    this.#status = { ...status, lagged: this.#lagged.size > 0 }
    const shown = this.#status
    for (const listener of this.#listeners) callOut(() => listener(shown))
  }

  #fault(error: ApiError): void {
    callOut(() => this.#options.onFault?.(error))
  }
}

function newLine(options: LiveConnectionOptions, handlers: LineHandlers): Line {
  const { share } = options
  const platform = share && (share.platform ?? browserTabs())
  if (share === undefined || platform === undefined) return new ServerLine(options, handlers)
  return new SharedLine({ ...options, share, platform }, handlers)
}

/** Any frame of a durable stream, of a kind that this SDK knows or of one that is newer: the cursor must see them all. */
function isChange(frame: ServerFrame): frame is ChangeFrame {
  return 'changed_seq' in frame && 'stream' in frame
}

function closedError(reason: LiveReason | undefined): ApiError {
  const message =
    reason === 'signed_out'
      ? 'You are signed out. Sign in, then send it again.'
      : 'The connection is closed. Open it again, then send it again.'
  return apiError({ code: 'client.closed', message })
}
