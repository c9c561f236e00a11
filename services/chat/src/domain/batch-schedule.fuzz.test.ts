import { assert } from '@glasshouse/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BatchSchedule, type Batch, type BatchBounds } from './batch-schedule.ts'

interface Item {
  readonly lane: string
  readonly key: string | undefined
  readonly bytes: number
  readonly number: number
}

const bounds: fc.Arbitrary<BatchBounds> = fc.record({
  batchItemsMax: fc.integer({ min: 1, max: 8 }),
  batchBytesMax: fc.integer({ min: 1, max: 60 }),
  batchesInFlightMax: fc.integer({ min: 1, max: 4 }),
  heldItemsMax: fc.integer({ min: 1, max: 40 }),
  heldBytesMax: fc.integer({ min: 20, max: 400 }),
})

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      lane: fc.constantFrom('a', 'b', 'c', 'd'),
      key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined }),
      bytes: fc.integer({ min: 0, max: 20 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), which: fc.nat() }) },
)

/** The rules of the schedule, checked at each step against what was really taken and given back. */
class Watcher {
  readonly schedule: BatchSchedule<Item>
  readonly #bounds: BatchBounds
  readonly accepted: Item[] = []
  readonly committed: Item[] = []
  inFlight: Batch<Item>[] = []

  constructor(limits: BatchBounds) {
    this.#bounds = limits
    this.schedule = new BatchSchedule<Item>(limits)
  }

  offer(item: Item): void {
    const { heldItems, heldBytes } = this.schedule
    const fits = heldItems < this.#bounds.heldItemsMax && heldBytes + item.bytes <= this.#bounds.heldBytesMax
    assert(this.schedule.offer(item) === fits, 'takes what fits, and nothing else')
    if (fits) this.accepted.push(item)
  }

  take(): Batch<Item> | undefined {
    const batch = this.schedule.take()
    if (batch === undefined) return undefined
    const { batchItemsMax, batchBytesMax, batchesInFlightMax } = this.#bounds
    assert(batch.items.length > 0 && batch.items.length <= batchItemsMax, 'a batch has 1 to batchItemsMax items')
    assert(batch.bytes === total(batch.items), 'a batch knows its bytes')
    assert(batch.items.length === 1 || batch.bytes <= batchBytesMax, 'a batch has at most batchBytesMax, or one item')
    const keys = batch.items.flatMap(({ lane, key }) => (key === undefined ? [] : [`${lane} ${key}`]))
    assert(new Set(keys).size === keys.length, 'no key is twice in a batch')
    const busy = this.inFlight.flatMap(({ lanes }) => lanes)
    assert(!batch.lanes.some((lane) => busy.includes(lane)), 'a lane is in one batch at a time')
    this.inFlight.push(batch)
    assert(this.inFlight.length <= batchesInFlightMax, 'at most batchesInFlightMax at a time')
    return batch
  }

  done(which: number): void {
    const batch = this.inFlight[which % Math.max(1, this.inFlight.length)]
    if (batch === undefined) return
    this.inFlight = this.inFlight.filter((other) => other !== batch)
    this.committed.push(...batch.items)
    this.schedule.done(batch)
    const { heldItems, heldBytes, batchesInFlight } = this.schedule
    assert(heldItems === this.accepted.length - this.committed.length, 'counts the items that it holds')
    assert(heldBytes === total(this.accepted) - total(this.committed), 'counts the bytes that it holds')
    assert(batchesInFlight === this.inFlight.length, 'counts the batches in flight')
  }
}

function total(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.bytes, 0)
}

describe('GC-1: batches of group commit', () => {
  test('any traffic: in order, a lane in one batch at a time, no key twice in one, within the bounds, and all of it', () => {
    fc.assert(
      fc.property(bounds, fc.array(step, { maxLength: 200 }), (limits, steps) => {
        const watcher = new Watcher(limits)
        for (const [number, action] of steps.entries()) {
          if (action.do === 'offer') watcher.offer({ ...action, number })
          else if (action.do === 'take') watcher.take()
          else watcher.done(action.which)
        }
        // What is left is committed too: nothing is forgotten, whatever came before.
        for (let turns = 0; watcher.schedule.heldItems > 0; turns++) {
          expect(turns).toBeLessThan(1_000)
          if (watcher.take() === undefined) watcher.done(turns)
        }
        expect(watcher.inFlight).toEqual([])
        for (const lane of ['a', 'b', 'c', 'd']) {
          const ofLane = (items: readonly Item[]): number[] =>
            items.flatMap((item) => (item.lane === lane ? [item.number] : []))
          expect(ofLane(watcher.committed)).toEqual(ofLane(watcher.accepted))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a busy lane does not starve the others', () => {
    const schedule = new BatchSchedule<Item>({
      batchItemsMax: 2,
      batchBytesMax: 100,
      batchesInFlightMax: 1,
      heldItemsMax: 100,
      heldBytesMax: 1_000,
    })
    for (let number = 0; number < 20; number++) schedule.offer({ lane: 'busy', key: undefined, bytes: 1, number })
    const first = schedule.take()
    schedule.offer({ lane: 'quiet', key: undefined, bytes: 1, number: 20 })
    if (first !== undefined) schedule.done(first)
    expect(schedule.take()?.lanes).toContain('quiet')
  })

  test('with nothing in its way, a message is a batch at once', () => {
    const schedule = new BatchSchedule<Item>({
      batchItemsMax: 512,
      batchBytesMax: 1_000,
      batchesInFlightMax: 4,
      heldItemsMax: 100,
      heldBytesMax: 1_000,
    })
    const item: Item = { lane: 'a', key: undefined, bytes: 5_000, number: 1 }
    expect(schedule.offer(item)).toBe(false)
    expect(schedule.offer({ ...item, bytes: 999 })).toBe(true)
    expect(schedule.take()?.items).toHaveLength(1)
    expect(schedule.take()).toBeUndefined()
  })
})
