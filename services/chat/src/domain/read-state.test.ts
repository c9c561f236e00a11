import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPosition, withMark, withRead, type ReadState } from './read-state.ts'

const start: ReadState = { readSeq: 10, mark: undefined }

describe('a read position', () => {
  test('RD-1: only grows, and not beyond the head', () => {
    expect(withRead(start, { seq: 12, unmark: undefined }, 20)).toEqual({ readSeq: 12, mark: undefined })
    expect(withRead(start, { seq: 30, unmark: undefined }, 20)).toEqual({ readSeq: 20, mark: undefined })
    expect(withRead(start, { seq: 9, unmark: undefined }, 20)).toBeUndefined()
  })

  test('RD-1: is the same in whatever order devices tell what they showed', () => {
    const read = (seqs: readonly number[]): number =>
      seqs.reduce<ReadState>((state, seq) => withRead(state, { seq, unmark: undefined }, 50) ?? state, start).readSeq
    fc.assert(
      fc.property(fc.array(fc.nat(100)), (seqs) => {
        expect(read(seqs)).toBe(read(seqs.toReversed()))
      }),
    )
  })

  test('RD-2: a mark brings it back, and stays while others go on reading', () => {
    const marked = withMark(start, { seq: 5, at: 7 }) ?? start
    expect(readPosition(marked)).toBe(4)
    const later = withRead(marked, { seq: 20, unmark: undefined }, 20) ?? marked
    expect(readPosition(later)).toBe(4)
  })

  test('RD-2: is undone by a read that names the mark, not by one that names an older one', () => {
    const marked = withMark(start, { seq: 5, at: 7 }) ?? start
    expect(withRead(marked, { seq: 10, unmark: 6 }, 20)).toBeUndefined()
    expect(withRead(marked, { seq: 0, unmark: 7 }, 20)).toEqual(start)
  })

  test('RD-2: marking the same message once more changes nothing; a mark beyond what was read moves nothing', () => {
    const marked = withMark(start, { seq: 5, at: 7 }) ?? start
    expect(withMark(marked, { seq: 5, at: 8 })).toBeUndefined()
    expect(readPosition(withMark(start, { seq: 15, at: 7 }) ?? start)).toBe(10)
  })
})
