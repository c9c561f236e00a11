/**
 * The one algorithm of versioned streams, used by the live hub, by each of its subscriptions that is catching up, and by the SDK.
 *
 * A durable stream's head grows by one with each change, and each change carries the head that it made: `changed_seq`. A reader
 * holds a cursor: the last head whose changes are all known to it. A change that arrives is one of three:
 *
 *   changed_seq <= cursor      a duplicate: drop it
 *   changed_seq == cursor + 1  the next: apply it, the cursor moves
 *   more                       something between is missing: hold it, read `changes(cursor)`, go on
 *
 * `changes(after)` answers with the current state of all that changed since, so it may skip numbers (a message that was edited
 * twice appears once, at its last change); its `through` says up to where it is complete, and the cursor jumps there. What was
 * held meanwhile is then drained in order: below the cursor it is dropped, next to it it is applied, beyond it a new read is due.
 *
 * What is held is bounded. Over the bound further changes are forgotten, and since all of them are in the store, another read
 * brings them: `endRead` asks for it. Nothing is lost, and memory is bounded.
 *
 * Applying is an upsert that ignores an older `changed_seq`; so repeats are harmless, and the state after any interleaving of live
 * changes, replays, repeats and gaps is that of a fresh read. Property-tested in cursor.fuzz.test.ts.
 */
export interface Sequenced {
  readonly changed_seq: number
}

export type Offer =
  /** Apply this change now. */
  | 'apply'
  /** Known already. */
  | 'drop'
  /** Held until the read that is under way ends. */
  | 'held'
  /** Held, and a read from the cursor is due: call `beginRead`, then `advance` for each page. */
  | 'read'

export class StreamCursor<Change extends Sequenced> {
  #seq: number
  #reading = false
  /** Live changes that wait for a read, by `changed_seq`. */
  #held = new Map<number, Change>()
  #overflowed = false
  readonly #heldMax: number

  constructor(seq: number, options: { readonly heldMax: number }) {
    this.#seq = seq
    this.#heldMax = options.heldMax
  }

  /** All changes up to here are known. */
  get seq(): number {
    return this.#seq
  }

  get reading(): boolean {
    return this.#reading
  }

  /** Live changes that are held, `heldMax` at most. */
  get heldCount(): number {
    return this.#held.size
  }

  /** A live change arrives. */
  offer(change: Change): Offer {
    if (change.changed_seq <= this.#seq) return 'drop'
    if (!this.#reading && change.changed_seq === this.#seq + 1) {
      this.#seq = change.changed_seq
      return 'apply'
    }
    if (this.#held.size < this.#heldMax || this.#held.has(change.changed_seq)) {
      this.#held.set(change.changed_seq, change)
    } else this.#overflowed = true
    return this.#reading ? 'held' : 'read'
  }

  /** A read of `changes` begins; returns `after`, from where to read. Live changes are held until it ends. */
  beginRead(): number {
    this.#reading = true
    return this.#seq
  }

  /** A page was read and applied: everything up to `through` is known. The read goes on until `endRead`. */
  advance(through: number): void {
    if (through > this.#seq) this.#seq = through
  }

  /**
   * The read has reached the head as it was seen, and not only the end of a page: a page shows each thing at its last change, so until
   * then a held change may be one of a thing that was not read yet. Returns the held changes that come next, to apply in this order, and whether
   * another read is due because something is still missing between them.
   */
  endRead(): { readonly apply: readonly Change[]; readonly readAgain: boolean } {
    this.#reading = false
    const apply: Change[] = []
    for (const change of [...this.#held.values()].sort((a, b) => a.changed_seq - b.changed_seq)) {
      if (change.changed_seq > this.#seq + 1) break
      this.#held.delete(change.changed_seq)
      if (change.changed_seq === this.#seq + 1) {
        this.#seq = change.changed_seq
        apply.push(change)
      }
    }
    const readAgain = this.#held.size > 0 || this.#overflowed
    this.#overflowed = false
    return { apply, readAgain }
  }

  /** The state was replaced by a snapshot at `seq` (the answer to `reset`): what was held below it is known. */
  reset(seq: number): void {
    this.#seq = seq
    this.#reading = false
    this.#overflowed = false
    this.#held.clear()
  }
}
