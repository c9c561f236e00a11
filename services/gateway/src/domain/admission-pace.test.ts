import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdmissionPace } from './admission-pace.ts'

const BOUNDS = { waveIntervalMs: 10, atOnceMax: 4 }

describe('the pace of admission', () => {
  it('A2 lets in whoever comes alone at once', () => {
    const pace = new AdmissionPace(BOUNDS)
    expect(pace.next(0, { waiting: 1, underWay: 0 })).toEqual({ count: 1, askAgainInMs: undefined })
    expect(pace.next(10, { waiting: 1, underWay: 0 }).count).toBe(1)
  })

  it('A2 lets those who come meanwhile in together, with the next wave', () => {
    const pace = new AdmissionPace(BOUNDS)
    pace.next(0, { waiting: 1, underWay: 0 })
    expect(pace.next(3, { waiting: 1, underWay: 1 })).toEqual({ count: 0, askAgainInMs: 7 })
    expect(pace.next(10, { waiting: 3, underWay: 1 })).toEqual({ count: 3, askAgainInMs: undefined })
  })

  it('A2 lets in no more than there are places, and waits for one to be left', () => {
    const pace = new AdmissionPace(BOUNDS)
    expect(pace.next(0, { waiting: 9, underWay: 1 }).count).toBe(3)
    expect(pace.next(20, { waiting: 6, underWay: 4 })).toEqual({ count: 0, askAgainInMs: undefined })
    expect(pace.next(21, { waiting: 6, underWay: 3 }).count).toBe(1)
  })

  it('A2 lets everybody in, however they come and however long they take', () => {
    const arrivals = fc.array(
      fc.record({ atMs: fc.integer({ min: 0, max: 200 }), tookMs: fc.integer({ min: 0, max: 60 }) }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(arrivals, (comers) => {
        const pace = new AdmissionPace(BOUNDS)
        const inOrder = comers.toSorted((a, b) => a.atMs - b.atMs)
        const wavesMs: number[] = []
        let [admitted, arrived] = [0, 0]
        let leavesAtMs: number[] = []
        // Longer than all of them one after the other.
        for (let nowMs = 0; nowMs < 5_000 && admitted < inOrder.length; nowMs++) {
          while (inOrder[arrived] !== undefined && (inOrder[arrived]?.atMs ?? 0) <= nowMs) arrived++
          leavesAtMs = leavesAtMs.filter((leaves) => leaves > nowMs)
          const { count } = pace.next(nowMs, { waiting: arrived - admitted, underWay: leavesAtMs.length })
          for (const { tookMs } of inOrder.slice(admitted, admitted + count)) leavesAtMs.push(nowMs + tookMs)
          admitted += count
          expect(leavesAtMs.length).toBeLessThanOrEqual(BOUNDS.atOnceMax)
          if (count > 0) wavesMs.push(nowMs)
        }
        expect(admitted).toBe(inOrder.length)
        const apartMs = wavesMs.slice(1).map((atMs, index) => atMs - (wavesMs[index] ?? 0))
        expect(Math.min(...apartMs)).toBeGreaterThanOrEqual(BOUNDS.waveIntervalMs)
      }),
    )
  })
})
