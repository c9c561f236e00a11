import { assert } from '@glasshouse/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RateLimiter, SENDER_BYTES, TIME_BYTES, type RateLimit, type Reservation } from './rate-limit.ts'

/** The rule itself, without any economy: remembers every send for ever. */
class NaiveLimiter {
  readonly #sends: { readonly key: string; readonly atMs: number; readonly reservation: Reservation }[] = []

  count(key: string, limit: RateLimit, nowMs: number): number {
    return this.#sends.filter((send) => send.key === key && send.atMs > nowMs - limit.windowMs).length
  }

  add(key: string, atMs: number, reservation: Reservation): void {
    this.#sends.push({ key, atMs, reservation })
  }

  remove(reservation: Reservation): void {
    const index = this.#sends.findIndex((send) => send.reservation === reservation)
    if (index !== -1) this.#sends.splice(index, 1)
  }
}

const step = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  passedMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
  action: fc.oneof(
    { weight: 5, arbitrary: fc.constant('send' as const) },
    { weight: 1, arbitrary: fc.constant('give back' as const) },
    { weight: 1, arbitrary: fc.constant('sweep' as const) },
  ),
})

const limit = fc.record({ count: fc.integer({ min: 1, max: 5 }), windowMs: fc.integer({ min: 1, max: 1_000 }) })

function granted(reservation: Reservation): Reservation & { readonly granted: true } {
  if (!reservation.granted) throw new Error(`refused, again in ${reservation.retryAfterMs} ms`)
  return reservation
}

describe('RL-1: the sliding window', () => {
  test('decides as the naive one does, and says when it will let through', () => {
    fc.assert(
      fc.property(limit, fc.array(step, { maxLength: 100 }), (rule, steps) => {
        const limiter = new RateLimiter({ bytesMax: 1_000_000 })
        const naive = new NaiveLimiter()
        const open: (Reservation & { readonly granted: true })[] = []
        let nowMs = 0
        for (const { key, passedMs, action } of steps) {
          nowMs += passedMs
          if (action === 'sweep') {
            limiter.sweep(nowMs)
          } else if (action === 'give back') {
            const last = open.pop()
            if (last === undefined) continue
            limiter.giveBack(last)
            naive.remove(last)
          } else {
            const reservation = limiter.reserve(key, rule, nowMs)
            assert(reservation.granted === naive.count(key, rule, nowMs) < rule.count, 'decides as the rule does')
            if (reservation.granted) {
              naive.add(key, nowMs, reservation)
              open.push(reservation)
            } else {
              // True to the millisecond: then there is room, and one before there is none.
              const { retryAfterMs } = reservation
              assert(naive.count(key, rule, nowMs + retryAfterMs) < rule.count, 'there is room after the wait')
              assert(naive.count(key, rule, nowMs + retryAfterMs - 1) === rule.count, 'there is none before')
            }
          }
        }
        limiter.sweep(nowMs + rule.windowMs)
        expect(limiter.bytes).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  test('RL-4: what was restored counts, and only the last of it is kept', () => {
    const rule = { count: 3, windowMs: 1_000 }
    const limiter = new RateLimiter({ bytesMax: 1_000_000 })
    for (const atMs of [-900, -800, -500, -100]) limiter.restore('a', rule, atMs)
    expect(limiter.bytes).toBe(SENDER_BYTES + 3 * TIME_BYTES)
    expect(limiter.reserve('a', rule, 0)).toMatchObject({ granted: false, retryAfterMs: 200 })
    granted(limiter.reserve('a', rule, 200))
    expect(limiter.reserve('a', rule, 200)).toMatchObject({ granted: false, retryAfterMs: 300 })
  })

  test('RL-5: memory is bounded, and the bound refuses rather than opens', () => {
    const rule = { count: 5, windowMs: 1_000 }
    const limiter = new RateLimiter({ bytesMax: 10 * (SENDER_BYTES + TIME_BYTES) })
    for (let sender = 0; sender < 10; sender++) granted(limiter.reserve(`s${sender}`, rule, 0))
    expect(limiter.reserve('one more', rule, 500)).toMatchObject({ granted: false, reason: 'memory' })
    expect(limiter.bytes).toBe(10 * (SENDER_BYTES + TIME_BYTES))
    granted(limiter.reserve('one more', rule, 1_000))
    expect(limiter.bytes).toBe(SENDER_BYTES + TIME_BYTES)
  })

  test('RL-5: whoever is known keeps their own limit at the bound', () => {
    const rule = { count: 2, windowMs: 1_000 }
    const limiter = new RateLimiter({ bytesMax: 2 * SENDER_BYTES + 3 * TIME_BYTES })
    const first = granted(limiter.reserve('a', rule, 0))
    granted(limiter.reserve('a', rule, 0))
    granted(limiter.reserve('b', rule, 0))
    expect(limiter.reserve('a', rule, 1)).toMatchObject({ granted: false, reason: 'limit' })
    limiter.giveBack(first)
    granted(limiter.reserve('a', rule, 1))
    expect(limiter.reserve('b', rule, 2)).toMatchObject({ granted: false, reason: 'memory' })
  })

  test('RL-5: senders who have gone are forgotten while others send', () => {
    const rule = { count: 5, windowMs: 1_000 }
    const limiter = new RateLimiter({ bytesMax: 100_000_000 })
    for (let sender = 0; sender < 10_000; sender++) granted(limiter.reserve(`s${sender}`, rule, sender))
    expect(limiter.bytes).toBeLessThan(5_000 * (SENDER_BYTES + TIME_BYTES))
  })
})
