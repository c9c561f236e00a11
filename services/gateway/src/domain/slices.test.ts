import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Slices } from './slices.ts'

/** A clock that only work moves on. */
function work(): { readonly now: () => number; readonly take: (ms: number) => void } {
  let nowMs = 0
  return { now: () => nowMs, take: (ms) => (nowMs += ms) }
}

describe('slices', () => {
  it('A1 end with the job during which their time ran out, and go on in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 })), fc.integer({ min: 1, max: 20 }), (costsMs, sliceMs) => {
        const clock = work()
        const slices = new Slices(sliceMs)
        const done: number[] = []
        for (const [index, costMs] of costsMs.entries()) {
          slices.push(() => {
            clock.take(costMs)
            done.push(index)
          })
        }
        while (slices.waiting > 0) {
          const [beforeMs, doneBefore] = [clock.now(), done.length]
          slices.run(clock.now)
          expect(done.length).toBeGreaterThan(doneBefore)
          const lastMs = costsMs[done.length - 1] ?? 0
          expect(clock.now() - beforeMs - lastMs).toBeLessThan(sliceMs)
        }
        expect(done).toEqual(costsMs.map((_, index) => index))
      }),
    )
  })

  it('A1 take in what jobs add, behind what waits', () => {
    const clock = work()
    const slices = new Slices(1_000)
    const done: string[] = []
    slices.push(() => {
      done.push('first')
      slices.push(() => done.push('added'))
    })
    slices.push(() => done.push('second'))
    slices.run(clock.now)
    expect(done).toEqual(['first', 'second', 'added'])
    expect(slices.waiting).toBe(0)
  })

  it('A1 lose nothing by a job that throws', () => {
    const slices = new Slices(1_000)
    const done: string[] = []
    slices.push(() => {
      throw new Error('a fault')
    })
    slices.push(() => done.push('after'))
    expect(() => slices.run(() => 0)).toThrow('a fault')
    expect(slices.waiting).toBe(1)
    slices.run(() => 0)
    expect(done).toEqual(['after'])
  })

  it('do nothing when there is nothing to do', () => {
    const slices = new Slices(5)
    slices.run(() => 0)
    expect(slices.waiting).toBe(0)
  })
})
