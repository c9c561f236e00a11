import { newId, type ClientId, type MessageId, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestChannel, messageLogContract, type StoresUnderTest } from '../application/message-log.contract.ts'
import type { MessageDraft } from '../application/ports.ts'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './index.ts'

let database: TestDatabase
let stores: StoresUnderTest

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  stores = createPostgresChatPorts(database.pool, () => undefined)
})
afterAll(() => database?.drop())

describe('the message log on PostgreSQL', () => {
  messageLogContract(() => stores)

  const draftIn = async (more: Partial<MessageDraft> = {}): Promise<MessageDraft> => {
    const userId = newId<UserId>()
    const channelId = await createTestChannel(stores.channels, userId)
    const id = newId<MessageId>()
    return { id, channelId, userId, clientId: undefined, threadId: undefined, content: 'x', ...more }
  }

  test('GC-4: a batch that breaks a rule of the tables is rejected as a whole', async () => {
    const draft = await draftIn({ clientId: newId<ClientId>() })
    const again = { ...draft, id: newId<MessageId>() }
    expect(await stores.messages.append([draft, again])).toMatchObject({ ok: false, error: { kind: 'rejected' } })
    expect(await stores.reader.head(draft.channelId)).toBe(2)
  })

  test('GC-3: a connection that is cut during the commit leaves it open what was stored', async () => {
    const draft = await draftIn()
    const pool = database.createPool({ connectionsMax: 1 })
    const cut = createPostgresChatPorts(pool, () => undefined).messages
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
    // Its commit waits behind this lock until it is cut.
    const holder = await database.pool.connect()
    await holder.query('begin; lock table chat.messages')
    const appended = cut.append([draft])
    const waiting = 'select 1 from pg_stat_activity where pid = $1 and wait_event_type = $2'
    while ((await holder.query(waiting, [rows[0]?.pid, 'Lock'])).rowCount === 0);
    await holder.query('select pg_terminate_backend($1)', [rows[0]?.pid])
    expect(await appended).toMatchObject({ ok: false, error: { kind: 'unavailable' } })
    await holder.query('rollback')
    holder.release()
  })

  test('ST-6: one outbox row for each change, in the transaction of the change', async () => {
    const draft = await draftIn()
    const other = { ...draft, id: newId<MessageId>(), userId: newId<UserId>() }
    await stores.messages.append([draft, other])
    const { rows } = await database.pool.query<{ version: number }>(
      `select version from chat.outbox where topic = 'channel-stream' and key = $1 order by id`,
      [draft.channelId],
    )
    // The channel, its creator, a message, a join, a message.
    expect(rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5])
  })

  test('GC-7: a plan from the time of an empty table still goes by the right indexes', async () => {
    await using fresh = await startTestDatabase()
    const migrated = await migrate(fresh.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
    if (!migrated.ok) throw new Error(migrated.error.message)
    const pool = fresh.createPool({ connectionsMax: 1 })
    const ports = createPostgresChatPorts(pool, () => undefined)
    const userId = newId<UserId>()
    const channelId = await createTestChannel(ports.channels, userId)
    const batch = (size: number): MessageDraft[] =>
      Array.from({ length: size }, () => ({
        id: newId<MessageId>(),
        channelId,
        userId,
        clientId: newId<ClientId>(),
        threadId: undefined,
        content: 'x',
      }))
    // The worst statistics that a plan can be made from: a channel has one row, and nobody will ever look again.
    await pool.query('alter table chat.messages set (autovacuum_enabled = off)')
    await ports.messages.append(batch(1))
    await pool.query('analyze chat.messages, chat.members, chat.channels, chat.channel_heads')
    await ports.messages.append(batch(1))
    for (let round = 0; round < 20; round++) await ports.messages.append(batch(500))

    const read = `select sum(idx_tup_read)::bigint as read from pg_stat_user_indexes where schemaname = 'chat' and relname = 'messages'`
    const tuplesRead = async (): Promise<number> => {
      await pool.query('select pg_stat_force_next_flush()')
      const { rows } = await pool.query<{ read: number }>(read)
      return rows[0]?.read ?? 0
    }
    const before = await tuplesRead()
    await ports.messages.append(batch(100))
    // Nobody's client_id is known, so there is nothing to read; walking the channel would be 10,000 for each message.
    expect((await tuplesRead()) - before).toBeLessThan(1_000)
  })
})
