/**
 * How long a sign-in lasts. It slides: each use moves its end to `idleMs` from now, but never beyond `lifeMs` after it began.
 */
import type { AuthSessionId, UserId } from '@glasshouse/kernel'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** A browser holds a cookie; a program holds an access token and a refresh token. */
export type SessionKind = 'browser' | 'program'

export interface SessionPolicy {
  readonly idleMs: number
  readonly lifeMs: number
}

export const SESSION_POLICIES: Readonly<Record<SessionKind, SessionPolicy>> = {
  browser: { idleMs: 14 * DAY_MS, lifeMs: 90 * DAY_MS },
  program: { idleMs: 30 * DAY_MS, lifeMs: 90 * DAY_MS },
}

export const ACCESS_TOKEN_LIFE_S = 900
/** A busy browser would otherwise write its session with each request. */
const SLIDE_INTERVAL_MS = MINUTE_MS

/** The least recently used one makes room for the next. */
export const SESSIONS_PER_USER_MAX = 200
/** How many used refresh tokens of a session are remembered, to notice a second use. */
export const REFRESH_TOKENS_KEPT_MAX = 100

export interface SessionTimes {
  readonly createdAtMs: number
  readonly lastUsedAtMs: number
  /** Slides. */
  readonly expiresAtMs: number
  /** Never moves. */
  readonly endsAtMs: number
}

export interface SignInSession extends SessionTimes {
  readonly id: AuthSessionId
  readonly userId: UserId
  readonly kind: SessionKind
}

export function beginSession(kind: SessionKind, nowMs: number): SessionTimes {
  const { idleMs, lifeMs } = SESSION_POLICIES[kind]
  const endsAtMs = nowMs + lifeMs
  return { createdAtMs: nowMs, lastUsedAtMs: nowMs, expiresAtMs: Math.min(nowMs + idleMs, endsAtMs), endsAtMs }
}

/** The end of a session that is used now, milliseconds since 1970. Never earlier than it was: the clock may step back. */
export function slideExpiry(kind: SessionKind, times: SessionTimes, nowMs: number): number {
  const slid = Math.min(nowMs + SESSION_POLICIES[kind].idleMs, times.endsAtMs)
  return Math.max(times.expiresAtMs, slid)
}

export function isAlive(times: SessionTimes, nowMs: number): boolean {
  return nowMs < times.expiresAtMs
}

export function isSlideDue(times: SessionTimes, nowMs: number): boolean {
  return nowMs - times.lastUsedAtMs >= SLIDE_INTERVAL_MS
}
