import type { Sequenced } from '@glasshouse/kernel'
import type { EncodedFrame } from './fan-out.ts'

/**
 * The ends of streams that were read lately, encoded. When thousands come back at one time, each to the same streams but from places
 * of its own, one read of a stream serves all of them: what changed after 100, without what has no `changed_seq` after 103, is what
 * changed after 103.
 *
 * An end is true as of its `through`: who took it goes on from there with what came after, as with any read. It may show a thing as it
 * was before a change that comes after `through`; so it is forgotten as soon as such a change is heard of (what was removed must not
 * be handed out from here), and after `keptMs` at the latest.
 */
export interface RecentBounds {
  readonly keptMs: number
  /** For all streams together. Beyond it those that were read first go. */
  readonly bytesMax: number
  /** For one stream. Beyond it the oldest changes go. */
  readonly changesMax: number
}

interface EncodedChange extends Sequenced {
  readonly encoded: Pick<EncodedFrame, 'sizeBytes'>
}

interface End<Change extends EncodedChange> {
  /** All changes after this are here. */
  after: number
  through: number
  changes: Change[]
  readonly readAtMs: number
}

/** What an end takes beside the bytes of its changes, roughly. */
const CHANGE_OVERHEAD_BYTES = 100

export class RecentChanges<Change extends EncodedChange> {
  readonly #bounds: RecentBounds
  /** By stream, in the order in which they were read. */
  readonly #ends = new Map<string, End<Change>>()
  #bytes = 0

  constructor(bounds: RecentBounds) {
    this.#bounds = bounds
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What changed after `after`, and up to where that is all; undefined when that is not known, or nothing. */
  since(
    stream: string,
    after: number,
    nowMs: number,
  ): { readonly changes: readonly Change[]; readonly through: number } | undefined {
    const end = this.#fresh(stream, nowMs)
    if (end === undefined || after < end.after || after >= end.through) return undefined
    let first = end.changes.length
    while (first > 0 && (end.changes[first - 1]?.changed_seq ?? 0) > after) first--
    return { changes: end.changes.slice(first), through: end.through }
  }

  /** Up to where it is kept; undefined when nothing is. */
  through(stream: string): number | undefined {
    return this.#ends.get(stream)?.through
  }

  /**
   * A read has brought all that changed after `after` up to `through`. Unless it `onlyAdds`, it may say of a thing that is kept what it
   * is now: then what was kept goes.
   */
  read(
    stream: string,
    page: {
      readonly after: number
      readonly through: number
      readonly changes: readonly Change[]
      readonly onlyAdds: boolean
    },
    nowMs: number,
  ): void {
    const known = this.#fresh(stream, nowMs)
    if (known !== undefined && page.onlyAdds && page.after >= known.after && page.after <= known.through) {
      // It goes on where another one ended, or repeats a part of it.
      const news = page.changes.filter(({ changed_seq: changedSeq }) => changedSeq > known.through)
      this.#append(known, news, page.through)
    } else if (known === undefined || page.through >= known.through) {
      this.forget(stream)
      const end: End<Change> = { after: page.after, through: page.after, changes: [], readAtMs: nowMs }
      this.#ends.set(stream, end)
      this.#append(end, page.changes, page.through)
    }
  }

  /** A live change that adds something to the stream: the next one goes to the end, another one is not for it. */
  added(stream: string, change: Change): void {
    const end = this.#ends.get(stream)
    if (end !== undefined && change.changed_seq === end.through + 1) this.#append(end, [change], change.changed_seq)
  }

  /** A thing that may be in it has changed, or is no more. */
  forget(stream: string): void {
    const end = this.#ends.get(stream)
    if (end === undefined) return
    this.#ends.delete(stream)
    for (const change of end.changes) this.#bytes -= sizeOf(change)
  }

  /** Forgets what is too old. */
  sweep(nowMs: number): void {
    for (const [stream, { readAtMs }] of this.#ends) {
      if (nowMs - readAtMs <= this.#bounds.keptMs) break
      this.forget(stream)
    }
  }

  #fresh(stream: string, nowMs: number): End<Change> | undefined {
    const end = this.#ends.get(stream)
    if (end === undefined || nowMs - end.readAtMs <= this.#bounds.keptMs) return end
    this.forget(stream)
    return undefined
  }

  #append(end: End<Change>, changes: readonly Change[], through: number): void {
    for (const change of changes) {
      end.changes.push(change)
      this.#bytes += sizeOf(change)
    }
    end.through = Math.max(end.through, through)
    const surplus = Math.max(0, end.changes.length - this.#bounds.changesMax)
    for (const change of end.changes.splice(0, surplus)) {
      end.after = change.changed_seq
      this.#bytes -= sizeOf(change)
    }
    for (const stream of this.#ends.keys()) {
      if (this.#bytes <= this.#bounds.bytesMax) break
      this.forget(stream)
    }
  }
}

function sizeOf({ encoded }: EncodedChange): number {
  return encoded.sizeBytes + CHANGE_OVERHEAD_BYTES
}
