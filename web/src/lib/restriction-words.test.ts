import type { Restriction } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { endOf, endWords, outcomeWords } from './restriction-words.ts'

const viewer = { timeZone: 'UTC', nowMs: Date.UTC(2026, 10, 21, 12) }

test('an end is told as briefly as it is clear', () => {
  expect(endWords('2026-11-21T18:30:00.000Z', viewer)).toBe('until 18:30')
  expect(endWords('2026-11-23T08:05:00.000Z', viewer)).toBe('until Monday 23 November, 08:05')
  expect(endWords('2027-02-01T08:05:00.000Z', viewer)).toBe('until 1 February 2027, 08:05')
  expect(endWords('2026-11-21T23:30:00.000Z', { ...viewer, timeZone: 'Asia/Tokyo' })).toBe('until tomorrow, 08:30')
  expect(endWords(null, viewer)).toBe('until a moderator lifts it')
})

test('a length is a time from now, or none; anything else is no length', () => {
  expect(endOf('15', viewer.nowMs)).toBe('2026-11-21T12:15:00.000Z')
  expect(endOf('10080', viewer.nowMs)).toBe('2026-11-28T12:00:00.000Z')
  expect(endOf('', viewer.nowMs)).toBeNull()
  for (const bad of ['0', '-15', '16', 'x', ' ']) expect(endOf(bad, viewer.nowMs), bad).toBeUndefined()
})

test('what was done is said with the name and the end', () => {
  const restriction = { kind: 'ban', state: 'in_force', until: null, display_name: 'Ann' } as Restriction
  expect(outcomeWords(restriction, viewer)).toBe('Ann is banned until a moderator lifts it.')
  expect(outcomeWords({ ...restriction, kind: 'mute', state: 'lifted' }, viewer)).toBe('Ann is no longer muted.')
})
