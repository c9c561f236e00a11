import { expect, test } from 'vitest'
import { fromWallTime, timeChoices, toWallTime } from './zoned-time.ts'

const at = (iso: string): number => Date.parse(iso)

test.for([
  ['UTC', '2026-11-21T09:00', '2026-11-21T09:00Z'],
  ['Europe/Berlin', '2026-11-21T09:00', '2026-11-21T08:00Z'],
  ['Europe/Berlin', '2026-07-01T00:30', '2026-06-30T22:30Z'],
  ['America/New_York', '2026-03-08T03:30', '2026-03-08T07:30Z'],
  ['Asia/Kolkata', '2026-11-21T09:15', '2026-11-21T03:45Z'],
  ['Pacific/Auckland', '2026-12-31T23:59', '2026-12-31T10:59Z'],
] as const)('in %s, %s is %s, and back', ([zone, wall, moment]) => {
  expect(fromWallTime(wall, zone)).toBe(at(moment))
  expect(toWallTime(at(moment), zone)).toBe(wall)
})

test('a moment within a minute is on the wall as its minute; what is no time is none', () => {
  expect(toWallTime(at('2026-11-21T08:00:59.999Z'), 'Europe/Berlin')).toBe('2026-11-21T09:00')
  expect(['', 'tomorrow', '2026-13-45T99:99'].map((text) => fromWallTime(text, 'UTC'))).toEqual(
    Array(3).fill(undefined),
  )
})

test('tomorrow at nine is at nine on the wall, also when the clocks are changed in the night', () => {
  const choices = timeChoices(at('2026-10-24T20:00Z'), 'Europe/Berlin')
  expect(choices.map(({ timeMs }) => toWallTime(timeMs, 'Europe/Berlin'))).toEqual([
    '2026-10-24T22:20',
    '2026-10-24T23:00',
    '2026-10-25T09:00',
    '2026-10-31T09:00',
  ])
})
