import { expect, test } from 'vitest'
import { Latencies } from './latencies.ts'

test('percentiles are those of the values, to within 2 %', () => {
  const latencies = new Latencies()
  for (let value = 1; value <= 10_000; value++) latencies.add(value / 100)
  for (const percent of [1, 50, 99, 100]) {
    const ratio = latencies.percentile(percent) / percent
    expect(ratio).toBeGreaterThan(0.98)
    expect(ratio).toBeLessThan(1.02)
  }
})

test('values beyond the classes count as the least and the greatest', () => {
  const latencies = new Latencies()
  latencies.add(0)
  latencies.add(1e12)
  expect(latencies.count).toBe(2)
  expect(latencies.percentile(50)).toBeLessThan(0.0011)
  expect(latencies.percentile(100)).toBeGreaterThan(1_000_000)
})

test('nothing has no percentiles', () => {
  expect(new Latencies().percentile(50)).toBeNaN()
})
