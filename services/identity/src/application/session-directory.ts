/**
 * Who is signed in, as this process knows it: a bounded cache before the session store, and the one place that hears of ends.
 *
 * A session that ended must be refused at once, though a read of it may be under way just then. So each read notes how many ends
 * and changes were heard before it began, and what it found is kept only if none was heard since; and whoever asks after an end was heard
 * never joins a read that began before. Ends in other processes arrive as events. `freshMs` bounds how long a lost event could matter.
 */
import { pause, type AuthSessionId, type Clock, type UserId } from '@glasshouse/kernel'
import { isAlive, isSlideDue, slideExpiry } from '../domain/sign-in-session.ts'
import type { IdentityLog, LiveSession, SessionStore } from './ports.ts'

export type SessionEndedListener = (sessionId: AuthSessionId, userId: UserId) => void

export interface DirectoryLimits {
  readonly sessionsCachedMax: number
  readonly freshMs: number
  /** In one query of the store. */
  readonly sessionsPerQueryMax: number
  readonly queriesAtOnceMax: number
  /** While a crowd comes each of these waits so long before the next. */
  readonly crowdIntervalMs: number
}

const DIRECTORY_LIMITS: DirectoryLimits = {
  sessionsCachedMax: 10_000,
  freshMs: 60_000,
  sessionsPerQueryMax: 500,
  queriesAtOnceMax: 2,
  crowdIntervalMs: 20,
}

interface Ports {
  readonly sessions: SessionStore
  readonly clock: Clock
  readonly log: IdentityLog
}

interface Asked {
  readonly id: AuthSessionId
  readonly found: (live: LiveSession | undefined) => void
  readonly failed: (error: unknown) => void
}

interface Cached {
  readonly live: LiveSession
  readonly readAtMs: number
}

export class SessionDirectory {
  readonly #ports: Ports
  readonly #limits: DirectoryLimits
  /** Least recently used first. */
  readonly #cached = new Map<AuthSessionId, Cached>()
  readonly #reading = new Map<AuthSessionId, Promise<LiveSession | undefined>>()
  /** Asked for, and in no query yet. */
  #waiting: Asked[] = []
  #queriesUnderWay = 0
  readonly #listeners = new Set<SessionEndedListener>()
  #changesHeard = 0

  constructor(ports: Ports, limits: DirectoryLimits = DIRECTORY_LIMITS) {
    this.#ports = ports
    this.#limits = limits
  }

  /** Undefined when it ended, expired or never was. */
  async find(id: AuthSessionId): Promise<LiveSession | undefined> {
    const cached = this.#cached.get(id)
    if (cached !== undefined && this.#ports.clock.monotonicMs() - cached.readAtMs < this.#limits.freshMs) {
      this.#cached.delete(id)
      if (!isAlive(cached.live.session, this.#ports.clock.nowMs())) return undefined
      this.#cached.set(id, cached)
      return cached.live
    }
    return await (this.#reading.get(id) ?? this.#read(id))
  }

  /** Notes the use of a browser's session, in the store at most once a minute. Undefined when it has ended meanwhile. */
  async use(live: LiveSession): Promise<LiveSession | undefined> {
    const nowMs = this.#ports.clock.nowMs()
    const { session } = live
    if (!isSlideDue(session, nowMs)) return live
    const heardBefore = this.#changesHeard
    // Requests that come while this is being written need not write it again.
    const cached = this.#cached.get(session.id)
    if (cached !== undefined) {
      this.#cached.set(session.id, { ...cached, live: { ...live, session: { ...session, lastUsedAtMs: nowMs } } })
    }
    const expiresAtMs = slideExpiry(session.kind, session, nowMs)
    const slid = await this.#ports.sessions.slide(session.id, { lastUsedAtMs: nowMs, expiresAtMs })
    if (slid === undefined) this.#cached.delete(session.id)
    else if (heardBefore === this.#changesHeard) this.#keep(slid)
    return slid
  }

  /** To be called for each end, in whichever process it was decided. Listeners may hear of one end twice. */
  ended(id: AuthSessionId, userId: UserId): void {
    this.#changesHeard += 1
    this.#cached.delete(id)
    this.#reading.delete(id)
    for (const listener of this.#listeners) {
      try {
        listener(id, userId)
      } catch (error) {
        this.#ports.log.error('a listener for ended sessions failed', error)
      }
    }
  }

  accountChanged(userId: UserId): void {
    this.#changesHeard += 1
    this.#reading.clear()
    for (const [id, { live }] of this.#cached) if (live.account.id === userId) this.#cached.delete(id)
  }

  /** Returns what takes the listener off again. */
  onEnded(listener: SessionEndedListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #read(id: AuthSessionId): Promise<LiveSession | undefined> {
    const heardBefore = this.#changesHeard
    const reading = this.#query(id)
      .then((live) => {
        if (heardBefore === this.#changesHeard) {
          if (live === undefined) this.#cached.delete(id)
          else this.#keep(live)
        }
        return live
      })
      .finally(() => {
        if (this.#reading.get(id) === reading) this.#reading.delete(id)
      })
    this.#reading.set(id, reading)
    return reading
  }

  #query(id: AuthSessionId): Promise<LiveSession | undefined> {
    return new Promise((found, failed) => {
      this.#waiting.push({ id, found, failed })
      if (this.#queriesUnderWay < this.#limits.queriesAtOnceMax) void this.#queryWaiting()
    })
  }

  /** A few queries at a time: who asks while they are under way is in the next one. So thousands who come back at once cost some dozens. */
  async #queryWaiting(): Promise<void> {
    this.#queriesUnderWay++
    while (this.#waiting.length > 0) {
      const asked = this.#waiting.splice(0, this.#limits.sessionsPerQueryMax)
      try {
        const ids = [...new Set(asked.map(({ id }) => id))]
        const live = await this.#ports.sessions.findMany(ids, this.#ports.clock.nowMs())
        const byId = new Map(live.map((each) => [each.session.id, each]))
        for (const { id, found } of asked) found(byId.get(id))
      } catch (error) {
        for (const { failed } of asked) failed(error)
      }
      // A crowd: the more are asked for together, the less each costs.
      if (asked.length > 1 && this.#waiting.length < this.#limits.sessionsPerQueryMax)
        await pause(this.#limits.crowdIntervalMs)
    }
    this.#queriesUnderWay--
  }

  #keep(live: LiveSession): void {
    this.#cached.delete(live.session.id)
    this.#cached.set(live.session.id, { live, readAtMs: this.#ports.clock.monotonicMs() })
    if (this.#cached.size <= this.#limits.sessionsCachedMax) return
    const oldest = this.#cached.keys().next()
    if (oldest.done !== true) this.#cached.delete(oldest.value)
  }
}
