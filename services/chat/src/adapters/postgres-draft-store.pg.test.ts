/** What is kept of emptied drafts, and for how long. */
import { newId, ok, type ChannelId, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DraftStore } from '../application/draft-ports.ts'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA } from './index.ts'
import { createPostgresDraftStore } from './postgres-draft-store.ts'

const REPLAYED_MAX = 4

let database: TestDatabase
let store: DraftStore
beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  store = createPostgresDraftStore(database.pool)
})
afterAll(() => database?.drop())

test('DR-6: an emptied one is let go when no replay reaches it any more, and what has text never', async () => {
  const ada = newId<UserId>()
  const [first, second, kept, busy] = Array.from({ length: 4 }, () => newId<ChannelId>()) as [
    ChannelId,
    ChannelId,
    ChannelId,
    ChannelId,
  ]
  const put = async (channelId: ChannelId, content: string): Promise<void> => {
    const draft = { channelId, threadId: undefined, content, open: 'all', replayedMax: REPLAYED_MAX } as const
    await store.put(ada, draft, () => ok('changed'))
  }
  const places = async (): Promise<readonly string[]> => {
    const text = 'select place_id from chat.drafts where user_id = $1 order by user_seq'
    return (await database.pool.query<{ place_id: string }>(text, [ada])).rows.map((row) => row.place_id)
  }
  await put(kept, 'stays')
  await put(first, 'a')
  await put(first, '')
  await put(second, 'b')
  await put(second, '')
  expect(await places()).toEqual([kept, first, second])
  await put(busy, 'c')
  await put(busy, '')
  // The first was emptied at place 3; this is place 7, and a device that is at place 2 may still ask.
  expect(await places()).toEqual([kept, first, second, busy])
  await put(busy, 'd')
  await put(busy, '')
  expect(await places()).toEqual([kept, second, busy])
})
