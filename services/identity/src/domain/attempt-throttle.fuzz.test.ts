import fc from 'fast-check'
import { expect, test } from 'vitest'
import { throttleWaitMs, type ThrottlePolicy } from './attempt-throttle.ts'

const policies = fc.record({
  failuresMax: fc.integer({ min: 1, max: 20 }),
  windowMs: fc.integer({ min: 1, max: 100_000 }),
}) satisfies fc.Arbitrary<ThrottlePolicy>
const times = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 60 })

test('ID-22: as long as one waits, there are that many failures in the window, and after the wait there are not', () => {
  fc.assert(
    fc.property(policies, times, fc.integer({ min: 200_000, max: 300_000 }), (policy, failures, nowMs) => {
      const inWindow = (atMs: number): number => failures.filter((each) => each > atMs - policy.windowMs).length
      const waitMs = throttleWaitMs(policy, failures, nowMs)
      expect(waitMs > 0).toBe(inWindow(nowMs) >= policy.failuresMax)
      expect(waitMs).toBeLessThanOrEqual(policy.windowMs)
      expect(inWindow(nowMs + waitMs)).toBeLessThan(policy.failuresMax)
      // One millisecond less would not do.
      expect(waitMs > 0 && inWindow(nowMs + waitMs - 1) < policy.failuresMax).toBe(false)
    }),
  )
})

test('ID-22: whoever fails as often as the throttle lets them fails at most `failuresMax` times in any window', () => {
  fc.assert(
    fc.property(policies, fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }), (policy, pauses) => {
      const failures: number[] = []
      let nowMs = 0
      for (const pauseMs of pauses) {
        nowMs += pauseMs
        if (throttleWaitMs(policy, failures, nowMs) > 0) continue
        failures.push(nowMs)
        const inWindow = failures.filter((each) => each > nowMs - policy.windowMs).length
        expect(inWindow).toBeLessThanOrEqual(policy.failuresMax)
      }
    }),
  )
})

test('ID-22: the order of the failures makes no difference', () => {
  fc.assert(
    fc.property(policies, times, (policy, failures) => {
      const nowMs = 200_000
      expect(throttleWaitMs(policy, failures.toReversed(), nowMs)).toBe(throttleWaitMs(policy, failures, nowMs))
    }),
  )
})

test('a clock that was stepped back keeps nobody waiting longer than a window', () => {
  expect(throttleWaitMs({ failuresMax: 1, windowMs: 1000 }, [9_000_000], 5)).toBe(1000)
})
