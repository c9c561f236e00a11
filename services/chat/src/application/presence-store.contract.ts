import { newId, type UserId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import type { StatusText } from '../domain/custom-status.ts'
import type { Emoji } from '../domain/emoji.ts'
import { NO_RECORD } from '../domain/shown-presence.ts'
import type { PresenceStore } from './presence-ports.ts'

/** What presence relies on; run by every adapter of the port. */
export function presenceStoreContract(store: () => PresenceStore): void {
  const one = async (userId: UserId) => (await store().find([userId])).get(userId)

  test('PR-4: what is set is found, and replaced as a whole', async () => {
    const userId = newId<UserId>()
    expect(await one(userId)).toBeUndefined()
    const status = { emoji: '🌴' as Emoji, text: 'On holiday' as StatusText, untilMs: 2_000_000_000_123 }
    await store().save(userId, { status, doNotDisturbUntilMs: 2_000_000_000_456, lastSeenVisible: false })
    expect(await one(userId)).toEqual({
      status,
      doNotDisturbUntilMs: 2_000_000_000_456,
      lastSeenVisible: false,
      lastSeenAtMs: undefined,
    })
    const plain = { emoji: undefined, text: 'Back' as StatusText, untilMs: undefined }
    await store().save(userId, { status: plain, doNotDisturbUntilMs: undefined, lastSeenVisible: true })
    expect(await one(userId)).toEqual({ ...NO_RECORD, status: plain })
    await store().save(userId, NO_RECORD)
    expect(await one(userId)).toEqual(NO_RECORD)
  })

  test('PR-5: the last activity only grows, and leaves what was set alone', async () => {
    const [first, second] = [newId<UserId>(), newId<UserId>()]
    await store().save(first, { ...NO_RECORD, lastSeenVisible: false })
    await store().seen(
      new Map([
        [first, 2_000],
        [second, 5_000],
      ]),
    )
    await store().seen(
      new Map([
        [first, 1_000],
        [second, 6_000],
      ]),
    )
    await store().seen(new Map())
    const found = await store().find([first, second, newId<UserId>()])
    expect(found).toEqual(
      new Map([
        [first, { ...NO_RECORD, lastSeenVisible: false, lastSeenAtMs: 2_000 }],
        [second, { ...NO_RECORD, lastSeenAtMs: 6_000 }],
      ]),
    )
    await store().save(first, NO_RECORD)
    expect((await one(first))?.lastSeenAtMs).toBe(2_000)
  })

  test('PR-5: many write at once without waiting for each other in a circle', async () => {
    const people = Array.from({ length: 200 }, () => newId<UserId>())
    const rounds = Array.from({ length: 8 }, (_, round) =>
      store().seen(new Map((round % 2 === 0 ? people : people.toReversed()).map((id) => [id, 1_000 + round]))),
    )
    await Promise.all(rounds)
    const found = await store().find(people)
    expect(new Set([...found.values()].map(({ lastSeenAtMs }) => lastSeenAtMs))).toEqual(new Set([1_007]))
  })
}
