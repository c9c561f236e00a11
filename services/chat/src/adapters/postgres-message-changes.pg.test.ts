import { newId, ok, type MessageId, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mentionsContract } from '../application/mentions.contract.ts'
import { messageChangesContract } from '../application/message-changes.contract.ts'
import { personalStoreContract } from '../application/personal-store.contract.ts'
import { readStateStoreContract, type ReadingStoresUnderTest } from '../application/read-state-store.contract.ts'
import { createTestChannel } from '../application/message-log.contract.ts'
import type { MessageContent } from '../domain/message-content.ts'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './index.ts'

let database: TestDatabase
let stores: ReadingStoresUnderTest

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  stores = createPostgresChatPorts(database.pool, () => undefined)
})
afterAll(() => database?.drop())

describe('mentions on PostgreSQL', () => {
  mentionsContract(() => stores)
})

describe('what people keep, on PostgreSQL', () => {
  personalStoreContract(() => stores)
})

describe('how far people have read, on PostgreSQL', () => {
  readStateStoreContract(() => stores)
})

describe('changing messages on PostgreSQL', () => {
  messageChangesContract(() => stores)

  test('MC-3: nothing in any table tells what a deleted message said; ST-6: one outbox row for each place', async () => {
    const userId = newId<UserId>()
    const channelId = await createTestChannel(stores.channels, userId)
    const ids = [newId<MessageId>(), newId<MessageId>()] as const
    const draft = { channelId, userId, clientId: undefined }
    await stores.messages.append([{ ...draft, id: ids[0], threadId: undefined, content: 'root' }])
    await stores.messages.append([{ ...draft, id: ids[1], threadId: ids[0], content: 'a very secret word' }])
    const target = { channelId, messageId: ids[1], userId }
    const content = 'another secret word' as MessageContent
    await stores.messageChanges.change(target, () => ok({ kind: 'edit', content, mentionNames: [] } as const))
    await stores.messageChanges.change(target, () => ok({ kind: 'delete' } as const))

    const tables = await database.pool.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'chat'`,
    )
    const hash = `select encode(sha256(convert_to($1 || E'\\n' || 'a very secret word', 'UTF8')), 'hex') as hex`
    const { rows: hashes } = await database.pool.query<{ hex: string }>(hash, [ids[0]])
    for (const { name } of tables.rows) {
      const { rows } = await database.pool.query<{ row: string }>(`select t::text as row from chat.${name} t`)
      for (const { row } of rows) {
        expect(row).not.toContain('secret')
        expect(row).not.toContain(hashes[0]?.hex)
      }
    }
    const told = await database.pool.query<{ version: number }>(
      'select version from chat.outbox where key = $1 order by id',
      [channelId],
    )
    // The channel, its creator, two messages, an edit, a deletion and the root with one reply less.
    expect(told.rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })
})
