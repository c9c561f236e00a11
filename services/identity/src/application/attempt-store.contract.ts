/** What every AttemptStore does. Run by the store's own test, on a real database. */
import { describe, expect, test } from 'vitest'
import type { AttemptKeys, AttemptOutcome, AttemptStore } from './ports.ts'

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

export function attemptStoreContract(withStore: (work: (store: AttemptStore) => Promise<void>) => Promise<void>): void {
  const on = (work: (store: AttemptStore) => Promise<void>) => () => withStore(work)
  const settle = (store: AttemptStore, keys: AttemptKeys, outcome: AttemptOutcome, nowMs: number) =>
    store.settle(keys, { nowMs, sinceMs: nowMs - 1000, limit: 50 }, () => outcome)

  describe('AttemptStore', () => {
    test(
      'counts failures by account and by address',
      on(async (store) => {
        await settle(store, { account: 'a', address: 'x' }, 'failed', AT_MS)
        await settle(store, { account: 'a', address: 'y' }, 'failed', AT_MS + 1)
        await settle(store, { account: 'b', address: 'x' }, 'failed', AT_MS + 2)
        expect(await store.recent({ account: 'a', address: 'x' }, AT_MS - 1, 50)).toEqual({
          accountMs: [AT_MS + 1, AT_MS],
          addressMs: [AT_MS + 2, AT_MS],
        })
        expect(await store.recent({ account: 'a', address: 'x' }, AT_MS, 50)).toEqual({
          accountMs: [AT_MS + 1],
          addressMs: [AT_MS + 2],
        })
        expect(await store.recent({ account: 'a', address: 'x' }, AT_MS - 1, 1)).toEqual({
          accountMs: [AT_MS + 1],
          addressMs: [AT_MS + 2],
        })
      }),
    )

    test(
      'ID-24: a success forgets those of the account, what is refused changes nothing',
      on(async (store) => {
        await settle(store, { account: 'a', address: 'x' }, 'failed', AT_MS)
        await settle(store, { account: 'b', address: 'x' }, 'failed', AT_MS)
        await settle(store, { account: 'b', address: 'x' }, 'refused', AT_MS)
        await settle(store, { account: 'a', address: 'x' }, 'succeeded', AT_MS)
        expect(await store.recent({ account: 'a', address: 'x' }, 0, 50)).toEqual({ accountMs: [], addressMs: [AT_MS] })
        await store.forget('b')
        expect(await store.recent({ account: 'b', address: 'x' }, 0, 50)).toEqual({ accountMs: [], addressMs: [] })
      }),
    )

    test(
      'ID-22: attempts at once are decided one after the other',
      on(async (store) => {
        const outcomes = await Promise.all(
          Array.from({ length: 30 }, (_, index) =>
            // Some share the account, all share the address.
            store.settle(
              { account: `a${index % 3}`, address: 'x' },
              { nowMs: AT_MS + index, sinceMs: 0, limit: 50 },
              ({ addressMs }): AttemptOutcome => (addressMs.length < 10 ? 'failed' : 'refused'),
            ),
          ),
        )
        expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(10)
      }),
    )

    test(
      'ID-54: old ones are removed, some at a time',
      on(async (store) => {
        for (const atMs of [AT_MS, AT_MS + 1, AT_MS + 2]) {
          await settle(store, { account: 'a', address: 'x' }, 'failed', atMs)
        }
        expect(await store.removeBefore(AT_MS + 2, 1)).toBe(1)
        expect(await store.removeBefore(AT_MS + 2, 10)).toBe(1)
        expect(await store.removeBefore(AT_MS + 2, 10)).toBe(0)
        expect((await store.recent({ account: 'a', address: 'x' }, 0, 50)).accountMs).toEqual([AT_MS + 2])
      }),
    )
  })
}
