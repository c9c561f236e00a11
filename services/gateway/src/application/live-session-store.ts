import type { StreamName } from '@glasshouse/contracts'
import type { AuthSessionId, LiveSessionId, UserId } from '@glasshouse/kernel'

/** What is kept of a live connection, so that the same client can go on over another socket. */
export interface StoredLiveSession {
  readonly id: LiveSessionId
  readonly userId: UserId
  /** Under which it was last held; it ends with this sign-in. */
  readonly authSessionId: AuthSessionId
  /** Of each stream: all changes up to here have certainly reached the client. */
  readonly positions: ReadonlyMap<StreamName, number>
  /** Wall clock: since when no socket holds it. Undefined while one does. */
  readonly detachedAtMs: number | undefined
}

export interface SessionBatch {
  /** Written whole; one that is stored already is replaced, unless it is another user's. */
  readonly sessions: readonly StoredLiveSession[]
  /** Of these users the oldest sessions beyond `sessionsPerUserMax` are removed. */
  readonly usersWithMore: readonly UserId[]
  readonly sessionsPerUserMax: number
}

/** Where live sessions outlive their sockets. Each adapter passes live-session-store.contract.ts. All of it throws when it cannot be reached. */
export interface LiveSessionStore {
  /** Those of the ids that are stored, in any order. */
  find(ids: readonly LiveSessionId[]): Promise<readonly StoredLiveSession[]>
  /** All of the batch, or nothing. It may be lost by a crash of the store within the next second. */
  write(batch: SessionBatch): Promise<void>
  /** These sign-ins have ended, and what was opened with them. */
  removeOfAuthSessions(ids: readonly AuthSessionId[]): Promise<void>
  /** The process that held them is gone: those that a socket held are detached since now. */
  detachAll(nowMs: number): Promise<void>
  /** Removes what was detached before this time. */
  removeDetachedBefore(timeMs: number): Promise<void>
}
