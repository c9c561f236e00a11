/**
 * Which messages one has saved: from a snapshot (`listSavedIds`) and from the changes of one's own stream (`me`) after the snapshot's
 * seq. As everywhere, what is older than what is known is ignored, so repeats and the order of arrival make no difference.
 */
import type { ChangeFrame, SavedIds } from '@glasshouse/contracts'

interface Entry {
  readonly saved: boolean
  /** Of the last change, or of the snapshot. */
  readonly changedSeq: number
}

export class SavedMessages {
  /** As many as may be saved, and those that changed since the snapshot. */
  readonly #entries = new Map<string, Entry>()
  #startedAt = 0

  has(messageId: string): boolean {
    return this.#entries.get(messageId)?.saved === true
  }

  /** Begins anew, as the first view and a `reset` do. What is known of a later place stays, and an older snapshot changes nothing. */
  replace({ message_ids: ids, seq }: Pick<SavedIds, 'message_ids' | 'seq'>): void {
    if (seq < this.#startedAt) return
    this.#startedAt = seq
    for (const [id, { changedSeq }] of this.#entries) if (changedSeq <= seq) this.#entries.delete(id)
    for (const id of ids) if (!this.#entries.has(id)) this.#entries.set(id, { saved: true, changedSeq: seq })
  }

  /** A change of one's own stream; changes of other kinds are left alone. Returns whether it was news. */
  apply(change: ChangeFrame): boolean {
    if (change.type !== 'saved_changed') return false
    const { message_id: id, changed_seq: changedSeq, saved } = change
    if (changedSeq <= (this.#entries.get(id)?.changedSeq ?? this.#startedAt)) return false
    this.#entries.set(id, { saved, changedSeq })
    return true
  }
}
