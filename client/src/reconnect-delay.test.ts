import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reconnectDelayMs, restartDelayMs } from './reconnect-delay.ts'

const bounds = { min: 1_000, max: 30_000 }

test('the ceiling doubles with each failure, from the least to the most', () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 6, 1_000].map((failures) => reconnectDelayMs(failures, 0.999_999, bounds))
  expect(ceilings).toEqual([999, 1_999, 3_999, 7_999, 15_999, 29_999, 29_999, 29_999])
})

test('the wait is drawn evenly from zero to the ceiling', () => {
  expect([0, 0.25, 0.5].map((random) => reconnectDelayMs(2, random, bounds))).toEqual([0, 1_000, 2_000])
})

test('after a planned restart the first try is within three seconds, and within the bounds', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 60_000 }),
      (random, max) => {
        const delayMs = restartDelayMs(random, { min: 1, max })
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(Math.min(3_000, max))
      },
    ),
  )
})
