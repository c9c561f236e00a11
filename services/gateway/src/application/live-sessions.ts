/**
 * Live sessions: what a live connection watches, kept for `sessionKeptMs` after its socket is gone, and over a restart.
 *
 * In memory are the sessions that a socket holds, and those that were left but are not written yet; all others are in the store only.
 * Nothing here is on the way of a message. What changes (a subscription, a confirmed position, the end of a socket) marks its session,
 * and once a second at most all marked sessions are written, some hundreds with each statement. While nothing changes there is no
 * query. So a process that is killed loses the last second's changes, which the client heals: it is told what was restored, and asks
 * for the rest with its own cursors.
 *
 * A session's id alone opens nothing. It is looked up for its user; that there is none, that it has expired, and that it is somebody
 * else's lead to the same answer, by the same way: all three have asked the store.
 */
import type { Caller, StreamName } from '@glasshouse/contracts'
import { type AuthSessionId, type Clock, type LiveSessionId, newId, pause, type UserId } from '@glasshouse/kernel'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { LiveSessionStore, StoredLiveSession } from './live-session-store.ts'
import type { Log } from './ports.ts'
import { SessionFinder } from './session-finder.ts'

/** Whoever holds a session: a connection. */
export interface SessionHolder {
  /** Of each stream that it watches: what its client certainly has. */
  positions(): ReadonlyMap<StreamName, number>
}

export interface LiveSession<Holder extends SessionHolder> {
  readonly id: LiveSessionId
  readonly userId: UserId
  authSessionId: AuthSessionId
  holder: Holder | undefined
  /** When nobody holds it. */
  positions: ReadonlyMap<StreamName, number>
  detachedAtMs: number | undefined
  /** Whether the store has had it. */
  stored: boolean
}

export interface Attached<Holder extends SessionHolder> {
  readonly session: LiveSession<Holder>
  /** What it watched; undefined for a new session. */
  readonly restored: ReadonlyMap<StreamName, number> | undefined
  /** Who held it until now. */
  readonly replaced: Holder | undefined
}

interface LiveSessionsPorts {
  readonly store: LiveSessionStore
  readonly clock: Clock
  readonly log: Log
  readonly limits: LiveLimits
  /** Whether this sign-in has ended lately. */
  readonly isEnded: (authSessionId: AuthSessionId) => boolean
}

/** After a write that failed: so many times the usual interval. */
const RETRY_INTERVALS = 5

export class LiveSessions<Holder extends SessionHolder> {
  readonly #ports: LiveSessionsPorts
  readonly #finder: SessionFinder
  /** Held, or not written yet. */
  readonly #sessions = new Map<LiveSessionId, LiveSession<Holder>>()
  /** Of these, those that nobody holds, oldest first. */
  readonly #left = new Set<LiveSession<Holder>>()
  /** Those whose row is behind. */
  #marked = new Set<LiveSession<Holder>>()
  /** Sign-ins that ended, whose sessions are still to be removed from the store. */
  #ended = new Set<AuthSessionId>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<void> | undefined
  #sweep: ReturnType<typeof setInterval> | undefined
  #closing = false
  #inFlight = 0

  constructor(ports: LiveSessionsPorts) {
    this.#ports = ports
    this.#finder = new SessionFinder(ports)
  }

  /** Sessions whose last change is not in the store yet. */
  get unwritten(): number {
    return this.#marked.size + this.#inFlight
  }

  /** Before the first socket: whoever held sessions until now is gone. Throws when the store cannot be reached. */
  async start(): Promise<void> {
    const { store, clock, limits } = this.#ports
    await store.detachAll(clock.nowMs())
    this.#sweep = setInterval(() => void this.#removeExpired(), limits.sessionSweepIntervalMs)
    this.#sweep.unref()
  }

  /** What `attach` restores: undefined unless the session is there, is this user's, and has not expired. */
  async find(id: LiveSessionId, userId: UserId): Promise<StoredLiveSession | undefined> {
    const known = this.#sessions.get(id)
    if (known !== undefined && this.#opens(known, userId)) return this.#record(known)
    const stored = await this.#finder.find(id)
    return stored !== undefined && this.#opens(stored, userId) ? stored : undefined
  }

  /** Whether a connection of this user holds the session now. */
  isHeld(id: LiveSessionId, userId: UserId): boolean {
    const known = this.#sessions.get(id)
    return known?.userId === userId && known.holder !== undefined
  }

  /** Hands the caller the session that was found, taken from whoever holds it; or a new one. The caller then sets `holder`. */
  attach(caller: Caller, found?: StoredLiveSession): Attached<Holder> {
    const { userId, sessionId: authSessionId } = caller
    const known = found && this.#sessions.get(found.id)
    // While its row was read, the session may have come back, expired or ended.
    const current = known === undefined ? found : this.#record(known)
    const restored = current !== undefined && this.#opens(current, userId) ? current.positions : undefined
    const replaced = restored === undefined ? undefined : known?.holder
    const session: LiveSession<Holder> =
      restored !== undefined && known !== undefined
        ? known
        : {
            id: restored !== undefined && found !== undefined ? found.id : newId<LiveSessionId>(),
            userId,
            authSessionId,
            holder: undefined,
            positions: new Map(),
            detachedAtMs: undefined,
            stored: restored !== undefined,
          }
    session.authSessionId = authSessionId
    session.holder = undefined
    session.positions = restored ?? session.positions
    session.detachedAtMs = undefined
    this.#sessions.set(session.id, session)
    this.#left.delete(session)
    this.changed(session)
    return { session, restored, replaced }
  }

  /** Its row is behind: what its holder watches has changed, or a position. */
  changed(session: LiveSession<Holder>): void {
    if (this.#sessions.get(session.id) !== session) return
    this.#marked.add(session)
    this.#writeIn(this.#ports.limits.sessionWriteIntervalMs)
  }

  /** The holder's socket is gone. Does nothing when another one has taken the session, or it has ended. */
  leave(session: LiveSession<Holder>, holder: Holder): void {
    if (session.holder !== holder) return
    session.positions = holder.positions()
    session.holder = undefined
    if (this.#sessions.get(session.id) !== session) return
    // At shutdown all sockets go at once, and their time begins when the next process starts: see `detachAll`.
    if (this.#closing) return
    session.detachedAtMs = this.#ports.clock.nowMs()
    this.#left.add(session)
    const [oldest] = this.#left
    if (oldest !== undefined && this.#left.size > this.#ports.limits.sessionsUnwrittenMax) this.#forget(oldest)
    this.changed(session)
  }

  /** A sign-in has ended: so have the sessions that were opened with it. */
  authSessionEnded(id: AuthSessionId): void {
    for (const session of this.#sessions.values()) if (session.authSessionId === id) this.#forget(session)
    this.#ended.add(id)
    this.#writeIn(this.#ports.limits.sessionWriteIntervalMs)
  }

  /** From now on sockets that go do not detach their sessions: it is this process that goes. */
  close(): void {
    this.#closing = true
  }

  /** Writes what is left to write, for so long at most. */
  async drain(timeoutMs: number): Promise<void> {
    this.close()
    await Promise.race([this.#writeRest(), pause(timeoutMs)])
  }

  stop(): void {
    this.#closing = true
    clearInterval(this.#sweep)
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#marked.clear()
    this.#ended.clear()
  }

  #opens(
    session: { userId: UserId; authSessionId: AuthSessionId; detachedAtMs: number | undefined },
    userId: UserId,
  ): boolean {
    const { clock, limits, isEnded } = this.#ports
    if (session.userId !== userId || this.#ended.has(session.authSessionId) || isEnded(session.authSessionId))
      return false
    return session.detachedAtMs === undefined || clock.nowMs() - session.detachedAtMs <= limits.sessionKeptMs
  }

  #record(session: LiveSession<Holder>): StoredLiveSession {
    const { id, userId, authSessionId, detachedAtMs } = session
    return { id, userId, authSessionId, positions: session.holder?.positions() ?? session.positions, detachedAtMs }
  }

  #forget(session: LiveSession<Holder>): void {
    this.#sessions.delete(session.id)
    this.#left.delete(session)
    this.#marked.delete(session)
  }

  #writeIn(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined || this.#closing) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#write()
    }, delayMs)
    this.#timer.unref()
  }

  async #writeRest(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#writing
    if (this.#marked.size > 0 || this.#ended.size > 0) await this.#write()
  }

  /** Writes all that is marked now; what is marked meanwhile waits for the next time. */
  #write(): Promise<void> {
    const { log, limits } = this.#ports
    let delayMs = limits.sessionWriteIntervalMs
    const marked = [...this.#marked]
    this.#writing = this.#writeAll(marked)
      .catch((error: unknown) => {
        delayMs *= RETRY_INTERVALS
        log.warn({ err: error, sessions: this.#marked.size }, 'live sessions could not be written, trying again')
      })
      .finally(() => {
        this.#writing = undefined
        if (this.#marked.size > 0 || this.#ended.size > 0) this.#writeIn(delayMs)
      })
    return this.#writing
  }

  async #writeAll(marked: readonly LiveSession<Holder>[]): Promise<void> {
    const { store, limits } = this.#ports
    // Before the sessions: one that was taken over under another sign-in is written again with it.
    const ended = [...this.#ended]
    if (ended.length > 0) await store.removeOfAuthSessions(ended)
    for (const id of ended) this.#ended.delete(id)
    for (let from = 0; from < marked.length; from += limits.sessionsPerWriteMax) {
      await this.#writeBatch(
        marked.slice(from, from + limits.sessionsPerWriteMax).filter((each) => this.#marked.has(each)),
      )
    }
  }

  async #writeBatch(batch: readonly LiveSession<Holder>[]): Promise<void> {
    if (batch.length === 0) return
    const { store, limits } = this.#ports
    const usersWithMore = [...new Set(batch.filter(({ stored }) => !stored).map(({ userId }) => userId))]
    for (const session of batch) this.#marked.delete(session)
    this.#inFlight = batch.length
    try {
      await store.write({
        sessions: batch.map((session) => this.#record(session)),
        usersWithMore,
        sessionsPerUserMax: limits.sessionsPerUserMax,
      })
    } catch (error) {
      for (const session of batch) if (this.#sessions.get(session.id) === session) this.#marked.add(session)
      throw error
    } finally {
      this.#inFlight = 0
    }
    for (const session of batch) {
      session.stored = true
      if (session.holder === undefined && !this.#marked.has(session)) this.#forget(session)
    }
  }

  async #removeExpired(): Promise<void> {
    const { store, clock, limits, log } = this.#ports
    try {
      await store.removeDetachedBefore(clock.nowMs() - limits.sessionKeptMs)
    } catch (error) {
      log.warn({ err: error }, 'expired live sessions could not be removed, trying again later')
    }
  }
}
