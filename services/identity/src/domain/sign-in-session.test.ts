import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  beginSession,
  isAlive,
  isSlideDue,
  SESSION_POLICIES,
  slideExpiry,
  type SessionTimes,
} from './sign-in-session.ts'

const DAY_MS = 86_400_000

test.each([
  ['browser', 14],
  ['program', 30],
] as const)('ID-31, ID-41: a session of a %s ends after %d days without use', (kind, days) => {
  const session = beginSession(kind, 1000)
  expect(isAlive(session, 1000 + days * DAY_MS - 1)).toBe(true)
  expect(isAlive(session, 1000 + days * DAY_MS)).toBe(false)
})

test.each(['browser', 'program'] as const)('ID-31, ID-41: a %s that never rests is out after 90 days', (kind) => {
  let session: SessionTimes = beginSession(kind, 0)
  for (let nowMs = 0; isAlive(session, nowMs); nowMs += DAY_MS) {
    session = { ...session, lastUsedAtMs: nowMs, expiresAtMs: slideExpiry(kind, session, nowMs) }
  }
  expect(session.expiresAtMs).toBe(90 * DAY_MS)
})

test('ID-41: the end of a session never moves back, and never beyond its last day, whatever the clock does', () => {
  const clocks = fc.array(fc.integer({ min: -DAY_MS, max: 200 * DAY_MS }), { maxLength: 30 })
  fc.assert(
    fc.property(fc.constantFrom('browser', 'program'), clocks, (kind, uses) => {
      let session: SessionTimes = beginSession(kind, 0)
      for (const nowMs of uses) {
        const expiresAtMs = slideExpiry(kind, session, nowMs)
        expect(expiresAtMs).toBeGreaterThanOrEqual(session.expiresAtMs)
        expect(expiresAtMs).toBeLessThanOrEqual(SESSION_POLICIES[kind].lifeMs)
        session = { ...session, expiresAtMs }
      }
    }),
  )
})

test('ID-41: a use is written once a minute', () => {
  const session = beginSession('browser', 0)
  expect(isSlideDue(session, 59_999)).toBe(false)
  expect(isSlideDue(session, 60_000)).toBe(true)
})
