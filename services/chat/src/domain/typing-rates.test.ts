import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TypingRates } from './typing-rates.ts'

const BOUNDS = { repeatMs: 3_000, placesMax: 3, typistsMax: 2 }

describe('TY-2: typing is passed on', () => {
  test('once in three seconds for each place', () => {
    const rates = new TypingRates(BOUNDS)
    expect(rates.take('ann', 'tea', 0)).toBe(true)
    expect(rates.take('ann', 'tea', 2_999)).toBe(false)
    expect(rates.take('ann', 'thread', 2_999)).toBe(true)
    expect(rates.take('ann', 'tea', 3_000)).toBe(true)
    expect(rates.take('ann', 'tea', 3_001)).toBe(false)
  })

  test('for a bounded number of places of a person, and of people of a place', () => {
    const rates = new TypingRates(BOUNDS)
    expect(['a', 'b', 'c', 'd'].map((place) => rates.take('ann', place, 0))).toEqual([true, true, true, false])
    expect(['ben', 'cid'].map((person) => rates.take(person, 'a', 0))).toEqual([true, false])
    // What is over makes room.
    expect(rates.take('cid', 'a', 6_000)).toBe(true)
    expect(rates.take('ann', 'd', 6_000)).toBe(true)
  })

  test('and holds no more than was said in the last two intervals, whoever types where', () => {
    const word = fc.record({
      person: fc.constantFrom('ann', 'ben', 'cid', 'dan'),
      place: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      waitedMs: fc.integer({ min: 0, max: 2_000 }),
    })
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const rates = new TypingRates(BOUNDS)
        const taken: { key: string; atMs: number }[] = []
        let nowMs = 0
        for (const { person, place, waitedMs } of words) {
          nowMs += waitedMs
          const key = `${person} ${place}`
          const lately = taken.some((each) => each.key === key && nowMs - each.atMs < BOUNDS.repeatMs)
          const isTaken = rates.take(person, place, nowMs)
          expect(isTaken && lately).toBe(false)
          if (isTaken) taken.push({ key, atMs: nowMs })
          expect(rates.size).toBeLessThanOrEqual(
            new Set(taken.filter(({ atMs }) => nowMs - atMs <= 2 * BOUNDS.repeatMs).map((each) => each.key)).size,
          )
        }
      }),
    )
  })
})
