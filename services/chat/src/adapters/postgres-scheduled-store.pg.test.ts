/** Who has a message in hand, and what may be done with it meanwhile, where no worker interferes. */
import { newId, type ChannelId, type ClientId, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NewScheduled, ScheduledStore } from '../application/later-ports.ts'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA } from './index.ts'
import { createPostgresScheduledStore } from './postgres-scheduled-store.ts'

const HOUR_MS = 3_600_000
const BOUNDS = { keptMax: 10, replayedMax: 10_000 }

let database: TestDatabase
let store: ScheduledStore
beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  store = createPostgresScheduledStore(database.pool)
})
afterEach(() => database.pool.query('truncate chat.scheduled_messages'))
afterAll(() => database?.drop())

const planned = (content: string, sendAtMs: number, channelId = newId<ChannelId>()): NewScheduled => ({
  id: newId<ClientId>(),
  channelId,
  threadId: undefined,
  content,
  sendAtMs,
})
const lease = (leaseMs = HOUR_MS) => store.lease({ limit: 50, leaseMs })
const textsOf = (leased: readonly { readonly content: string }[]) => leased.map(({ content }) => content)
const runOut = () =>
  database.pool.query(`
    update chat.scheduled_messages set leased_until = leased_until - interval '1 day' where leased_until is not null`)

test('SC-2: what waits for a rate limit can be changed and cancelled, and is not taken up before its time', async () => {
  const ada = newId<UserId>()
  const one = planned('one', Date.now() - 1_000)
  await store.add(ada, one, BOUNDS)
  const [leased] = await lease()
  if (leased === undefined) throw new Error('nothing was due')
  expect(await store.change(ada, one.id, { kind: 'cancel' })).toMatchObject({ ok: false, error: 'sending' })
  await store.postpone(leased, HOUR_MS)
  expect(await lease()).toEqual([])
  const changed = await store.change(ada, one.id, { kind: 'wait', content: 'better' })
  expect(changed).toMatchObject({ ok: true, value: { content: 'better', state: 'waiting' } })
  expect(textsOf(await lease())).toEqual(['better'])
})

test('SC-2, SC-3: whose lease ran out is in hand until another takes it up, and changes nothing any more', async () => {
  const ada = newId<UserId>()
  const one = planned('one', Date.now() - 1_000)
  await store.add(ada, one, BOUNDS)
  const [first] = await lease()
  await runOut()
  expect(await store.change(ada, one.id, { kind: 'cancel' })).toMatchObject({ ok: false, error: 'sending' })
  const [second] = await lease()
  if (first === undefined || second === undefined) throw new Error('nothing was due')
  expect(await store.settle(first, { state: 'sent' })).toBeUndefined()
  await store.postpone(first, 0)
  expect(await store.change(ada, one.id, { kind: 'cancel' })).toMatchObject({ ok: false, error: 'sending' })
  expect(await store.settle(second, { state: 'failed', reason: 'not_found' })).toMatchObject({ state: 'failed' })
  expect(await store.settle(second, { state: 'sent' })).toBeUndefined()
  expect((await store.list(ada, 10)).scheduled).toMatchObject([{ state: 'failed', content: 'one' }])
})

test('SC-3: one that waits holds back what comes after it in its channel, and nothing else', async () => {
  const [ada, ben] = [newId<UserId>(), newId<UserId>()]
  const channelId = newId<ChannelId>()
  const startMs = Date.now() - 60_000
  const two = planned('two', startMs + 2, channelId)
  const one = planned('one', startMs + 1, channelId)
  for (const each of [two, one, planned('elsewhere', startMs + 3)]) await store.add(ada, each, BOUNDS)
  await store.add(ben, planned('of another', startMs + 4, channelId), BOUNDS)
  const leased = await lease()
  expect(textsOf(leased)).toEqual(['one', 'two', 'elsewhere', 'of another'])
  const [first, second] = leased
  if (first === undefined || second === undefined) throw new Error('nothing was due')
  await store.postpone(first, HOUR_MS)
  await store.postpone(second, 0)
  expect(await lease()).toEqual([])
  await store.change(ada, one.id, { kind: 'cancel' })
  expect(textsOf(await lease())).toEqual(['two'])
})

test('SC-3: what a server left in its hand is taken up, though one before it waits', async () => {
  const ada = newId<UserId>()
  const channelId = newId<ChannelId>()
  const one = planned('one', Date.now() - 2_000, channelId)
  const two = planned('two', Date.now() - 1_000, channelId)
  for (const each of [one, two]) await store.add(ada, each, BOUNDS)
  const [first] = await lease()
  if (first === undefined) throw new Error('nothing was due')
  await store.postpone(first, HOUR_MS)
  await runOut()
  expect(textsOf(await lease())).toEqual(['two'])
})

test('SC-1: once more with its client_id is the same only while it waits, unchanged', async () => {
  const ada = newId<UserId>()
  const one = planned('one', Date.now() + HOUR_MS)
  const again = (more: Partial<NewScheduled>) => store.add(ada, { ...one, ...more }, BOUNDS)
  expect(await again({})).toMatchObject({ ok: true, value: { isNew: true } })
  expect(await again({})).toMatchObject({ ok: true, value: { isNew: false } })
  for (const other of [{ content: 'two' }, { sendAtMs: one.sendAtMs + 1 }, { channelId: newId<ChannelId>() }]) {
    expect(await again(other)).toEqual({ ok: false, error: 'conflict' })
  }
  await store.change(ada, one.id, { kind: 'cancel' })
  expect(await again({ content: '' })).toEqual({ ok: false, error: 'conflict' })
  expect(await again({})).toEqual({ ok: false, error: 'conflict' })
})

test('SC-5: what is over is let go when no replay reaches it any more', async () => {
  const ada = newId<UserId>()
  const count = async () => (await database.pool.query('select from chat.scheduled_messages')).rowCount
  const add = (content: string) => {
    const scheduled = planned(content, Date.now() + HOUR_MS)
    return store.add(ada, scheduled, { keptMax: 10, replayedMax: 4 }).then(() => scheduled)
  }
  const kept = await add('waits at place 1')
  const over = await add('cancelled at place 3')
  await store.change(ada, over.id, { kind: 'cancel' })
  for (const place of [4, 5, 6, 7]) await add(`waits at place ${place}`)
  expect(await count()).toBe(6)
  await add('waits at place 8, four after the cancelled one')
  expect(await count()).toBe(6)
  expect((await store.list(ada, 10)).scheduled.map(({ id }) => id)).toContain(kept.id)
})

test('SC-3: a lease of before the clock was stepped back has run out, and holds nothing back', async () => {
  const [ada, lobby] = [newId<UserId>(), newId<ChannelId>()]
  await store.add(ada, planned('first', Date.now() - 2_000, lobby), BOUNDS)
  expect(textsOf(await lease(15_000))).toEqual(['first'])
  await store.add(ada, planned('second', Date.now() - 1_000, lobby), BOUNDS)
  expect(textsOf(await lease(15_000))).toEqual([])
  await database.pool.query(`update chat.scheduled_messages set leased_until = leased_until + interval '1 hour'`)
  expect(textsOf(await lease(15_000))).toEqual(['first', 'second'])
})
