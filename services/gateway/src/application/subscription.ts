import { failure, type Caller, type Failure, type ServerFrame, type StreamName } from '@glasshouse/contracts'
import { assert, pause, StreamCursor } from '@glasshouse/kernel'
import type { EncodedFrame, SharedBlock } from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { Log, OpenedStream } from './ports.ts'
import type { ChangeReader, EncodedChange, EndsWatch } from './read-changes.ts'
import type { StreamWatcher, WatchedStream } from './watched-stream.ts'

/** The connection, as its subscriptions see it. */
export interface SubscriptionOutput {
  /** Who watches; undefined for a visitor. */
  readonly caller: Caller | undefined
  send(frame: ServerFrame): void
  /** Queues a frame that no other connection gets. */
  sendEncoded(frame: EncodedFrame): void
  /** Queues a block of a stream, which may be dropped while it waits. */
  queueShared(block: SharedBlock, subscription: Subscription): void
  /** Asks whether the stream may be watched: `opened` gets the answer. */
  ask(subscription: Subscription): void
  /** Asks for `catchUp` to be called when the socket has drained and no other subscription of the connection is catching up. */
  requestTurn(subscription: Subscription): void
  /** Resolves when the socket has taken all that was written to it, or is closed. */
  whenDrained(): Promise<void>
  /** What the client certainly has of the stream is known from now on. */
  positioned(): void
  /** A change has ended the subscription, and was its last; what was queued for it may be dropped no more. */
  lost(subscription: Subscription): void
  /** The subscription has failed and is no more. */
  failed(subscription: Subscription, refusal: Failure): void
}

export interface SubscriptionMachinery {
  readonly reader: ChangeReader
  readonly limits: LiveLimits
  readonly log: Log
}

/** What the subscription still wants before it can be live. */
type Goal =
  /** To hear whatever comes from now on. */
  | { readonly kind: 'from_now' }
  /** To be told that too much was missed, and then whatever comes. */
  | { readonly kind: 'reset' }
  /** All changes after its cursor, then whatever comes. */
  | { readonly kind: 'all'; readonly cursor: StreamCursor<EncodedChange> }

/** What may be sent of replays before the socket has drained, for all subscriptions that are opened together. */
export interface ReplayRoom {
  bytes: number
}

/**
 * One connection's subscription to one stream. It is either live (the stream's broadcast reaches it, and its position is the
 * hub's) or apart: being opened, reading what it missed with a cursor of its own, or waiting for the hub.
 *
 * Nothing is missed on the way from apart to live, because it joins only when its cursor is exactly at the hub's position and the
 * hub is at rest, in one synchronous step: what the hub applies after that step reaches it by broadcast, what came before it has.
 * When it is ahead of the hub (its read saw a commit whose announcement is still on the way) it waits; when it is behind, it reads.
 * While it reads, live changes are held in its cursor, so a busy stream cannot outrun it.
 */
export class Subscription implements StreamWatcher {
  joinedAt = 0
  readonly #stream: WatchedStream
  readonly #output: SubscriptionOutput
  readonly #machinery: SubscriptionMachinery
  #goal: Goal | undefined
  #catchingUp = false
  #turnRequested = false
  /** `replay` was sent and `subscribed` was not. */
  #bracketOpen = false
  #ended = false
  /** While it is catching up: the last change that was sent, or that from which it began. */
  #sentThrough: number | undefined
  #certain: number | undefined
  #marked: number | undefined
  /** What it wants of the stream, once the head is known. */
  #goalAt: (head: number) => Goal = (head) => this.#goalFrom(this.#certain, head)
  /** While the permission is being asked: it may have ended meanwhile. */
  #doubted = false

  constructor(stream: WatchedStream, output: SubscriptionOutput, machinery: SubscriptionMachinery) {
    this.#stream = stream
    this.#output = output
    this.#machinery = machinery
  }

  get stream(): StreamName {
    return this.#stream.name
  }

  get live(): boolean {
    return this.#stream.isLive(this)
  }

  /** All changes up to here have certainly reached the client: by its own word, or by its answer to a ping. Undefined: nothing was said yet. */
  get certain(): number | undefined {
    return this.#certain
  }

  /** Where all that was written brings the client, when nothing of it waits to be sent. Undefined: that cannot be said now. */
  get standing(): number | undefined {
    // Between `replay` and `subscribed` of a gap that the hub heals, its position may be beyond what a client can know.
    if (this.live) return this.#stream.atRest ? this.#stream.position : undefined
    return this.#goal?.kind === 'all' ? this.#sentThrough : undefined
  }

  /** A ping follows now, behind all that was written: remembers where that brought the client. */
  mark(): void {
    this.#marked = this.standing
  }

  /** The ping was answered, so what was written before it was received. Returns whether that is more than was known. */
  confirm(): boolean {
    if (this.#marked === undefined || this.#marked === this.#certain) return false
    this.#certain = this.#marked
    return true
  }

  /**
   * Registers with the stream, asks for it, and, when `opened` has the answer, goes on from `after`, or from now on without it.
   * Registering comes first: from then on the hub follows the stream, so nothing can fall between the head that is asked for and the
   * live changes. Whoever starts many asks for all of them together: see `LiveConnection.subscribeMany`.
   */
  start(after: number | undefined): void {
    this.#certain = after
    this.#goalAt = (head) => this.#goalFrom(after, head)
    this.#stream.watch(this)
  }

  /** Asks the permission, and goes on from the head. */
  #begin(goalAt: (head: number) => Goal): void {
    this.#goal = undefined
    this.#doubted = false
    this.#goalAt = goalAt
    this.#output.ask(this)
  }

  /** What was missed is sent at once, when it is at hand and there is room for it. */
  opened(opened: OpenedStream, room: ReplayRoom): void {
    if (this.#ended) return
    if (!opened.ok) return this.#fail(opened.error)
    const { head } = opened.value
    // The first head that the stream hears of lets it apply what it held: that may be what puts the permission in doubt.
    this.#stream.opened(head)
    if (this.#doubted || head < this.#stream.jumpedTo) return this.#begin(this.#goalAt)
    this.#goal = this.#goalAt(Math.max(head, this.#stream.position))
    if (this.#goal.kind === 'all') {
      this.#openBracket(this.#goal.cursor)
      this.#takeRecent(this.#goal.cursor, room)
    }
    this.settled()
  }

  ended(ends: NonNullable<EndsWatch>): void {
    if (this.#ended || !ends(this.#output.caller)) return
    if (this.live) this.#lose()
    else this.#doubt()
  }

  jumped(): void {
    if (!this.live) return this.#doubt()
    this.#stream.unwatch(this)
    this.#stream.watch(this)
    this.#begin(() => ({ kind: 'reset' }))
  }

  #doubt(): void {
    const goal = this.#goal
    if (goal === undefined) this.#doubted = true
    // Who reads for themselves comes to that change at its place.
    else if (goal.kind !== 'all') this.#begin(() => goal)
  }

  #lose(): void {
    this.end()
    this.#output.lost(this)
  }

  /** Ends it; what was published for it until now is still handed over. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#stream.unwatch(this)
  }

  take(block: SharedBlock): void {
    this.#output.queueShared(block, this)
  }

  offer(change: EncodedChange): void {
    if (this.#goal?.kind === 'all' && this.#goal.cursor.reading) this.#goal.cursor.offer(change)
  }

  /** The connection cannot take more: leaves the live ones. What was dropped unsent is read again, from `droppedAfter`. */
  lag(droppedAfter: number | undefined): void {
    assert(this.live, 'only a live subscription can lag')
    this.#stream.stepAside(this)
    this.#goal = this.#goalFrom(droppedAfter ?? this.#stream.position, this.#stream.position)
    this.#requestTurn()
  }

  settled(): void {
    const goal = this.#goal
    if (this.#ended || goal === undefined || this.#catchingUp || this.#turnRequested || !this.#stream.atRest) return
    if (goal.kind === 'all') {
      if (goal.cursor.seq < this.#stream.position) return this.#requestTurn()
      this.#closeBracket(goal.cursor)
      if (goal.cursor.seq > this.#stream.position) return
    }
    this.#goal = undefined
    this.#stream.join(this)
    const seq = this.#stream.position
    if (goal.kind === 'from_now') {
      this.#output.send({ type: 'subscribed', stream: this.stream, seq, recovered: false })
      this.#certain = seq
      this.#output.positioned()
    } else if (goal.kind === 'reset') this.#output.send({ type: 'reset', stream: this.stream, seq })
  }

  /** Its turn: the socket has drained. */
  async catchUp(): Promise<void> {
    this.#turnRequested = false
    const goal = this.#goal
    if (this.#ended || goal?.kind !== 'all') return this.settled()
    this.#catchingUp = true
    try {
      if (!(await this.#replay(goal.cursor)) && !this.#ended) {
        this.#bracketOpen = false
        // What ended the permission may be among that which is not read.
        this.#begin(() => ({ kind: 'reset' }))
      }
    } catch (error) {
      this.#machinery.log.error({ stream: this.stream, err: error }, 'a stream cannot be read: its subscriber is told')
      if (!this.#ended) this.#fail(failure('server.not_ready', { retryAfterMs: 1_000 }))
    }
    this.#catchingUp = false
    this.settled()
  }

  /** Reads and sends until nothing is missing; false when it was more than is replayed. */
  async #replay(cursor: StreamCursor<EncodedChange>): Promise<boolean> {
    const { limits } = this.#machinery
    if (this.#stream.position - cursor.seq > limits.replayChangesMax) return false
    this.#openBracket(cursor)
    let changesLeft = limits.replayChangesMax
    for (let stalls = 0, readAgain = true; readAgain && !this.#ended;) {
      const start = cursor.beginRead()
      changesLeft -= await this.#replayPages(cursor, changesLeft)
      if (this.#ended) return true
      if (changesLeft < 0) return false
      const rest = cursor.endRead()
      for (const change of rest.apply) this.#send(change)
      if (this.#ended) return true
      readAgain = rest.readAgain
      if (cursor.seq === start && this.#stream.position > start) {
        // The hub knows of a change that the store does not show yet.
        if (++stalls >= limits.readAttemptsMax) throw new Error(`nothing after ${start} can be read`)
        readAgain = true
        await pause(limits.readRetryDelayMs * stalls)
      }
    }
    return true
  }

  /** Sends page after page up to the head. Returns how many changes there were; stops when there are more than `changesMax`. */
  async #replayPages(cursor: StreamCursor<EncodedChange>, changesMax: number): Promise<number> {
    const { replayFirstPageChanges, replayPageChanges } = this.#machinery.limits
    let count = 0
    for (;;) {
      const limit = count === 0 ? replayFirstPageChanges : replayPageChanges
      const page = await this.#machinery.reader.read(this.stream, cursor.seq, limit)
      count += page.changes.length
      if (this.#ended || count > changesMax) return count
      await this.#sendSlices(page.changes)
      if (this.#ended) return count
      cursor.advance(page.through)
      if (page.through >= page.head) return count
      await this.#paceReplay(page.changes)
      if (this.#ended) return count
    }
  }

  /** Before the next page: the system may take megabytes for a client that reads nothing, and so `whenDrained` alone bounds little. */
  async #paceReplay(changes: readonly EncodedChange[]): Promise<void> {
    let bytes = 0
    for (const { encoded } of changes) bytes += encoded.sizeBytes
    const pauseMs = (bytes / this.#machinery.limits.replayBytesPerSecondMax) * 1_000
    if (pauseMs >= 1) await pause(pauseMs)
  }

  async #sendSlices(changes: readonly EncodedChange[]): Promise<void> {
    let sliceBytes = 0
    for (const change of changes) {
      if (sliceBytes >= this.#machinery.limits.replaySliceBytes) {
        await this.#output.whenDrained()
        if (this.#ended) return
        sliceBytes = 0
      }
      this.#send(change)
      if (this.#ended) return
      sliceBytes += change.encoded.sizeBytes
    }
    await this.#output.whenDrained()
  }

  #send(change: EncodedChange): void {
    if (this.#ended) return
    this.#output.sendEncoded(change.encoded)
    this.#sentThrough = change.changed_seq
    if (change.ends?.(this.#output.caller) === true) this.#lose()
  }

  /** What was read for others just now. */
  #takeRecent(cursor: StreamCursor<EncodedChange>, room: ReplayRoom): void {
    if (cursor.seq >= this.#stream.position) return
    const recent = this.#machinery.reader.recent(this.stream, cursor.seq)
    if (recent === undefined) return
    let bytes = 0
    for (const { encoded } of recent.changes) bytes += encoded.sizeBytes
    if (bytes > room.bytes) return
    room.bytes -= bytes
    for (const change of recent.changes) this.#send(change)
    cursor.advance(recent.through)
  }

  #goalFrom(after: number | undefined, head: number): Goal {
    if (after === undefined) return { kind: 'from_now' }
    if (after > head || head - after > this.#machinery.limits.replayChangesMax) return { kind: 'reset' }
    this.#sentThrough = after
    return { kind: 'all', cursor: new StreamCursor(after, { heldMax: this.#machinery.limits.heldChangesMax }) }
  }

  #openBracket(cursor: StreamCursor<EncodedChange>): void {
    if (this.#bracketOpen) return
    this.#bracketOpen = true
    this.#output.send({ type: 'replay', stream: this.stream, after: cursor.seq })
  }

  #closeBracket(cursor: StreamCursor<EncodedChange>): void {
    if (!this.#bracketOpen) return
    this.#bracketOpen = false
    this.#output.send({ type: 'subscribed', stream: this.stream, seq: cursor.seq, recovered: true })
    this.#sentThrough = cursor.seq
  }

  #requestTurn(): void {
    if (this.#turnRequested) return
    this.#turnRequested = true
    this.#output.requestTurn(this)
  }

  #fail(refusal: Failure): void {
    this.end()
    this.#output.failed(this, refusal)
  }
}
