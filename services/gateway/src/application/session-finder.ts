import { type LiveSessionId, pause } from '@glasshouse/kernel'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { LiveSessionStore, StoredLiveSession } from './live-session-store.ts'
import type { Log } from './ports.ts'

interface Waiting {
  readonly id: LiveSessionId
  readonly answer: (session: StoredLiveSession | undefined) => void
}

/**
 * Reads sessions from the store, one query at a time: those that are asked for while one is under way are the next one. After a restart
 * thousands come back within seconds, and cost some dozens of queries.
 */
export class SessionFinder {
  readonly #store: LiveSessionStore
  readonly #log: Log
  readonly #limits: LiveLimits
  readonly #waiting: Waiting[] = []
  #reading = false

  constructor(ports: { readonly store: LiveSessionStore; readonly log: Log; readonly limits: LiveLimits }) {
    this.#store = ports.store
    this.#log = ports.log
    this.#limits = ports.limits
  }

  /** Undefined also when the store cannot be read, or too many wait: then the client goes on by its own cursors. */
  find(id: LiveSessionId): Promise<StoredLiveSession | undefined> {
    if (this.#waiting.length >= this.#limits.sessionFindsWaitingMax) return Promise.resolve(undefined)
    return new Promise((answer) => {
      this.#waiting.push({ id, answer })
      if (!this.#reading) void this.#read()
    })
  }

  async #read(): Promise<void> {
    this.#reading = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#limits.sessionsPerReadMax)
      const found = new Map<LiveSessionId, StoredLiveSession>()
      try {
        for (const session of await this.#store.find([...new Set(batch.map(({ id }) => id))]))
          found.set(session.id, session)
      } catch (error) {
        this.#log.warn(
          { err: error, sessions: batch.length },
          'live sessions could not be read: their clients begin new ones',
        )
      }
      for (const { id, answer } of batch) answer(found.get(id))
      // A crowd: the more are asked for together, the less each costs.
      if (batch.length > 1 && this.#waiting.length < this.#limits.sessionsPerReadMax)
        await pause(this.#limits.crowdIntervalMs)
    }
    this.#reading = false
  }
}
