import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reconnectDelayMs, restartDelayMs } from './reconnect-delay.ts'

const bounds = { min: 1_000, max: 30_000 }

test('the ceiling is the time that has passed, from the least to the most', () => {
  const ceilings = [0, 500, 1_000, 4_000, 30_000, 1_000_000].map((ms) => reconnectDelayMs(ms, 0.999_999, bounds))
  expect(ceilings).toEqual([999, 999, 999, 3_999, 29_999, 29_999])
})

test('the wait is drawn evenly from zero to the ceiling', () => {
  expect([0, 0.25, 0.5].map((random) => reconnectDelayMs(4_000, random, bounds))).toEqual([0, 1_000, 2_000])
})

test('while nothing answers the tries thin out, and nobody waits longer after an outage than it lasted', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (draws) => {
      const outageMs = 20_000
      let atMs = 0
      for (const random of draws) {
        if (atMs >= outageMs) break
        // Being refused takes a moment, too.
        atMs += 1 + reconnectDelayMs(atMs, random, bounds)
      }
      expect(atMs).toBeLessThanOrEqual(2 * outageMs + 1)
    }),
  )
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
