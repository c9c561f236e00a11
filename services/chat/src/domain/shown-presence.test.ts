import { describe, expect, test } from 'vitest'
import type { CustomStatus, StatusText } from './custom-status.ts'
import { NO_RECORD, shownPresence } from './shown-presence.ts'

const NOW_MS = 1_000_000
const status = (untilMs: number | undefined): CustomStatus => ({
  emoji: undefined,
  text: 'Lunch' as StatusText,
  untilMs,
})

describe('how others see a person', () => {
  test('PR-3: do not disturb stands for active and away, not for offline, and ends by itself', () => {
    const record = { ...NO_RECORD, doNotDisturbUntilMs: NOW_MS }
    for (const live of ['active', 'away'] as const) {
      expect(shownPresence(record, live, NOW_MS - 1)).toMatchObject({
        state: 'do_not_disturb',
        doNotDisturbUntilMs: NOW_MS,
      })
      expect(shownPresence(record, live, NOW_MS)).toMatchObject({ state: live, doNotDisturbUntilMs: undefined })
    }
    expect(shownPresence(record, 'offline', NOW_MS - 1).state).toBe('offline')
  })

  test('PR-4: a status ends by itself, or stays until it is changed', () => {
    expect(shownPresence({ ...NO_RECORD, status: status(NOW_MS) }, 'away', NOW_MS - 1).status?.text).toBe('Lunch')
    expect(shownPresence({ ...NO_RECORD, status: status(NOW_MS) }, 'away', NOW_MS).status).toBeUndefined()
    expect(shownPresence({ ...NO_RECORD, status: status(undefined) }, 'away', NOW_MS).status?.text).toBe('Lunch')
  })

  test('PR-5: last seen is shown of who is not active, and never of who shows it to nobody', () => {
    const record = { ...NO_RECORD, lastSeenAtMs: 5 }
    expect(shownPresence(record, 'away', NOW_MS).lastSeenAtMs).toBe(5)
    expect(shownPresence(record, 'offline', NOW_MS).lastSeenAtMs).toBe(5)
    expect(shownPresence(record, 'active', NOW_MS).lastSeenAtMs).toBeUndefined()
    for (const live of ['active', 'away', 'offline'] as const) {
      expect(shownPresence({ ...record, lastSeenVisible: false }, live, NOW_MS).lastSeenAtMs).toBeUndefined()
    }
  })
})
