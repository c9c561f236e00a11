import { expect, test } from 'vitest'
import { clockTime, dayKey, dayLabel, dayTime, knownTimeZone, timeAgo } from './message-time.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')

test('a time is shown in the zone, with 24 hours and two digits', () => {
  expect(clockTime('2026-11-20T00:05:00.000Z', 'UTC')).toBe('00:05')
  expect(clockTime('2026-11-20T00:05:00.000Z', 'Asia/Tokyo')).toBe('09:05')
})

test('the day is that of the zone', () => {
  expect(dayKey('2026-11-20T23:30:00.000Z', 'UTC')).toBe('2026-11-20')
  expect(dayKey('2026-11-20T23:30:00.000Z', 'Asia/Tokyo')).toBe('2026-11-21')
})

test('day labels', () => {
  expect(dayLabel('2026-11-20T00:00:00.000Z', 'UTC', NOW)).toBe('Today')
  expect(dayLabel('2026-11-19T23:59:00.000Z', 'UTC', NOW)).toBe('Yesterday')
  expect(dayLabel('2026-11-21T23:59:00.000Z', 'UTC', NOW)).toBe('Tomorrow')
  expect(dayLabel('2026-11-16T12:00:00.000Z', 'UTC', NOW)).toBe('Monday 16 November')
  expect(dayLabel('2024-02-29T12:00:00.000Z', 'UTC', NOW)).toBe('29 February 2024')
  // On the day after the clocks went forward, yesterday had 23 hours.
  expect(dayLabel('2026-03-29T00:30:00.000Z', 'Europe/Berlin', Date.parse('2026-03-29T22:30:00.000Z'))).toBe(
    'Yesterday',
  )
})

test('a day and its time, as the zone has them', () => {
  expect(dayTime('2026-11-20T23:30:00.000Z', 'UTC', NOW)).toBe('Today, 23:30')
  expect(dayTime('2026-11-20T23:30:00.000Z', 'Asia/Tokyo', NOW)).toBe('Tomorrow, 08:30')
})

test('an unknown zone is UTC', () => {
  expect(knownTimeZone('Europe/Berlin')).toBe('Europe/Berlin')
  expect(knownTimeZone('Mars/Olympus')).toBe('UTC')
  expect(knownTimeZone(undefined)).toBe('UTC')
  expect(knownTimeZone('x'.repeat(100))).toBe('UTC')
})

test.each([
  ['2026-11-20T09:59:40.000Z', 'just now'],
  ['2026-11-20T09:56:00.000Z', '4 min ago'],
  ['2026-11-20T07:00:00.000Z', '3 h ago'],
  ['2026-11-19T09:00:00.000Z', 'a day ago'],
  ['2026-11-17T09:00:00.000Z', '3 days ago'],
  ['2026-10-01T09:00:00.000Z', '1 October 2026'],
  ['2026-11-20T10:05:00.000Z', 'just now'],
])('%s is %s', (timestamp, expected) => {
  expect(timeAgo(timestamp, 'UTC', NOW)).toBe(expected)
})
