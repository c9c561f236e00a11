import {
  CLOSE_CODES,
  PROTOCOL_VERSION,
  failure,
  failureMessage,
  type Caller,
  type Failure,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import type { Clock, LiveSessionId, Result } from '@glasshouse/kernel'
import { SharedConcatenation, type Block } from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { SendQueue } from '../domain/send-queue.ts'
import { errorFrame } from './error-frame.ts'
import type { LiveSession, SessionHolder } from './live-sessions.ts'
import type { EncodeFrame, Log, Wire } from './ports.ts'
import type { ChangeReader } from './read-changes.ts'
import { Subscription, type SubscriptionOutput } from './subscription.ts'
import type { Tick, TickConnection } from './tick.ts'
import type { WatchedStream } from './watched-stream.ts'

/** What all connections of a hub have in common. */
export interface ConnectionHost {
  readonly limits: LiveLimits
  readonly clock: Clock
  readonly tick: Tick
  readonly reader: ChangeReader
  readonly encode: EncodeFrame
  readonly log: Log
  /** The stream, which the hub follows from now on. */
  watched(stream: StreamName): WatchedStream
  /** A subscription of the stream has ended: when it was the last, the hub no longer follows it. */
  released(stream: StreamName): void
  open(caller: Caller, stream: StreamName): Promise<Result<{ readonly head: number }, Failure>>
  ended(connection: LiveConnection): void
  /** What the connection's session is to remember has changed. */
  sessionChanged(connection: LiveConnection): void
}

export interface OpenedConnection {
  readonly wire: Wire
  readonly caller: Caller
  readonly address: string
  readonly session: LiveSession<LiveConnection>
  /** What its session watched before: `restore` goes on there. Undefined for a new session. */
  readonly restored: ReadonlyMap<StreamName, number> | undefined
}

/**
 * One live connection: what it is to be sent, what it watches, and how long it lives. What it receives is receive-frame.ts.
 */
export class LiveConnection implements SubscriptionOutput, TickConnection, SessionHolder {
  readonly session: LiveSession<LiveConnection>
  readonly address: string
  caller: Caller
  readonly #host: ConnectionHost
  readonly #wire: Wire
  readonly #queue: SendQueue<Subscription>
  readonly #subscriptions = new Map<StreamName, Subscription>()
  /** Subscriptions that want to catch up, one at a time: one page in memory for each connection. */
  readonly #turns: Subscription[] = []
  #turning = false
  #drainWaiters: (() => void)[] = []
  /** Why the socket is not read: too much to send, or too many sends under way. */
  readonly #pausedFor = new Set<'output' | 'sends' | 'drain'>()
  #blockedSinceMs: number | undefined
  #heardMs: number
  #pingedMs: number
  #missedHeartbeats = 0
  #pings = 0
  /** The ping before which the subscriptions were marked, until it is answered. */
  #markedPing: number | undefined
  #closed = false

  constructor(host: ConnectionHost, opened: OpenedConnection) {
    this.#host = host
    this.#wire = opened.wire
    this.caller = opened.caller
    this.address = opened.address
    this.session = opened.session
    const { unsentBytesMax: bytesMax, unsentFramesMax: framesMax } = host.limits
    this.#queue = new SendQueue({ bytesMax, framesMax }, (bytes) => opened.wire.write(bytes))
    this.#heardMs = this.#pingedMs = host.clock.monotonicMs()
    this.send({
      type: 'connected',
      session_id: this.sessionId,
      resumed: opened.restored !== undefined,
      user: { id: this.caller.userId, username: this.caller.username, display_name: this.caller.displayName },
      heartbeat_ms: host.limits.heartbeatIntervalMs,
      protocol: PROTOCOL_VERSION,
      streams: [...(opened.restored ?? [])].map(([stream, seq]) => ({ stream, seq })),
    })
  }

  get sessionId(): LiveSessionId {
    return this.session.id
  }

  get closed(): boolean {
    return this.#closed
  }

  isSubscribed(stream: StreamName): boolean {
    return this.#subscriptions.has(stream)
  }

  /** Nothing is waiting to be sent. */
  get idle(): boolean {
    return this.#queue.drained
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size
  }

  // What goes out.

  send(frame: ServerFrame): void {
    if (!this.#closed) this.sendBytes(this.#host.encode(frame), 1)
  }

  refuse(refusal: Failure, answers?: Parameters<typeof errorFrame>[1]): void {
    this.send(errorFrame(refusal, answers))
  }

  sendBytes(bytes: Uint8Array, frameCount: number): void {
    this.#push({ bytes, frameCount, after: 0 })
  }

  queueShared(block: Block, subscription: Subscription): void {
    this.#push(block, subscription)
  }

  #push(block: Block, owner?: Subscription): void {
    if (this.#closed) return
    if (this.#queue.push(block, owner)) this.#host.tick.connectionHasBlocks(this)
  }

  /** The end of the tick: one write. */
  flush(shared: SharedConcatenation): void {
    if (this.#closed) return
    this.#queue.flush(shared)
    if (!this.#queue.blocked) return this.#drained()
    this.#blockedSinceMs ??= this.#host.clock.monotonicMs()
    if (!this.#queue.over) return
    // Its input is left unread as well: each frame read could be one more answer to hold.
    this.#pause('output')
    this.#lag()
  }

  /** The wire has taken what it could not take at once. */
  written(): void {
    if (this.#closed) return
    this.#queue.written()
    // Taking bytes is a sign of life as good as sending some.
    this.#heardMs = this.#host.clock.monotonicMs()
    this.#blockedSinceMs = this.#queue.blocked ? this.#heardMs : undefined
    if (!this.#queue.blocked) this.#drained()
  }

  whenDrained(): Promise<void> {
    if (this.#queue.drained || this.#closed) return Promise.resolve()
    return new Promise((resolve) => this.#drainWaiters.push(resolve))
  }

  #drained(): void {
    if (!this.#queue.drained) return
    this.#resume('output')
    const waiters = this.#drainWaiters
    this.#drainWaiters = []
    for (const resolve of waiters) resolve()
  }

  #lag(): void {
    const dropped = this.#queue.dropOwned()
    const streams: StreamName[] = []
    for (const subscription of this.#subscriptions.values()) {
      if (!subscription.live) continue
      subscription.lag(dropped.get(subscription))
      streams.push(subscription.stream)
    }
    if (streams.length > 0) this.send({ type: 'lagged', streams })
  }

  // What it watches.

  /** Watches a stream, from `after` on or from now on. A stream that is watched already starts anew. */
  subscribe(stream: StreamName, after: number | undefined): void {
    this.#subscriptions.get(stream)?.end()
    this.#subscriptions.delete(stream)
    if (this.#subscriptions.size >= this.#host.limits.subscriptionsMax) {
      this.#forgot(stream)
      return this.refuse(failure('live.too_many_subscriptions'), { stream })
    }
    const subscription = new Subscription(this.#host.watched(stream), this, this.#host)
    this.#subscriptions.set(stream, subscription)
    void subscription.start(after, () => this.#host.open(this.caller, stream))
    this.#host.sessionChanged(this)
  }

  unsubscribe(stream: StreamName): void {
    this.#subscriptions.get(stream)?.end()
    if (this.#subscriptions.delete(stream)) this.#forgot(stream)
    this.send({ type: 'unsubscribed', stream })
  }

  /** Goes on with what the session watched before, each stream from what its client certainly has. */
  restore(positions: ReadonlyMap<StreamName, number>): void {
    for (const [stream, seq] of positions) this.subscribe(stream, seq)
  }

  positions(): ReadonlyMap<StreamName, number> {
    const positions = new Map<StreamName, number>()
    for (const [stream, { certain }] of this.#subscriptions) if (certain !== undefined) positions.set(stream, certain)
    return positions
  }

  positioned(): void {
    this.#host.sessionChanged(this)
  }

  #forgot(stream: StreamName): void {
    this.#host.released(stream)
    this.#host.sessionChanged(this)
  }

  failed(subscription: Subscription, refusal: Failure): void {
    const { stream } = subscription
    if (this.#subscriptions.get(stream) === subscription) this.#subscriptions.delete(stream)
    this.#forgot(stream)
    this.refuse(refusal, { stream })
  }

  requestTurn(subscription: Subscription): void {
    this.#turns.push(subscription)
    if (!this.#turning) void this.#takeTurns()
  }

  async #takeTurns(): Promise<void> {
    this.#turning = true
    for (;;) {
      await this.whenDrained()
      const next = this.#closed ? undefined : this.#turns.shift()
      if (next === undefined) break
      await next.catchUp()
    }
    this.#turning = false
  }

  // What it reads.

  /** So many sends wait for their commit: at the bound the socket is left unread. */
  sendsInFlight(count: number): void {
    if (count >= this.#host.limits.sendsInFlightMax) this.#pause('sends')
    else this.#resume('sends')
  }

  stopReading(): void {
    this.#pause('drain')
  }

  #pause(reason: 'output' | 'sends' | 'drain'): void {
    if (this.#pausedFor.size === 0 && !this.#closed) this.#wire.pauseReading()
    this.#pausedFor.add(reason)
  }

  #resume(reason: 'output' | 'sends'): void {
    if (!this.#pausedFor.delete(reason) || this.#pausedFor.size > 0 || this.#closed) return
    this.#heardMs = this.#host.clock.monotonicMs()
    this.#wire.resumeReading()
  }

  // How long it lives.

  heard(): void {
    this.#heardMs = this.#host.clock.monotonicMs()
  }

  /** Looks at what depends on time; called every `sweepIntervalMs`. */
  sweep(): void {
    const { limits, clock } = this.#host
    const nowMs = clock.monotonicMs()
    if (clock.nowMs() > this.caller.expiresAtMs + limits.expiryGraceMs) {
      return this.close(CLOSE_CODES.session_ended, failure('auth.session_ended'))
    }
    if (this.#blockedSinceMs !== undefined && nowMs - this.#blockedSinceMs > limits.undrainedTimeoutMs) {
      return this.close(CLOSE_CODES.heartbeat, failure('live.too_slow'))
    }
    if (nowMs - this.#pingedMs < limits.heartbeatIntervalMs) return
    // While its socket is not read, an answer could not be heard: the bound on undrained sockets holds instead.
    if (this.#heardMs >= this.#pingedMs || this.#pausedFor.size > 0) this.#missedHeartbeats = 0
    else this.#missedHeartbeats++
    if (this.#missedHeartbeats >= limits.heartbeatsMissedMax) {
      return this.close(CLOSE_CODES.heartbeat, failure('live.heartbeat'))
    }
    this.#pingedMs = nowMs
    this.#ping()
  }

  /** What was written before a ping has been received when its pong comes: sockets keep the order. */
  #ping(): void {
    this.#pings++
    if (this.#markedPing === undefined && this.#queue.drained) {
      this.#markedPing = this.#pings
      for (const subscription of this.#subscriptions.values()) subscription.mark()
    }
    this.#wire.ping(String(this.#pings))
  }

  /** A pong came, with the label of its ping; anything else is a pong that nobody asked for. */
  ponged(label: string): void {
    const ping = Number(label)
    if (this.#closed || this.#markedPing === undefined || !(ping >= this.#markedPing && ping <= this.#pings)) return
    this.#markedPing = undefined
    let news = false
    for (const subscription of this.#subscriptions.values()) news = subscription.confirm() || news
    if (news) this.#host.sessionChanged(this)
  }

  /** Ends the connection: sends what can be sent, then the close frame with the refusal's message. */
  close(code: number, refusal: Failure): void {
    if (this.#closed) return
    if (!this.#queue.blocked) this.#queue.flush(new SharedConcatenation())
    this.disconnected()
    this.#wire.close(code, failureMessage(refusal))
  }

  /** The socket is gone, or about to be. */
  disconnected(): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.ended(this)
    for (const [stream, subscription] of this.#subscriptions) {
      subscription.end()
      this.#host.released(stream)
    }
    this.#subscriptions.clear()
    this.#turns.length = 0
    const waiters = this.#drainWaiters
    this.#drainWaiters = []
    for (const resolve of waiters) resolve()
  }
}
