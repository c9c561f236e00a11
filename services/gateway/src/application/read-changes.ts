import type { StreamName } from '@glasshouse/contracts'
import { type Clock, pause, type Sequenced } from '@glasshouse/kernel'
import type { EncodedFrame } from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { RecentChanges } from '../domain/recent-changes.ts'
import { Gate } from './gate.ts'
import type { EncodeFrame, Log, StreamSource } from './ports.ts'

/** A change in the form in which every subscriber gets it. */
export interface EncodedChange extends Sequenced {
  readonly encoded: EncodedFrame
  /** Whose watch ends with it; undefined when nobody's. */
  readonly ends: EndsWatch
}

export type EndsWatch = ReturnType<StreamSource['endsWatch']>

export interface EncodedPage {
  readonly changes: readonly EncodedChange[]
  readonly through: number
  readonly head: number
}

/**
 * Reads pages of changes and encodes them. Equal reads that are under way at the same time are one read, and the ends of streams that
 * were read lately are kept for a while: after a restart thousands of subscribers ask for the same changes. Reads are bounded for
 * the whole hub, and tried again a few times when the store fails.
 *
 * A shared read may have begun before its latest reader asked, so its page may end before what that reader has already seen
 * announced: each reader compares `through` with what it knows, and reads on.
 */
export class ChangeReader {
  readonly #source: StreamSource
  readonly #encode: EncodeFrame
  readonly #limits: LiveLimits
  readonly #log: Log
  readonly #gate: Gate
  readonly #clock: Clock
  readonly #underWay = new Map<string, Promise<EncodedPage>>()
  readonly #recent: RecentChanges<EncodedChange>
  /** The highest place that was told of each stream while it was read: a page that does not reach it may show what is no more. */
  readonly #toldWhileRead = new Map<StreamName, { reads: number; through: number }>()

  constructor(
    ports: {
      readonly source: StreamSource
      readonly encode: EncodeFrame
      readonly log: Log
      readonly clock: Clock
    },
    limits: LiveLimits,
  ) {
    this.#source = ports.source
    this.#encode = ports.encode
    this.#log = ports.log
    this.#limits = limits
    this.#clock = ports.clock
    this.#recent = new RecentChanges({
      keptMs: limits.recentChangesKeptMs,
      bytesMax: limits.recentChangesBytesMax,
      changesMax: limits.recentChangesMax,
    })
    this.#gate = new Gate(limits.readsInFlightMax, limits.readsWaitingMax)
  }

  /** What was read of the stream for others just now, and goes on from `after`. It ends where that read ended. */
  recent(
    stream: StreamName,
    after: number,
  ): { readonly changes: readonly EncodedChange[]; readonly through: number } | undefined {
    return this.#recent.since(stream, after, this.#clock.monotonicMs())
  }

  /** A live change that is something new. */
  added(stream: StreamName, change: EncodedChange): void {
    this.#recent.added(stream, change)
  }

  /** At this place of the stream something changed that is no addition: what is kept, or read just now, may be of before. */
  forgetRecent(stream: StreamName, changedSeq: number): void {
    this.#told(stream, changedSeq)
    this.#recent.forget(stream)
  }

  /** The stream has a change that was not seen here: it may have removed what is kept. */
  forgetBefore(stream: StreamName, head: number): void {
    this.#told(stream, head)
    const through = this.#recent.through(stream)
    if (through !== undefined && head > through) this.#recent.forget(stream)
  }

  #told(stream: StreamName, through: number): void {
    const told = this.#toldWhileRead.get(stream)
    if (told !== undefined) told.through = Math.max(told.through, through)
  }

  sweep(): void {
    this.#recent.sweep(this.#clock.monotonicMs())
  }

  /** Throws when the store could not be read after several attempts. */
  read(stream: StreamName, after: number, limit: number): Promise<EncodedPage> {
    const recent = this.recent(stream, after)
    if (recent !== undefined) return Promise.resolve({ ...recent, head: recent.through })
    const key = `${stream} ${after} ${limit}`
    const known = this.#underWay.get(key)
    if (known !== undefined) return known
    const page = this.#gate.run(() => this.#attempt(stream, after, limit)).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, page)
    return page
  }

  async #attempt(stream: StreamName, after: number, limit: number): Promise<EncodedPage> {
    const told = this.#toldWhileRead.get(stream) ?? { reads: 0, through: 0 }
    this.#toldWhileRead.set(stream, told)
    told.reads++
    try {
      return await this.#readPage(stream, { after, limit }, told)
    } finally {
      if (--told.reads === 0) this.#toldWhileRead.delete(stream)
    }
  }

  async #readPage(
    stream: StreamName,
    { after, limit }: { readonly after: number; readonly limit: number },
    told: { readonly through: number },
  ): Promise<EncodedPage> {
    for (let attempt = 1; ; attempt++) {
      try {
        const page = await this.#source.changes(stream, after, limit)
        if (page.through <= after && page.head > after) {
          throw new Error(`changes of ${stream} after ${after} made no progress towards ${page.head}`)
        }
        const changes = page.changes.map((change) => ({
          changed_seq: change.changed_seq,
          encoded: this.#encode(change),
          ends: this.#source.endsWatch(change),
        }))
        if (page.through >= told.through) {
          const onlyAdds = page.changes.every(({ type }) => type === 'new_message')
          this.#keep(stream, { after, through: page.through, changes, onlyAdds })
        }
        return { changes, through: page.through, head: page.head }
      } catch (error) {
        if (attempt >= this.#limits.readAttemptsMax) throw error
        this.#log.warn({ stream, after, attempt, err: error }, 'reading the changes of a stream failed, trying again')
        await pause(this.#limits.readRetryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random()))
      }
    }
  }

  /**
   * Keeps a page for others: what comes behind the last change that ends somebody's watch, since they may watch again by now, and the
   * change that says so is not in it.
   */
  #keep(
    stream: StreamName,
    page: { after: number; through: number; changes: readonly EncodedChange[]; onlyAdds: boolean },
  ): void {
    const ending = page.changes.findLastIndex(({ ends }) => ends !== undefined)
    const after = page.changes[ending]?.changed_seq ?? page.after
    this.#recent.read(stream, { ...page, after, changes: page.changes.slice(ending + 1) }, this.#clock.monotonicMs())
  }
}
