import { newId, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA } from './index.ts'
import { createPostgresReminderStore } from './postgres-reminder-store.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
})
afterAll(() => database?.drop())

test('RM-4: what is done is let go when no replay reaches it any more', async () => {
  const store = createPostgresReminderStore(database.pool)
  const ada = newId<UserId>()
  const set = async (): Promise<MessageId> => {
    const reminder = { messageId: newId<MessageId>(), channelId: newId<ChannelId>(), remindAtMs: Date.now() + 60_000 }
    const added = await store.set(ada, reminder, { openMax: 10, open: 'all', replayedMax: 3 })
    if (!added.ok) throw new Error('it was refused')
    return reminder.messageId
  }
  const kept = async () => {
    const rows = await database.pool.query<{ message_id: MessageId }>(
      'select message_id from chat.reminders where user_id = $1 order by user_seq',
      [ada],
    )
    return rows.rows.map((row) => row.message_id)
  }
  const [done, waiting] = [await set(), await set()]
  await store.finish(ada, done)
  const after = [await set(), await set(), await set()]
  // Three places behind the head it can be told of still.
  expect(await kept()).toEqual([waiting, done, ...after])
  const last = await set()
  expect(await kept()).toEqual([waiting, ...after, last])
})
