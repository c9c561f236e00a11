import { expect, test, vi } from 'vitest'
import { NudgedTimers } from './nudged-timers.ts'

/** As those of a hidden tab: they do not run by themselves. */
const asleep = { set: () => ({}), clear: () => undefined }

test('B8: a nudge runs what is due, in the order in which it was due, and once', () => {
  let nowMs = 0
  const timers = new NudgedTimers(asleep, { nowMs: () => nowMs, monotonicMs: () => nowMs })
  const ran: string[] = []
  timers.set(() => ran.push('later'), 20)
  timers.set(() => ran.push('sooner'), 10)
  timers.set(() => ran.push('much later'), 100)
  const cleared = timers.set(() => ran.push('cleared'), 10)
  timers.clear(cleared)
  timers.nudge()
  expect(ran).toEqual([])
  nowMs = 20
  timers.nudge()
  timers.nudge()
  expect(ran).toEqual(['sooner', 'later'])
})

test('B8: they run by themselves too, and then not again', () => {
  vi.useFakeTimers()
  let nowMs = 0
  const timers = new NudgedTimers(
    { set: (run, delayMs) => setTimeout(run, delayMs), clear: (handle) => clearTimeout(handle as number) },
    { nowMs: () => nowMs, monotonicMs: () => nowMs },
  )
  const run = vi.fn<() => void>()
  timers.set(run, 10)
  vi.advanceTimersByTime(10)
  nowMs = 10
  timers.nudge()
  expect(run).toHaveBeenCalledTimes(1)
  vi.useRealTimers()
})
