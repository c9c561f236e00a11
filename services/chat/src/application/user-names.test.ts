import { newId, type UserId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import type { UserRecord } from './ports.ts'
import { UserNames } from './user-names.ts'

function user(username: string, version = 1, id = newId<UserId>()): UserRecord {
  const rest = { displayName: username, bot: false, role: 'user', state: 'active', accountCreatedAtMs: 0 }
  return { id, username, version, ...rest }
}

/** A replica that answers when it is let, with what it had when it was asked. */
function slowReplica(users: readonly UserRecord[]) {
  const asked: { readonly ids: readonly UserId[]; readonly answer: () => void }[] = []
  const find = (ids: readonly UserId[]): Promise<readonly UserRecord[]> =>
    new Promise((resolve) => {
      asked.push({ ids, answer: () => resolve(users.filter(({ id }) => ids.includes(id))) })
    })
  return { asked, find, upsert: async () => undefined }
}

test('US-3: the cache is bounded, and keeps whom it was asked for last', async () => {
  const users = ['a', 'b', 'c'].map((name) => user(name))
  const [a, b, c] = users.map(({ id }) => id) as [UserId, UserId, UserId]
  const replica = { find: async (ids: readonly UserId[]) => users.filter(({ id }) => ids.includes(id)) }
  const names = new UserNames({
    replica: { ...replica, upsert: async () => undefined },
    fetchUsers: async () => [],
    cachedUsersMax: 2,
    log: () => undefined,
  })
  await names.find(new Set([a, b]))
  expect(names.cached(a)).toMatchObject({ username: 'a' })
  await names.find(new Set([c]))
  expect([names.cached(a)?.username, names.cached(b), names.cached(c)?.username]).toEqual(['a', undefined, 'c'])
})

test('US-1: a read that began before an event does not undo it', async () => {
  const old = user('old')
  const replica = slowReplica([old])
  const names = new UserNames({ replica, fetchUsers: async () => [], cachedUsersMax: 10, log: () => undefined })
  const reading = names.find(new Set([old.id]))
  await names.onUserEvent({
    event_type: 'user_created',
    event_id: newId(),
    schema: 1,
    user_id: old.id,
    username: 'new',
    display_name: 'new',
    email: null,
    role: 'user',
    state: 'active',
    bot: false,
    account_created_at: '2026-01-01T00:00:00.000Z',
    version: 2,
    created_at: '2026-01-01T00:00:00.000Z',
  })
  replica.asked[0]?.answer()
  await reading
  expect(names.cached(old.id)).toMatchObject({ username: 'new' })
})
