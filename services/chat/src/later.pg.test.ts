/** What is due is done once: by two servers side by side, and by one that takes over from one that died. */
import { REMINDERS_MAX, userStream, type Caller, type ChangeFrame } from '@glasshouse/contracts'
import { newId, pause, systemClock, type AuthSessionId, type ChannelId, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './adapters/index.ts'
import { createChat, type Chat } from './index.ts'

let database: TestDatabase
let servers: Chat[]
const disabled = new Set<UserId>()
/** How often it was asked about people; each second answer is slow, while they are to be uneven. */
let asked = 0
let isUneven = false

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  servers = Array.from({ length: 2 }, () =>
    createChat({
      ...createPostgresChatPorts(database.pool, () => undefined),
      fetchUsers: async (ids) => {
        if (isUneven && asked++ % 2 === 0) await pause(50)
        return ids.map((id) => {
          const state = disabled.has(id) ? 'disabled' : 'active'
          const names = { id, username: id, displayName: id }
          return { ...names, role: 'user', bot: false, state, accountCreatedAtMs: 0, version: 1 }
        })
      },
      clock: systemClock,
      settings: {
        lobbyAccess: 'read',
        lobbyRateLimit: { count: 1_000, windowS: 10 },
        channelRateLimit: { count: 1_000, windowS: 10 },
        newAccountRateLimit: { count: 3, windowS: 10 },
        changeRateLimit: { count: 1_000, windowS: 10 },
      },
      log: () => undefined,
    }),
  )
  for (const { services } of servers) for (const service of services) await service.run()
})
afterAll(async () => {
  for (const { services } of servers ?? []) for (const service of services.toReversed()) await service.drain()
  await database?.drop()
})

function person(): Caller {
  const userId = newId<UserId>()
  const more = { role: 'user', sessionId: newId<AuthSessionId>(), door: 'token' } as const
  return { userId, username: userId, displayName: userId, ...more, expiresAtMs: Number.MAX_SAFE_INTEGER }
}

/** What the answers have that are looked into here. */
interface Answered {
  readonly id: string
  readonly content: string
  readonly state: string
  readonly reason?: { readonly code: string }
  readonly items: readonly Answered[]
}

async function call(caller: Caller, name: string, params: object, body?: object): Promise<Answered> {
  const endpoint = servers[0]?.endpoints.find(({ route }) => `${route.method} ${route.path}` === name)
  const request = { caller, params, query: {}, body, address: '::1', userAgent: '', cookie: undefined }
  const answer = await endpoint?.handle({ ...request, requestId: newId() })
  if (answer?.ok !== true) throw new Error(`${name}: ${JSON.stringify(answer?.error)}`)
  return answer.value.body as Answered
}

const room = async (owner: Caller): Promise<ChannelId> =>
  (await call(owner, 'POST /channels', {}, { type: 'private', name: `room ${newId()}` })).id as ChannelId
const soon = (delayMs: number): string => new Date(Date.now() + delayMs).toISOString()
const schedule = (caller: Caller, channelId: ChannelId, content: string, delayMs: number) =>
  call(caller, 'POST /channels/{channel_id}/scheduled', { channel_id: channelId }, { content, send_at: soon(delayMs) })
const textsOf = async (caller: Caller, channelId: ChannelId): Promise<string[]> => {
  const params = { channel_id: channelId }
  const { items } = await call(caller, 'GET /channels/{channel_id}/messages', params)
  return items.map(({ content }) => content)
}
const kept = async (caller: Caller): Promise<readonly Answered[]> => (await call(caller, 'GET /scheduled', {})).items
async function until(look: () => Promise<unknown>, value: unknown): Promise<void> {
  await expect.poll(look, { timeout: 20_000, interval: 50 }).toEqual(value)
}

test('SC-3: of two servers one sends each message, and each is told once', async () => {
  const ada = person()
  const channelId = await room(ada)
  const told: ChangeFrame[] = []
  const stops = servers.map(({ streams }) =>
    streams.onChange((change) => void (change.stream === userStream(ada.userId) && told.push(change))),
  )
  const wanted = Array.from({ length: 40 }, (_, index) => `message ${index}`)
  for (const content of wanted) await schedule(ada, channelId, content, 300)
  await until(async () => (await kept(ada)).length, 0)
  expect((await textsOf(ada, channelId)).toSorted()).toEqual(wanted.toSorted())
  const states = told.flatMap((change) => (change.type === 'scheduled_changed' ? [change.state] : []))
  expect(states.filter((state) => state === 'sent')).toHaveLength(40)
  for (const stop of stops) stop()
})

test('SC-3: a server that died with a message in its hand is followed by another, whether it had sent it or not', async () => {
  const ada = person()
  const channelId = await room(ada)
  const ports = createPostgresChatPorts(database.pool, () => undefined)
  // It is due in an hour, and the server that dies is ahead of the others: they see it only when the lease is over.
  const before = await schedule(ada, channelId, 'died before it was sent', 3_600_000)
  const after = await schedule(ada, channelId, 'died before it was told', 3_600_000)
  await database.pool.query(
    `update chat.scheduled_messages set send_at = now(), leased_until = now() + interval '1 second' where user_id = $1`,
    [ada.userId],
  )
  expect(await ports.scheduled.lease({ limit: 10, leaseMs: 1_000 })).toEqual([])
  const first = await servers[0]?.sendMessage(ada, {
    channel_id: channelId,
    content: 'died before it was told',
    client_id: after.id,
  })
  expect(first?.ok).toBe(true)
  // In its hand it cannot be changed.
  const body = { content: 'too late' }
  await expect(call(ada, 'PATCH /scheduled/{scheduled_id}', { scheduled_id: before.id }, body)).rejects.toThrow(
    'scheduled.sending',
  )
  await until(async () => (await kept(ada)).length, 0)
  expect((await textsOf(ada, channelId)).toSorted()).toEqual(['died before it was sent', 'died before it was told'])
})

test('SC-4: who may write no longer gets it back, and it can wait again', async () => {
  const [ada, ben] = [person(), person()]
  const channelId = await room(ada)
  await call(ada, 'PUT /channels/{channel_id}/members/{user_id}', { channel_id: channelId, user_id: ben.userId })
  await schedule(ben, channelId, 'too late', 200)
  await call(ada, 'DELETE /channels/{channel_id}/members/{user_id}', { channel_id: channelId, user_id: ben.userId })
  await until(async () => (await kept(ben)).map(({ state, content }) => [state, content]), [['failed', 'too late']])
  const [failed] = await kept(ben)
  expect(failed?.reason?.code).toBe('not_found')
  await call(ada, 'PUT /channels/{channel_id}/members/{user_id}', { channel_id: channelId, user_id: ben.userId })
  await call(ben, 'PATCH /scheduled/{scheduled_id}', { scheduled_id: failed?.id }, { send_at: soon(100) })
  await until(() => textsOf(ada, channelId), ['too late'])

  const cyd = person()
  const own = await room(cyd)
  await schedule(cyd, own, 'from nobody', 100)
  disabled.add(cyd.userId)
  await until(async () => (await kept(cyd)).map(({ state }) => state), ['failed'])
})

test('SC-3: what one person has planned for one channel goes out in its order', async () => {
  const ada = person()
  const channelId = await room(ada)
  const wanted = Array.from({ length: 20 }, (_, index) => `message ${index}`)
  isUneven = true
  for (const content of wanted.toReversed()) await schedule(ada, channelId, content, 3_600_000)
  await database.pool.query(
    `update chat.scheduled_messages set send_at = now() - interval '1 s' + substr(content, 9)::integer * interval '1 ms'
     where user_id = $1`,
    [ada.userId],
  )
  await until(async () => (await kept(ada)).length, 0)
  isUneven = false
  // A page of history has the newest first.
  expect((await textsOf(ada, channelId)).toReversed()).toEqual(wanted)
})

test('SC-2: what waits for a rate limit can be changed and cancelled', async () => {
  const ada = person()
  const channelId = await room(ada)
  const rate_limit = { count: 1, window_s: 3_600 }
  await call(ada, 'PATCH /channels/{channel_id}', { channel_id: channelId }, { rate_limit })
  // Each server counts for itself.
  for (const server of servers) {
    expect(await server.sendMessage(ada, { channel_id: channelId, content: 'at once' })).toMatchObject({ ok: true })
  }
  const { id } = await schedule(ada, channelId, 'in time', 100)
  const query = 'select state, retry_at > now() as waits from chat.scheduled_messages where id = $1'
  const state = async () => (await database.pool.query<{ state: string; waits: boolean | null }>(query, [id])).rows
  await until(state, [{ state: 'waiting', waits: true }])
  const params = { scheduled_id: id }
  expect(await call(ada, 'PATCH /scheduled/{scheduled_id}', params, { content: 'better' })).toMatchObject({
    content: 'better',
    state: 'waiting',
  })
  await until(state, [{ state: 'waiting', waits: true }])
  await call(ada, 'DELETE /scheduled/{scheduled_id}', params)
  expect(await kept(ada)).toEqual([])
  expect(await textsOf(ada, channelId)).toEqual(['at once', 'at once'])
})

test('SC-4: what was sent before its author was put out is sent', async () => {
  const [ada, ben] = [person(), person()]
  const channelId = await room(ada)
  const member = { channel_id: channelId, user_id: ben.userId }
  for (const putOut of [
    () => call(ada, 'DELETE /channels/{channel_id}/members/{user_id}', member),
    () => disabled.add(ben.userId),
  ]) {
    await call(ada, 'PUT /channels/{channel_id}/members/{user_id}', member)
    const { id } = await schedule(ben, channelId, 'sent, and not told', 3_600_000)
    const body = { channel_id: channelId, content: 'sent, and not told', client_id: id }
    expect(await servers[0]?.sendMessage(ben, body)).toMatchObject({ ok: true })
    await putOut()
    await database.pool.query('update chat.scheduled_messages set send_at = now() where id = $1', [id])
    const query = 'select state, reason from chat.scheduled_messages where id = $1'
    const state = async () => (await database.pool.query<{ state: string; reason: string | null }>(query, [id])).rows
    await until(state, [{ state: 'sent', reason: null }])
  }
})

test('RM-2: of two servers one reminds, once; of a deleted message nobody', async () => {
  const ada = person()
  const channelId = await room(ada)
  const messages: Answered[] = []
  for (const content of ['one', 'two', 'three']) {
    messages.push(await call(ada, 'POST /channels/{channel_id}/messages', { channel_id: channelId }, { content }))
  }
  const told: string[] = []
  const stops = servers.map(({ streams }) =>
    streams.onChange((change) => {
      if (change.type === 'reminder_changed' && change.state === 'due') told.push(change.message_id)
    }),
  )
  const [first, second, third] = messages.map(({ id }) => id)
  for (const message_id of [first, second, third]) {
    const params = { channel_id: channelId, message_id }
    await call(ada, 'PUT /channels/{channel_id}/messages/{message_id}/reminder', params, { remind_at: soon(300) })
  }
  await call(ada, 'DELETE /channels/{channel_id}/messages/{message_id}', { channel_id: channelId, message_id: third })
  const states = async () => (await call(ada, 'GET /reminders', {})).items.map(({ state }) => state)
  await until(states, ['due', 'due'])
  await pause(100)
  expect(new Set(told)).toEqual(new Set([first, second]))
  expect(told).toHaveLength(2)
  await call(ada, 'DELETE /reminders/{message_id}', { message_id: first })
  await call(ada, 'DELETE /reminders/{message_id}', { message_id: first })
  expect(await states()).toEqual(['due'])
  for (const stop of stops) stop()
})

test('RM-1: what is deleted, or where one may read no more, takes no room', async () => {
  const [ada, ben] = [person(), person()]
  const [theirs, own] = [await room(ada), await room(ben)]
  const member = { channel_id: theirs, user_id: ben.userId }
  await call(ada, 'PUT /channels/{channel_id}/members/{user_id}', member)
  const send = async (who: Caller, channel_id: ChannelId, content: string) =>
    (await call(who, 'POST /channels/{channel_id}/messages', { channel_id }, { content })).id
  const sent = await Promise.all(Array.from({ length: REMINDERS_MAX }, (_, n) => send(ada, theirs, `message ${n}`)))
  const remind = (channel_id: ChannelId, message_id: string | undefined) => {
    const params = { channel_id, message_id }
    const remind_at = soon(3_600_000)
    return call(ben, 'PUT /channels/{channel_id}/messages/{message_id}/reminder', params, { remind_at })
  }
  for (const id of sent) await remind(theirs, id)
  const [first, second] = [await send(ben, own, 'one'), await send(ben, own, 'two')]
  await expect(remind(own, first)).rejects.toThrow('reminder.too_many')
  const gone = { channel_id: theirs, message_id: sent[0] }
  await call(ada, 'DELETE /channels/{channel_id}/messages/{message_id}', gone)
  await remind(own, first)
  await expect(remind(own, second)).rejects.toThrow('reminder.too_many')
  await call(ada, 'DELETE /channels/{channel_id}/members/{user_id}', member)
  await remind(own, second)
})
