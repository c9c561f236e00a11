import { newId, type AuthSessionId, type LiveSessionId, type UserId } from '@glasshouse/kernel'
import { describe, expect, it } from 'vitest'
import { liveSessionStoreContract } from '../application/live-session-store.contract.ts'
import type { StoredLiveSession } from '../application/live-session-store.ts'
import { MemoryLiveSessionStore } from './memory-live-session-store.ts'

describe('live sessions in memory', () => {
  const store = new MemoryLiveSessionStore()
  liveSessionStoreContract(() => store)
})

describe('the bound of all sessions', () => {
  it('forgets first what was not written for longest', async () => {
    const store = new MemoryLiveSessionStore({ sessionsMax: 2 })
    const [a, b, c] = [1, 2, 3].map((): StoredLiveSession => ({
      id: newId<LiveSessionId>(),
      userId: newId<UserId>(),
      authSessionId: newId<AuthSessionId>(),
      positions: new Map(),
      detachedAtMs: undefined,
    }))
    for (const session of [a!, b!, a!, c!]) {
      await store.write({ sessions: [session], usersWithMore: [], sessionsPerUserMax: 10 })
    }
    expect((await store.find([a!.id, b!.id, c!.id])).map(({ id }) => id)).toEqual([a!.id, c!.id])
  })
})
