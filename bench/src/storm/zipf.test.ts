import { expect, test } from 'vitest'
import { Zipf } from './zipf.ts'

test('the n-th is drawn in proportion to 1/n, the same with the same seed', () => {
  const zipf = new Zipf(500, 1)
  const counts = Array.from({ length: 500 }, () => 0)
  const draws = 200_000
  for (let draw = 0; draw < draws; draw++) {
    const drawn = zipf.next()
    counts[drawn] = (counts[drawn] ?? 0) + 1
  }
  const sum = counts.reduce((total, _, index) => total + 1 / (index + 1), 0)
  for (const index of [0, 1, 9]) {
    expect((counts[index] ?? 0) / draws / (1 / (index + 1) / sum)).toBeCloseTo(1, 0.5)
  }
  expect(new Zipf(500, 1).some(20)).toEqual(new Zipf(500, 1).some(20))
  expect(new Set(new Zipf(500, 2).some(20)).size).toBe(20)
})

test('more than there are cannot be drawn', () => {
  expect(new Zipf(3, 1).some(20).toSorted((a, b) => a - b)).toEqual([0, 1, 2])
})
