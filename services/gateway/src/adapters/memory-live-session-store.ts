import type { AuthSessionId, LiveSessionId, UserId } from '@glasshouse/kernel'
import type { LiveSessionStore, SessionBatch, StoredLiveSession } from '../application/live-session-store.ts'

const SESSIONS_MAX = 100_000

/** Live sessions that end with the process. Beyond `sessionsMax` those go first that were not written for longest. */
export class MemoryLiveSessionStore implements LiveSessionStore {
  readonly #sessions = new Map<LiveSessionId, StoredLiveSession>()
  readonly #sessionsMax: number

  constructor(options: { readonly sessionsMax?: number } = {}) {
    this.#sessionsMax = options.sessionsMax ?? SESSIONS_MAX
  }

  find(ids: readonly LiveSessionId[]): Promise<readonly StoredLiveSession[]> {
    return Promise.resolve(ids.map((id) => this.#sessions.get(id)).filter((each) => each !== undefined))
  }

  write({ sessions, usersWithMore, sessionsPerUserMax }: SessionBatch): Promise<void> {
    for (const session of sessions) {
      const known = this.#sessions.get(session.id)
      if (known !== undefined && known.userId !== session.userId) continue
      this.#sessions.delete(session.id)
      this.#sessions.set(session.id, session)
    }
    if (usersWithMore.length > 0) this.#trim(new Set(usersWithMore), sessionsPerUserMax)
    for (const id of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#sessionsMax) break
      this.#sessions.delete(id)
    }
    return Promise.resolve()
  }

  removeOfAuthSessions(ids: readonly AuthSessionId[]): Promise<void> {
    const ended = new Set(ids)
    for (const session of this.#sessions.values()) {
      if (ended.has(session.authSessionId)) this.#sessions.delete(session.id)
    }
    return Promise.resolve()
  }

  detachAll(nowMs: number): Promise<void> {
    for (const session of this.#sessions.values()) {
      if (session.detachedAtMs === undefined) this.#sessions.set(session.id, { ...session, detachedAtMs: nowMs })
    }
    return Promise.resolve()
  }

  removeDetachedBefore(timeMs: number): Promise<void> {
    for (const { id, detachedAtMs } of this.#sessions.values()) {
      if (detachedAtMs !== undefined && detachedAtMs < timeMs) this.#sessions.delete(id)
    }
    return Promise.resolve()
  }

  #trim(users: ReadonlySet<UserId>, sessionsPerUserMax: number): void {
    const byUser = Map.groupBy(this.#sessions.values(), ({ userId }) => userId)
    for (const userId of users) {
      const newestFirst = (byUser.get(userId) ?? []).sort(newerFirst)
      for (const { id } of newestFirst.slice(sessionsPerUserMax)) this.#sessions.delete(id)
    }
  }
}

/** Held ones first, then by the time when they were left; ids tell the rest apart, which grow with time. */
function newerFirst(a: StoredLiveSession, b: StoredLiveSession): number {
  const [timeA, timeB] = [a.detachedAtMs ?? Number.POSITIVE_INFINITY, b.detachedAtMs ?? Number.POSITIVE_INFINITY]
  if (timeA !== timeB) return timeA > timeB ? -1 : 1
  return a.id > b.id ? -1 : 1
}
