import type { UserId } from '@glasshouse/kernel'
import type { PresenceStore } from './presence-ports.ts'

/**
 * When people were last active, until it is written: a device says so each minute, and a row each time would be most of what is
 * written while nobody writes anything. It is written together, at the latest after a minute, and before it is told that somebody left.
 */
export class SeenJournal {
  readonly #store: Pick<PresenceStore, 'seen'>
  readonly #peoplePerWriteMax: number
  #unwritten = new Map<UserId, number>()

  constructor(store: Pick<PresenceStore, 'seen'>, peoplePerWriteMax: number) {
    this.#store = store
    this.#peoplePerWriteMax = peoplePerWriteMax
  }

  note(userId: UserId, seenAtMs: number): void {
    this.#unwritten.set(userId, seenAtMs)
  }

  /** The newest that is known here: of what was read, and of what is not written yet. */
  newest(userId: UserId, readMs: number | undefined): number | undefined {
    const unwrittenMs = this.#unwritten.get(userId)
    if (unwrittenMs === undefined || readMs === undefined) return unwrittenMs ?? readMs
    return Math.max(unwrittenMs, readMs)
  }

  /** Writes what is noted. Throws when the store cannot be reached: then nothing of the rest is forgotten. */
  async flush(): Promise<void> {
    const people = [...this.#unwritten]
    for (let from = 0; from < people.length; from += this.#peoplePerWriteMax) {
      const part = people.slice(from, from + this.#peoplePerWriteMax)
      await this.#store.seen(new Map(part))
      for (const [userId, seenAtMs] of part) {
        if (this.#unwritten.get(userId) === seenAtMs) this.#unwritten.delete(userId)
      }
    }
  }
}
