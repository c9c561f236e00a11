import { channelStream, type StreamName } from '@glasshouse/contracts'
import { newId, type AuthSessionId, type ChannelId, type LiveSessionId, type UserId } from '@glasshouse/kernel'
import { describe, expect, it } from 'vitest'
import type { LiveSessionStore, StoredLiveSession } from './live-session-store.ts'

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

/** What every store of live sessions must do. Users and ids are new in each test: the store may be shared. */
export function liveSessionStoreContract(store: () => LiveSessionStore): void {
  const session = (more: Partial<StoredLiveSession> = {}): StoredLiveSession => ({
    id: newId<LiveSessionId>(),
    userId: newId<UserId>(),
    authSessionId: newId<AuthSessionId>(),
    positions: new Map(),
    detachedAtMs: undefined,
    ...more,
  })
  const write = (...sessions: StoredLiveSession[]): Promise<void> =>
    store().write({ sessions, usersWithMore: [], sessionsPerUserMax: 1 })
  const found = async (...sessions: { readonly id: LiveSessionId }[]): Promise<StoredLiveSession[]> => {
    const all = await store().find(sessions.map(({ id }) => id))
    return sessions.map(({ id }) => all.find((each) => each.id === id)).filter((each) => each !== undefined)
  }
  const positions = (...seqs: number[]): Map<StreamName, number> =>
    new Map(seqs.map((seq) => [channelStream(newId<ChannelId>()), seq]))

  describe('find and write', () => {
    it('gives back what was written, each field as it was, and nothing for an id that it does not know', async () => {
      const held = session({ positions: positions(0, 7, Number.MAX_SAFE_INTEGER) })
      const left = session({ detachedAtMs: NOW_MS })
      await write(held, left)
      expect(await found(held, session(), left)).toEqual([held, left])
    })

    it('replaces what was there: positions, sign-in, and whether a socket holds it', async () => {
      const first = session({ positions: positions(1, 2), detachedAtMs: NOW_MS })
      await write(first)
      const again = {
        ...first,
        authSessionId: newId<AuthSessionId>(),
        positions: positions(9),
        detachedAtMs: undefined,
      }
      await write(again)
      expect(await found(first)).toEqual([again])
    })

    it("never gives a user's session to another user", async () => {
      const mine = session({ positions: positions(3) })
      await write(mine)
      await write({ ...mine, userId: newId<UserId>(), positions: positions(1) })
      expect(await found(mine)).toEqual([mine])
    })

    it('keeps a session of a thousand streams, and a batch of hundreds', async () => {
      const many = session({ positions: positions(...Array.from({ length: 1_000 }, (_, index) => index)) })
      const others = Array.from({ length: 300 }, () => session({ positions: positions(5) }))
      await write(many, ...others)
      expect(await found(many, ...others)).toEqual([many, ...others])
    })

    it('takes an empty batch and an empty question', async () => {
      await write()
      expect(await store().find([])).toEqual([])
    })
  })

  describe('the bound per user', () => {
    it('removes the oldest of those users that are named: first what was left longest ago, last what is held', async () => {
      const userId = newId<UserId>()
      const [older, old, held] = [
        session({ userId, detachedAtMs: NOW_MS - 2_000 }),
        session({ userId, detachedAtMs: NOW_MS - 1_000 }),
        session({ userId }),
      ]
      const others = [session({ detachedAtMs: 1 }), session({ detachedAtMs: 2 })]
      await write(held, old, older, ...others)
      const fresh = session({ userId, detachedAtMs: NOW_MS })
      await store().write({ sessions: [fresh], usersWithMore: [userId], sessionsPerUserMax: 2 })
      expect(await found(older, old, held, fresh, ...others)).toEqual([held, fresh, ...others])
    })

    it('removes the older one of two that are alike', async () => {
      const userId = newId<UserId>()
      const first = session({ userId, id: newId<LiveSessionId>(1_000) })
      const second = session({ userId, id: newId<LiveSessionId>(2_000) })
      await store().write({ sessions: [second, first], usersWithMore: [userId], sessionsPerUserMax: 1 })
      expect(await found(first, second)).toEqual([second])
    })
  })

  describe('the end', () => {
    it('removes all that was opened with a sign-in that ended', async () => {
      const authSessionId = newId<AuthSessionId>()
      const [one, two, other] = [
        session({ authSessionId }),
        session({ authSessionId, detachedAtMs: NOW_MS }),
        session(),
      ]
      await write(one, two, other)
      await store().removeOfAuthSessions([authSessionId, newId<AuthSessionId>()])
      expect(await found(one, two, other)).toEqual([other])
    })

    it('detaches what a socket held, and leaves alone what was detached before', async () => {
      const [held, left] = [session({ positions: positions(4) }), session({ detachedAtMs: NOW_MS - 9_000 })]
      await write(held, left)
      await store().detachAll(NOW_MS)
      expect(await found(held, left)).toEqual([{ ...held, detachedAtMs: NOW_MS }, left])
    })

    it('removes what was detached before a time, and never what is held', async () => {
      const [held, older, newer] = [session(), session({ detachedAtMs: NOW_MS - 1 }), session({ detachedAtMs: NOW_MS })]
      await write(held, older, newer)
      await store().removeDetachedBefore(NOW_MS)
      expect(await found(held, older, newer)).toEqual([held, newer])
    })
  })
}
