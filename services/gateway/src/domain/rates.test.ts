import { describe, expect, it } from 'vitest'
import { BoundedCounts, BucketByKey, RateBucket, RecentEvents } from './rates.ts'

describe('RateBucket', () => {
  it('allows the rate for ever', () => {
    const bucket = new RateBucket({ perSecondMax: 100, windowMs: 5_000 }, 0)
    for (let ms = 0; ms < 60_000; ms += 10) expect(bucket.take(ms)).toBe(true)
  })

  it('runs empty when twice the rate lasts for the window', () => {
    const bucket = new RateBucket({ perSecondMax: 100, windowMs: 5_000 }, 0)
    let emptyMs: number | undefined
    for (let ms = 0; ms < 60_000 && emptyMs === undefined; ms += 5) if (!bucket.take(ms)) emptyMs = ms
    expect(emptyMs).toBeGreaterThanOrEqual(4_900)
    expect(emptyMs).toBeLessThanOrEqual(5_100)
  })
})

describe('RecentEvents', () => {
  it('tells the event that makes too many within the window', () => {
    const events = new RecentEvents(3, 1_000)
    expect([events.add(0), events.add(100), events.add(200)]).toEqual([false, false, true])
  })

  it('forgets what is older than the window', () => {
    const events = new RecentEvents(3, 1_000)
    expect([events.add(0), events.add(900), events.add(1_100), events.add(1_800)]).toEqual([false, false, false, true])
  })
})

describe('BucketByKey', () => {
  it('bounds each key by itself, says how long to wait, and forgets those that rest', () => {
    const buckets = new BucketByKey({ perSecondMax: 2, windowMs: 1_000 })
    expect([buckets.take('a', 0).taken, buckets.take('a', 0).taken]).toEqual([true, true])
    expect(buckets.take('a', 100)).toEqual({ taken: false, refilledInMs: 400 })
    expect(buckets.take('b', 100).taken).toBe(true)
    expect(buckets.take('a', 500).taken).toBe(true)
    buckets.sweep(1_000)
    expect(buckets.size).toBe(1)
    buckets.sweep(2_000)
    expect(buckets.size).toBe(0)
  })
})

describe('reserve', () => {
  it('L4 keeps the rate for as many as come at once, and for those who come after them', () => {
    const buckets = new BucketByKey({ perSecondMax: 4, windowMs: 1_000 })
    const waits = Array.from({ length: 20 }, () => buckets.reserve('a', 0))
    expect(waits).toEqual([0, 0, 0, 0, ...Array.from({ length: 16 }, (_, index) => 250 * (index + 1))])
    expect(buckets.reserve('b', 0)).toBe(0)
    // What is owed besides, for which a bucketful is enough, forgives nothing of it.
    buckets.owe('a', 1, 0)
    expect(buckets.reserve('a', 1_000)).toBe(3_250)
    buckets.sweep(5_000)
    expect(buckets.size).toBe(1)
    buckets.sweep(6_000)
    expect(buckets.size).toBe(0)
  })
})

describe('BoundedCounts', () => {
  it('bounds each key by itself and takes places back', () => {
    const counts = new BoundedCounts(2)
    expect([counts.take('a'), counts.take('a'), counts.take('a'), counts.take('b')]).toEqual([true, true, false, true])
    counts.release('a')
    expect(counts.take('a')).toBe(true)
  })
})
