import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assert } from './assert.ts'
import { StreamCursor, type Sequenced } from './cursor.ts'

/** A thing in a stream, as its last change left it. */
interface Change extends Sequenced {
  readonly thing: number
  readonly deleted: boolean
}

const THINGS = 5

/** The store: the current state of each thing, tombstones included, and every live announcement ever made. */
class Store {
  head = 0
  readonly announced: Change[] = []
  readonly #current = new Map<number, Change>()

  commit(thing: number, deleted: boolean): void {
    const change = { changed_seq: ++this.head, thing, deleted }
    this.#current.set(thing, change)
    this.announced.push(change)
  }

  changes(after: number, limit: number): { changes: Change[]; through: number; head: number } {
    const since = [...this.#current.values()]
      .filter((change) => change.changed_seq > after)
      .sort((a, b) => a.changed_seq - b.changed_seq)
    const changes = since.slice(0, limit)
    const through = changes.length < since.length ? (changes.at(-1)?.changed_seq ?? after) : this.head
    return { changes, through, head: this.head }
  }
}

/** A reader as every user of the cursor writes it: upserts that ignore an older change. */
class Reader {
  readonly state = new Map<number, Change>()
  readonly cursor: StreamCursor<Change>
  readDue = false
  applied = 0
  #page: { changes: Change[]; through: number; head: number } | undefined

  constructor(heldMax: number) {
    this.cursor = new StreamCursor<Change>(0, { heldMax })
  }

  hear(change: Change): void {
    const before = this.cursor.seq
    const offer = this.cursor.offer(change)
    if (offer === 'apply') {
      assert(change.changed_seq === before + 1, 'only the next change is applied')
      this.#apply(change)
    }
    if (offer === 'read') this.readDue = true
  }

  begin(): void {
    if (!this.cursor.reading) this.cursor.beginRead()
  }

  /** The store answers a page now; it arrives with `arrive`, when more may have happened. */
  ask(store: Store, limit: number): void {
    if (this.cursor.reading) this.#page = store.changes(this.cursor.seq, limit)
  }

  arrive(): void {
    const page = this.#page
    this.#page = undefined
    if (page === undefined || !this.cursor.reading) return
    for (const change of page.changes) this.#apply(change)
    this.cursor.advance(page.through)
    if (page.through < page.head) return
    const { apply, readAgain } = this.cursor.endRead()
    for (const change of apply) this.#apply(change)
    this.readDue = readAgain
  }

  #apply(change: Change): void {
    this.applied++
    if ((this.state.get(change.thing)?.changed_seq ?? 0) < change.changed_seq) this.state.set(change.thing, change)
  }
}

type Step =
  | { readonly kind: 'commit'; readonly thing: number; readonly deleted: boolean; readonly heard: boolean }
  | { readonly kind: 'hear'; readonly which: number }
  | { readonly kind: 'begin' | 'arrive' }
  | { readonly kind: 'ask'; readonly limit: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      thing: fc.nat({ max: THINGS - 1 }),
      deleted: fc.boolean(),
      heard: fc.boolean(),
    }),
  },
  // Any announcement ever made, again: late, repeated, out of order.
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hear' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('begin' as const, 'arrive' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ask' as const), limit: fc.integer({ min: 1, max: 3 }) }) },
)

function perform(step: Step, store: Store, reader: Reader): void {
  switch (step.kind) {
    case 'commit': {
      store.commit(step.thing, step.deleted)
      const last = store.announced.at(-1)
      if (step.heard && last !== undefined) reader.hear(last)
      return
    }
    case 'hear': {
      const change = store.announced[step.which % Math.max(1, store.announced.length)]
      if (change !== undefined) reader.hear(change)
      return
    }
    case 'begin':
      return reader.begin()
    case 'ask':
      return reader.ask(store, step.limit)
    case 'arrive':
      return reader.arrive()
  }
}

describe('StreamCursor, whatever happens', () => {
  it('ends in the state of a fresh read, after any interleaving of commits, announcements, repeats, losses and reads', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 0, max: 4 }), (steps, heldMax) => {
        const store = new Store()
        const reader = new Reader(heldMax)
        for (const each of steps) {
          perform(each, store, reader)
          expect(reader.cursor.heldCount).toBeLessThanOrEqual(heldMax)
          expect(reader.cursor.seq).toBeLessThanOrEqual(store.head)
          // At every moment: all that the cursor claims to know is known.
          const claimed = store.changes(0, THINGS).changes.filter((change) => change.changed_seq <= reader.cursor.seq)
          for (const change of claimed) expect(reader.state.get(change.thing)).toEqual(change)
        }
        // The relay tells the head at last: whoever is behind reads to it.
        let rounds = 0
        while (reader.cursor.seq < store.head || reader.cursor.reading) {
          expect(++rounds).toBeLessThan(1_000)
          reader.begin()
          reader.ask(store, 2)
          reader.arrive()
        }
        const fresh = new Map(store.changes(0, THINGS).changes.map((change) => [change.thing, change]))
        expect(reader.state).toEqual(fresh)
      }),
      { numRuns: 500 },
    )
  })

  it('needs no read while changes arrive in order, repeats or not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ thing: fc.nat({ max: THINGS - 1 }), repeats: fc.nat({ max: 3 }) })),
        (commits) => {
          const store = new Store()
          const reader = new Reader(0)
          for (const { thing, repeats } of commits) {
            store.commit(thing, false)
            const last = store.announced.at(-1)
            for (let times = 0; last !== undefined && times <= repeats; times++) reader.hear(last)
          }
          expect(reader.readDue).toBe(false)
          expect(reader.applied).toBe(commits.length)
        },
      ),
    )
  })

  it('asks for a read whenever something is missing and something later is known', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (heardFlags) => {
        const store = new Store()
        const reader = new Reader(3)
        for (const heard of heardFlags) {
          store.commit(0, false)
          const last = store.announced.at(-1)
          if (heard && last !== undefined) reader.hear(last)
        }
        const firstMissed = heardFlags.indexOf(false)
        expect(reader.readDue).toBe(firstMissed !== -1 && heardFlags.lastIndexOf(true) > firstMissed)
      }),
    )
  })
})
