import type { ChangeFrame, ServerFrame, StreamName } from '@glasshouse/contracts'
import { assert, StreamCursor } from '@glasshouse/kernel'
import { Broadcast, type BroadcastMember, type EncodedFrame } from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { EncodeFrame, Log } from './ports.ts'
import type { ChangeReader, EncodedChange, EndsWatch } from './read-changes.ts'
import type { Tick } from './tick.ts'

/** One connection's interest in a stream, as the stream sees it. */
export interface StreamWatcher extends BroadcastMember {
  /** A live change that the hub applied, for a watcher that is not live. */
  offer(change: EncodedChange): void
  /** The stream has come to rest at a position: whoever is there may join. */
  settled(): void
  /** A change was published that ends the watch of some. */
  ended(ends: NonNullable<EndsWatch>): void
  /** The stream has gone on beyond changes that nobody looked at: who may watch must be asked again, and a live one told `reset`. */
  jumped(): void
}

export interface StreamMachinery {
  readonly reader: ChangeReader
  readonly encode: EncodeFrame
  readonly tick: Tick
  readonly limits: LiveLimits
  readonly log: Log
  endsWatch(change: ChangeFrame): EndsWatch
}

/**
 * A stream that somebody on this node watches. The hub follows it with one cursor, however many watchers there are: a live change
 * that is next is encoded once and published to all who are live; a gap makes the hub read `changes` and publish what it reads,
 * bracketed by `replay` and `subscribed`, so that the live ones stay at one position. Watchers who are not there yet read for
 * themselves (subscription.ts) and join when they have reached the hub's position exactly.
 */
export class WatchedStream {
  readonly name: StreamName
  readonly #broadcast = new Broadcast<StreamWatcher>()
  /** Watchers who are not live (yet). */
  readonly #apart = new Set<StreamWatcher>()
  readonly #machinery: StreamMachinery
  /** Begins in a read that ends with the first head that is known: until then live changes are held. */
  readonly #cursor: StreamCursor<ChangeFrame>
  #known = false
  #healing = false
  /** A read has got beyond its first page, and not to the head: until then nothing that is held may be told. */
  #amidPages = false
  /** The highest head that the source has told. */
  #headTold = 0
  #jumpedTo = 0
  #closed = false

  constructor(name: StreamName, machinery: StreamMachinery) {
    this.name = name
    this.#machinery = machinery
    this.#cursor = new StreamCursor<ChangeFrame>(0, { heldMax: machinery.limits.heldChangesMax })
    this.#cursor.beginRead()
  }

  /** The live watchers have been handed everything up to here. */
  get position(): number {
    return this.#cursor.seq
  }

  /** What changed up to here may have ended somebody's watch without a word: a permission from before it must be asked again. */
  get jumpedTo(): number {
    return this.#jumpedTo
  }

  /** The position is known, and the hub is not reading to get on. */
  get atRest(): boolean {
    return this.#known && !this.#healing
  }

  get liveCount(): number {
    return this.#broadcast.size
  }

  get abandoned(): boolean {
    return this.#broadcast.size === 0 && this.#apart.size === 0
  }

  watch(watcher: StreamWatcher): void {
    this.#apart.add(watcher)
  }

  /** Ends the watch; a live watcher is handed what was published for it until now. */
  unwatch(watcher: StreamWatcher): void {
    this.#apart.delete(watcher)
    this.#broadcast.leave(watcher)
  }

  isLive(watcher: StreamWatcher): boolean {
    return this.#broadcast.has(watcher)
  }

  /** From now on the watcher hears what comes after `position`. */
  join(watcher: StreamWatcher): void {
    this.#apart.delete(watcher)
    this.#broadcast.join(watcher)
  }

  /** A live watcher goes apart again, at `position`. */
  stepAside(watcher: StreamWatcher): void {
    assert(this.#broadcast.pendingFrames === 0, 'a watcher steps aside after the tick was collected')
    this.#broadcast.leave(watcher)
    this.#apart.add(watcher)
  }

  /** The head as `open` saw it: all changes up to it are readable. The first one is where the hub begins. */
  opened(head: number): void {
    this.#headTold = Math.max(this.#headTold, head)
    if (this.#known) return
    this.#known = true
    this.#jumpedTo = head
    this.#cursor.advance(head)
    if (this.#finishRead()) void this.#heal()
  }

  /** A live change, from the short cut. */
  changed(change: ChangeFrame): void {
    switch (this.#cursor.offer(change)) {
      case 'apply':
        this.#apply(change)
        if (this.#apart.size > 0) this.#settle()
        return
      case 'read':
        void this.#heal()
        return
      case 'drop':
      case 'held':
    }
  }

  /** The head has reached this, from the relay: what the short cut has not brought is read. */
  advanced(head: number): void {
    this.#headTold = Math.max(this.#headTold, head)
    if (this.#known && head > this.#cursor.seq) void this.#heal()
  }

  close(): void {
    this.#closed = true
  }

  collect(): void {
    this.#broadcast.collect()
  }

  #apply(change: ChangeFrame): void {
    const { changed_seq: changedSeq, type } = change
    const encoded = this.#machinery.encode(change)
    const ends = this.#machinery.endsWatch(change)
    this.#publish(encoded, changedSeq - 1)
    if (type === 'new_message') this.#machinery.reader.added(this.name, { changed_seq: changedSeq, encoded, ends })
    for (const watcher of this.#apart) watcher.offer({ changed_seq: changedSeq, encoded, ends })
    this.#end(ends)
  }

  /** Whoever may see no more after what was published last leaves now, and so takes that along as the last. */
  #end(ends: EndsWatch): void {
    if (ends === undefined) return
    for (const watcher of [...this.#broadcast.members(), ...this.#apart]) watcher.ended(ends)
  }

  #publish(encoded: EncodedFrame, after: number): void {
    if (this.#broadcast.size === 0) return
    if (this.#broadcast.pendingFrames === 0) this.#machinery.tick.streamHasFrames(this)
    this.#broadcast.publish({ encoded, after })
  }

  #tell(frame: ServerFrame): void {
    this.#publish(this.#machinery.encode(frame), this.#cursor.seq)
  }

  #settle(): void {
    for (const watcher of this.#apart) watcher.settled()
  }

  /** Ends a read; returns whether something is missing still. */
  #finishRead(): boolean {
    const { apply, readAgain } = this.#cursor.endRead()
    for (const change of apply) this.#apply(change)
    return readAgain
  }

  async #heal(): Promise<void> {
    if (this.#healing || this.#closed) return
    this.#healing = true
    try {
      if (this.#headTold - this.#cursor.seq > this.#machinery.limits.replayChangesMax) {
        this.#cursor.reset(this.#headTold)
        this.#jumpedTo = this.#cursor.seq
        for (const watcher of [...this.#broadcast.members(), ...this.#apart]) watcher.jumped()
      } else await this.#readOn()
    } catch (error) {
      this.#machinery.log.error({ stream: this.name, err: error }, 'a stream cannot be read: its subscribers wait')
      // What is held may have become the next by itself, by a late announcement.
      const missing = this.#amidPages || this.#finishRead() || this.#headTold > this.#cursor.seq
      if (missing) return this.#healLater()
      this.#tellSubscribed()
    }
    this.#healing = false
    if (!this.#closed) this.#settle()
  }

  async #readOn(): Promise<void> {
    this.#tell({ type: 'replay', stream: this.name, after: this.#cursor.seq })
    let readAgain = true
    while (readAgain && !this.#closed) {
      const start = this.#cursor.beginRead()
      let after = start
      for (;;) {
        const page = await this.#machinery.reader.read(this.name, after, this.#machinery.limits.replayPageChanges)
        if (this.#closed) return
        let before = after
        for (const change of page.changes) {
          this.#publish(change.encoded, before)
          this.#end(change.ends)
          before = change.changed_seq
        }
        this.#cursor.advance(page.through)
        this.#amidPages = page.through < page.head
        if (!this.#amidPages) break
        after = page.through
      }
      readAgain = this.#finishRead() || this.#headTold > this.#cursor.seq
      if (readAgain && this.#cursor.seq === start) {
        throw new Error(`a change after ${start} was announced and cannot be read`)
      }
    }
    this.#tellSubscribed()
  }

  #tellSubscribed(): void {
    this.#tell({ type: 'subscribed', stream: this.name, seq: this.#cursor.seq, recovered: true })
  }

  /** While the store cannot be read the stream stays unsettled: nobody joins, live changes are held, and it is tried again. */
  #healLater(): void {
    this.#cursor.beginRead()
    setTimeout(() => {
      this.#healing = false
      if (!this.#closed) void this.#heal()
    }, this.#machinery.limits.readRetryDelayMs * 10).unref()
  }
}
