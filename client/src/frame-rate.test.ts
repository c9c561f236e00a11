import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameRate } from './frame-rate.ts'

test('is the mean over the last five seconds, as counting them one by one gives it', () => {
  const gapsMs = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 200 })
  fc.assert(
    fc.property(gapsMs, fc.integer({ min: 0, max: 20_000 }), (gaps, pauseMs) => {
      const rate = new FrameRate()
      const times: number[] = []
      let nowMs = 123_456
      for (const gapMs of gaps) {
        nowMs += gapMs
        times.push(nowMs)
        rate.count(nowMs)
      }
      nowMs += pauseMs
      const second = Math.floor(nowMs / 1_000)
      const counted = times.filter((timeMs) => Math.floor(timeMs / 1_000) > second - 5).length
      expect(rate.perSecond(nowMs)).toBe(counted / 5)
    }),
  )
})
