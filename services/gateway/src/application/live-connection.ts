import {
  CLOSE_CODES,
  PROTOCOL_VERSION,
  failure,
  type Caller,
  type ChangeFrame,
  type Failure,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import { assert, newId, type Clock, type LiveSessionId } from '@glasshouse/kernel'
import {
  SharedConcatenation,
  type Block,
  type EncodedFrame,
  type SharedBlock,
  type WireKind,
} from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { SendQueue } from '../domain/send-queue.ts'
import { ConnectionEphemera, type EphemeraHost } from './connection-ephemera.ts'
import { errorFrame } from './error-frame.ts'
import { EventHeartbeat, PingHeartbeat, type BeatingConnection, type Heartbeat } from './heartbeat.ts'
import type { LiveSession, SessionHolder } from './live-sessions.ts'
import type { EncodeFrame, Log, OpenedStream, Wire } from './ports.ts'
import type { ChangeReader, EndsWatch } from './read-changes.ts'
import type { StreamOpener } from './stream-opener.ts'
import { Subscription, type SubscriptionOutput } from './subscription.ts'
import type { Tick, TickConnection } from './tick.ts'
import type { WatchedStream } from './watched-stream.ts'

/** What all connections of a hub have in common. */
export interface ConnectionHost extends EphemeraHost {
  readonly limits: LiveLimits
  readonly clock: Clock
  readonly tick: Tick
  readonly reader: ChangeReader
  readonly encode: EncodeFrame
  readonly log: Log
  endsWatch(change: ChangeFrame): EndsWatch
  /** The stream, which the hub follows from now on. */
  watched(stream: StreamName): WatchedStream
  /** A subscription of the stream has ended: when it was the last, the hub no longer follows it. */
  released(stream: StreamName): void
  readonly opener: StreamOpener
  ended(connection: LiveConnection): void
  /** What the connection's session is to remember has changed. */
  sessionChanged(connection: LiveConnection): void
}

export interface OpenedConnection {
  readonly wire: Wire
  /** Undefined: a visitor. */
  readonly caller: Caller | undefined
  readonly address: string
  /** Undefined: nothing is kept of it, as of a visitor. */
  readonly session: LiveSession<LiveConnection> | undefined
  readonly resumed: boolean
  /** What it watches without being asked, `watch` begins it; each from there, or from now on. */
  readonly streams: ReadonlyMap<StreamName, number | undefined>
  /** The tab that it is for, when it has said so. */
  readonly tab?: string | undefined
}

type PauseReason = 'output' | 'sends' | 'opens' | 'frames' | 'drain'

/**
 * One live connection: what it is to be sent, what it watches, and how long it lives. What it receives is receive-frame.ts.
 */
export class LiveConnection implements SubscriptionOutput, TickConnection, SessionHolder, BeatingConnection {
  readonly session: LiveSession<LiveConnection> | undefined
  readonly sessionId: LiveSessionId
  readonly address: string
  readonly wireKind: WireKind
  readonly tab: string | undefined
  /** What is of the moment: typing and presence. */
  readonly ephemera: ConnectionEphemera
  caller: Caller | undefined
  readonly #host: ConnectionHost
  readonly #wire: Wire
  readonly #queue: SendQueue<Subscription>
  readonly #subscriptions = new Map<StreamName, Subscription>()
  /** Subscriptions that want to catch up, one at a time: one page in memory for each connection. */
  readonly #turns: Subscription[] = []
  #turning = false
  #drainWaiters: (() => void)[] = []
  /** Why the socket is not read: too much to send, too many sends under way, or too many streams being asked for. */
  readonly #pausedFor = new Set<PauseReason>()
  /** Streams that are being asked for. */
  #asking = 0
  #blockedSinceMs: number | undefined
  readonly #heartbeat: Heartbeat
  #closed = false

  constructor(host: ConnectionHost, opened: OpenedConnection) {
    this.#host = host
    this.#wire = opened.wire
    this.caller = opened.caller
    this.address = opened.address
    this.session = opened.session
    this.sessionId = opened.session?.id ?? newId<LiveSessionId>()
    this.wireKind = opened.wire.kind
    this.tab = opened.tab
    const { unsentBytesMax: bytesMax, unsentFramesMax: framesMax } = host.limits
    this.#queue = new SendQueue({ bytesMax, framesMax }, (bytes) => opened.wire.write(bytes))
    const at = { limits: host.limits, nowMs: host.clock.monotonicMs() }
    const { wire } = opened
    this.#heartbeat =
      wire.kind === 'web_socket' ? new PingHeartbeat(this, wire, at) : new EventHeartbeat(this, wire, at)
    this.send({
      type: 'connected',
      session_id: this.sessionId,
      resumed: opened.resumed,
      user: userOf(opened.caller),
      heartbeat_ms: wire.kind === 'web_socket' ? host.limits.heartbeatIntervalMs : host.limits.eventCommentIntervalMs,
      protocol: PROTOCOL_VERSION,
      streams: [...opened.streams].flatMap(([stream, seq]) => (seq === undefined ? [] : [{ stream, seq }])),
    })
    this.ephemera = new ConnectionEphemera(this, host, !opened.resumed)
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

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values()
  }

  get isRead(): boolean {
    return this.#pausedFor.size === 0
  }

  // What goes out.

  send(frame: ServerFrame): void {
    if (!this.#closed) this.sendEncoded(this.#host.encode(frame))
  }

  refuse(refusal: Failure, answers?: Parameters<typeof errorFrame>[1]): void {
    this.send(errorFrame(refusal, answers))
  }

  sendEncoded(frame: EncodedFrame): void {
    this.sendBytes(frame.bytesFor(this.wireKind))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#push({ bytes, frameCount: 1, after: 0 })
  }

  queueShared(block: SharedBlock, subscription: Subscription): void {
    this.#push(block.for(this.wireKind), subscription)
  }

  /** Queues what may be lost: nothing, while the socket does not take what was written before. */
  sendEphemeral(frame: EncodedFrame): boolean {
    if (this.#closed || this.#queue.blocked) return false
    this.sendEncoded(frame)
    return true
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
    const nowMs = this.#host.clock.monotonicMs()
    this.#heartbeat.heard(nowMs)
    this.#blockedSinceMs = this.#queue.blocked ? nowMs : undefined
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
    this.ephemera.drained()
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
    this.subscribeMany([[stream, after]])
  }

  /** The same for many at once, each with its `after`: they are asked for together, and answered together. */
  subscribeMany(wanted: Iterable<readonly [StreamName, number | undefined]>): void {
    const begun: Subscription[] = []
    for (const [stream, after] of wanted) {
      this.#subscriptions.get(stream)?.end()
      this.#subscriptions.delete(stream)
      if (this.#subscriptions.size >= this.#host.limits.subscriptionsMax) {
        this.#forgot(stream)
        this.refuse(failure('live.too_many_subscriptions'), { stream })
        continue
      }
      const subscription = new Subscription(this.#host.watched(stream), this, this.#host)
      this.#subscriptions.set(stream, subscription)
      subscription.start(after)
      begun.push(subscription)
    }
    if (begun.length === 0) return
    this.#host.sessionChanged(this)
    this.#ask(begun)
  }

  ask(subscription: Subscription): void {
    this.#ask([subscription])
  }

  #ask(subscriptions: readonly Subscription[]): void {
    const streams = subscriptions.map(({ stream }) => stream)
    this.#asking += streams.length
    // A frame may name a thousand streams, again and again: what is asked for stands in the line of everybody.
    if (this.#asking > this.#host.limits.subscriptionsMax) this.#pause('opens')
    this.#host.opener.open({ caller: this.caller, streams, answer: (opened) => this.#opened(subscriptions, opened) })
  }

  #opened(subscriptions: readonly Subscription[], opened: readonly OpenedStream[]): void {
    this.#asking -= subscriptions.length
    if (this.#asking <= this.#host.limits.subscriptionsMax) this.#resume('opens')
    const room = { bytes: this.#queue.blocked ? 0 : this.#host.limits.replaySliceBytes }
    for (const [index, subscription] of subscriptions.entries()) {
      const answer = opened[index]
      assert(answer !== undefined, 'each stream that was asked for is answered')
      subscription.opened(answer, room)
    }
  }

  unsubscribe(stream: StreamName): void {
    this.#subscriptions.get(stream)?.end()
    if (this.#subscriptions.delete(stream)) this.#forgot(stream)
    this.send({ type: 'unsubscribed', stream })
  }

  /** Watches what it was opened with. */
  watch(streams: OpenedConnection['streams']): void {
    this.subscribeMany(streams)
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

  lost(subscription: Subscription): void {
    const { stream } = subscription
    this.#queue.disown(subscription)
    if (this.#subscriptions.get(stream) === subscription) this.#subscriptions.delete(stream)
    this.#forgot(stream)
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

  /** Frames of it wait to be handled: until they are the socket is left unread. */
  framesWait(wait: boolean): void {
    if (wait) this.#pause('frames')
    else this.#resume('frames')
  }

  stopReading(): void {
    this.#pause('drain')
  }

  #pause(reason: PauseReason): void {
    if (this.#pausedFor.size === 0 && !this.#closed && this.#wire.kind === 'web_socket') this.#wire.pauseReading()
    this.#pausedFor.add(reason)
  }

  #resume(reason: Exclude<PauseReason, 'drain'>): void {
    if (!this.#pausedFor.delete(reason) || this.#pausedFor.size > 0 || this.#closed) return
    this.heard()
    if (this.#wire.kind === 'web_socket') this.#wire.resumeReading()
  }

  // How long it lives.

  heard(): void {
    this.#heartbeat.heard(this.#host.clock.monotonicMs())
  }

  /** Looks at what depends on time; called every `sweepIntervalMs`. */
  sweep(): void {
    const { limits, clock } = this.#host
    const nowMs = clock.monotonicMs()
    // Over an event stream nobody can `authenticate`: it is opened again with a fresh proof.
    const graceMs = this.wireKind === 'web_socket' ? limits.expiryGraceMs : 0
    if (this.caller !== undefined && clock.nowMs() > this.caller.expiresAtMs + graceMs) {
      return this.close(CLOSE_CODES.session_ended, failure('auth.session_ended'))
    }
    if (this.#blockedSinceMs !== undefined && nowMs - this.#blockedSinceMs > limits.undrainedTimeoutMs) {
      return this.close(CLOSE_CODES.heartbeat, failure('live.too_slow'))
    }
    // A ping tells what was received before it: so nothing that the connection was handed is left to be written.
    this.flush(new SharedConcatenation())
    this.#heartbeat.sweep(nowMs)
  }

  ponged(label: string): void {
    if (!this.#closed) this.#heartbeat.ponged(label)
  }

  /** Ends the connection: sends what can be sent, then why it ends. */
  close(code: number, refusal: Failure): void {
    if (this.#closed) return
    if (!this.#queue.blocked) this.#queue.flush(new SharedConcatenation())
    this.disconnected()
    this.#wire.close(code, refusal)
  }

  /** The socket is gone, or about to be. */
  disconnected(): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.ended(this)
    this.ephemera.end()
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

function userOf(caller: Caller | undefined): Extract<ServerFrame, { type: 'connected' }>['user'] {
  return caller === undefined
    ? null
    : { id: caller.userId, username: caller.username, display_name: caller.displayName }
}
