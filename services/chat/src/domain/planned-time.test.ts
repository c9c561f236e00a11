import { expect, test } from 'vitest'
import { isPlannable } from './planned-time.ts'

test('SC-1, RM-1: what is planned is planned for the future, and within a year', () => {
  const nowMs = Date.UTC(2026, 10, 21)
  const days = (count: number): number => nowMs + count * 86_400_000
  expect([nowMs + 1, days(365), days(366)].map((at) => isPlannable(at, nowMs))).toEqual([true, true, true])
  expect([nowMs, nowMs - 1, days(366) + 1, Number.NaN].map((at) => isPlannable(at, nowMs))).toEqual(
    Array(4).fill(false),
  )
})
