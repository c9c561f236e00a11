import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderedAnswers } from './ordered-answers.ts'

describe('OrderedAnswers', () => {
  it('sends answers in the order of their questions, whatever order they become known in', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }), (order) => {
        const sent: number[] = []
        const answers = new OrderedAnswers<{ n: number }>(({ n }) => sent.push(n))
        const places = order.map(() => answers.take())
        for (const [known, n] of order.entries()) {
          places[n]?.({ n })
          expect(answers.waiting).toBe(order.length - sent.length)
          expect(sent.length).toBeLessThanOrEqual(known + 1)
        }
        expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6])
      }),
    )
  })

  it('does not take two answers to one question', () => {
    const answers = new OrderedAnswers<{ n: number }>(() => {})
    answers.take()
    const second = answers.take()
    second({ n: 1 })
    expect(() => second({ n: 2 })).toThrow('answered once')
  })
})
