import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecentChanges } from './recent-changes.ts'

const BOUNDS = { keptMs: 1_000, bytesMax: 100_000, changesMax: 5 }
const change = (changedSeq: number, sizeBytes = 10) => ({ changed_seq: changedSeq, encoded: { sizeBytes } })
const seqs = (found: { readonly changes: readonly { readonly changed_seq: number }[] } | undefined) =>
  found?.changes.map((each) => each.changed_seq)

describe('the ends of streams that were read lately', () => {
  it('A4 serve whoever begins within them, with what comes after', () => {
    const recent = new RecentChanges(BOUNDS)
    recent.read('a', { after: 3, through: 9, changes: [change(5), change(8)], onlyAdds: true }, 0)
    expect(recent.since('a', 3, 0)).toEqual({ changes: [change(5), change(8)], through: 9 })
    expect(recent.since('a', 5, 0)).toEqual({ changes: [change(8)], through: 9 })
    expect(recent.since('a', 8, 0)).toEqual({ changes: [], through: 9 })
    expect([recent.since('a', 2, 0), recent.since('a', 9, 0), recent.since('b', 3, 0)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('A4 grow by what is read and by what is added behind them, and by nothing else', () => {
    const recent = new RecentChanges(BOUNDS)
    recent.read('a', { after: 0, through: 2, changes: [change(1), change(2)], onlyAdds: true }, 0)
    recent.read('a', { after: 2, through: 4, changes: [change(4)], onlyAdds: true }, 0)
    recent.added('a', change(5))
    recent.added('a', change(7))
    recent.added('b', change(1))
    expect(seqs(recent.since('a', 1, 0))).toEqual([2, 4, 5])
    expect(recent.since('a', 1, 0)?.through).toBe(5)
    recent.read('a', { after: 8, through: 9, changes: [change(9)], onlyAdds: true }, 0)
    expect(recent.since('a', 1, 0)).toBeUndefined()
    expect(seqs(recent.since('a', 8, 0))).toEqual([9])
  })

  it('A4 are not given up for a read of long ago', () => {
    const recent = new RecentChanges(BOUNDS)
    recent.read('a', { after: 100, through: 104, changes: [change(104)], onlyAdds: true }, 0)
    recent.read('a', { after: 0, through: 50, changes: [change(50)], onlyAdds: true }, 0)
    expect(seqs(recent.since('a', 100, 0))).toEqual([104])
  })

  it('A4 are forgotten when a thing changes, and when their time is over', () => {
    const recent = new RecentChanges(BOUNDS)
    for (const stream of ['a', 'b', 'c'])
      recent.read(stream, { after: 0, through: 1, changes: [change(1)], onlyAdds: true }, 0)
    recent.forget('a')
    expect(recent.since('a', 0, 0)).toBeUndefined()
    expect(recent.since('b', 0, 1_000)).toBeDefined()
    expect(recent.since('b', 0, 1_001)).toBeUndefined()
    recent.sweep(1_001)
    expect(recent.bytes).toBe(0)
  })

  it('A4 keep within their bounds whatever is read, and answer only what is true', () => {
    const step = fc.record({
      stream: fc.constantFrom('a', 'b', 'c'),
      after: fc.nat({ max: 30 }),
      count: fc.nat({ max: 9 }),
      size: fc.integer({ min: 1, max: 400 }),
      live: fc.boolean(),
      atMs: fc.nat({ max: 3_000 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bounds = { ...BOUNDS, bytesMax: 3_000 }
        const recent = new RecentChanges(bounds)
        for (const { stream, after, count, size, live, atMs } of steps.toSorted((a, b) => a.atMs - b.atMs)) {
          // Every number is a change: so what is missing or wrong shows.
          const changes = Array.from({ length: count }, (_, index) => change(after + 1 + index, size))
          if (live) for (const each of changes) recent.added(stream, each)
          else recent.read(stream, { after, through: after + count, changes, onlyAdds: true }, atMs)
          expect(recent.bytes).toBeLessThanOrEqual(bounds.bytesMax)
          for (let from = 0; from < 40; from++) {
            const found = recent.since(stream, from, atMs)
            if (found === undefined) continue
            expect(found.changes.length).toBeLessThanOrEqual(bounds.changesMax)
            expect(seqs(found)).toEqual(Array.from({ length: found.through - from }, (_, index) => from + 1 + index))
          }
        }
        recent.sweep(10_000)
        expect(recent.bytes).toBe(0)
      }),
    )
  })
})
