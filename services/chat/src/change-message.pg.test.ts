/** Changes of messages as the gateway asks for them: who may, what is told, and how often. */
import {
  channelStream,
  type Caller,
  type ChangeFrame,
  type Failure,
  type Message,
  type Role,
} from '@glasshouse/contracts'
import { newId, systemClock, type AuthSessionId, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './adapters/index.ts'
import type { UserRecord } from './application/ports.ts'
import { createChat, LOBBY_ID, type Chat } from './index.ts'

let database: TestDatabase
let chat: Chat
let passedMs = 0
const known = new Map<UserId, UserRecord>()

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  chat = createChat({
    ...createPostgresChatPorts(database.pool, () => undefined),
    fetchUsers: async (ids) => ids.flatMap((id) => known.get(id) ?? []),
    clock: { nowMs: () => systemClock.nowMs(), monotonicMs: () => passedMs },
    settings: {
      lobbyAccess: 'read',
      lobbyRateLimit: { count: 10_000, windowS: 10 },
      channelRateLimit: { count: 10_000, windowS: 10 },
      newAccountRateLimit: { count: 3, windowS: 10 },
      changeRateLimit: { count: 20, windowS: 10 },
    },
    log: () => undefined,
  })
  for (const service of chat.services) await service.run()
})
afterAll(async () => {
  for (const service of chat.services.toReversed()) await service.drain()
  await database?.drop()
})

function person(username: string, role: Role = 'user'): Caller {
  const userId = newId<UserId>()
  const shown = { username, displayName: username.toUpperCase() }
  known.set(userId, { ...shown, id: userId, bot: false, role, state: 'active', accountCreatedAtMs: 0, version: 1 })
  return {
    ...shown,
    userId,
    role,
    sessionId: newId<AuthSessionId>(),
    door: 'token',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  }
}

type Asked = { readonly emoji?: string; readonly content?: string }

/** Calls a verb of one message, as the gateway does after its checks. */
async function ask(
  verb: string,
  caller: Caller | undefined,
  message: { readonly channel_id: string; readonly id: string },
  { emoji = '', content = '' }: Asked = {},
): Promise<Result<{ readonly status: number; readonly body?: unknown }, Failure>> {
  const [method, path = ''] = verb.split(' ')
  const wanted = `/channels/{channel_id}/messages/{message_id}${path}`
  const endpoint = chat.endpoints.find(({ route }) => route.method === method && route.path === wanted)
  if (endpoint === undefined) throw new Error(`chat has no ${verb}`)
  const params = { channel_id: message.channel_id, message_id: message.id, emoji }
  const door = { address: '::1', userAgent: '', cookie: undefined, requestId: newId() }
  return endpoint.handle({ caller, params, query: {}, body: { content }, ...door } as never)
}

const times = (count: number, code: string): string[] => Array.from({ length: count }, () => code)
const codeOf = (result: Result<unknown, Failure>): string => (result.ok ? 'ok' : result.error.code)

async function send(caller: Caller, content: string, more: object = {}, channelId: ChannelId = room): Promise<Message> {
  const sent = await chat.sendMessage(caller, { channel_id: channelId, content, ...more })
  if (!sent.ok) throw new Error(sent.error.code)
  if (sent.value.message.status !== 'visible') throw new Error('it was held')
  return sent.value.message
}

const REACTION = '/reactions/{emoji}'
const owner = person('owner')
const [ann, ben, admin, guest] = [person('ann'), person('ben'), person('root', 'admin'), person('gus', 'guest')]
let room: ChannelId

beforeEach(async () => {
  passedMs += 60_000
  const create = chat.endpoints.find(({ route }) => route.method === 'POST' && route.path === '/channels')
  const body = { type: 'public', name: `room ${newId()}` }
  const created = await create?.handle({ caller: owner, body, params: {}, query: {} } as never)
  if (created?.ok !== true) throw new Error('no room was made')
  room = (created.value.body as { id: ChannelId }).id
})

describe('who may', () => {
  test('MC-2, MC-3: edit their own; delete their own, or moderate the channel, or any public one', async () => {
    const message = await send(ann, 'hello')
    const edit = { content: 'hello, all' }
    const may = async (verb: string, callers: readonly (Caller | undefined)[], asked: Asked = {}) => {
      const answers = []
      for (const caller of callers) answers.push(codeOf(await ask(verb, caller, message, asked)))
      return answers
    }
    const everybody = [undefined, guest, ben, owner, admin, ann]
    const refused = ['auth.required', 'not_found']
    expect(await may('PATCH', everybody, edit)).toEqual([...refused, ...times(3, 'permission.denied'), 'ok'])
    expect(await may('GET /edits', everybody)).toEqual([
      ...refused,
      'permission.denied',
      'ok',
      'ok',
      'permission.denied',
    ])
    expect(await may(`PUT ${REACTION}`, everybody, { emoji: '👍' })).toEqual([...refused, ...times(4, 'ok')])
    expect(await may('PUT /pin', everybody)).toEqual([...refused, ...times(4, 'ok')])
    expect(await may('DELETE', [undefined, guest, ben])).toEqual([...refused, 'permission.denied'])
    for (const caller of [ann, owner, admin]) {
      const one = await send(ann, 'hello')
      expect(await ask('DELETE', caller, one)).toEqual({ ok: true, value: { status: 204 } })
      // The first answer may have been lost.
      expect(codeOf(await ask('DELETE', caller, one))).toBe('ok')
      expect(codeOf(await ask('DELETE', ben, one))).toBe('permission.denied')
      for (const verb of ['GET', 'GET /edits', 'GET /thread', 'PUT /pin']) {
        expect(codeOf(await ask(verb, owner, one))).toBe('not_found')
      }
    }
  })

  test('AC-1: a guest reads the Lobby, and changes nothing there', async () => {
    const message = await send(ann, 'welcome', {}, LOBBY_ID)
    for (const verb of ['PATCH', 'DELETE', 'PUT /pin', `PUT ${REACTION}`]) {
      expect(codeOf(await ask(verb, guest, message, { emoji: '👍', content: 'x' }))).toBe('permission.denied')
    }
  })

  test('MC-1: a message is found in its own channel only', async () => {
    const message = { ...(await send(ann, 'hello')), channel_id: LOBBY_ID }
    expect(codeOf(await ask('PATCH', ann, message, { content: 'x' }))).toBe('not_found')
    expect(codeOf(await ask('DELETE', ann, { ...message, id: newId() }))).toBe('not_found')
  })
})

test('MS-2, RX-1: what is no text, or no emoji, is refused with its field', async () => {
  const message = await send(ann, 'hello')
  expect(await ask('PATCH', ann, message, { content: ' \u200b' })).toMatchObject({
    ok: false,
    error: { path: 'content' },
  })
  for (const emoji of ['x', ':tada:', '👍👍']) {
    expect(await ask(`PUT ${REACTION}`, ann, message, { emoji })).toMatchObject({ ok: false, error: { path: 'emoji' } })
    expect(codeOf(await ask(`DELETE ${REACTION}`, ann, message, { emoji }))).toBe('ok')
  }
})

test('MC-4: each change is announced at its place, once, as readers find it', async () => {
  const told: ChangeFrame[] = []
  const root = await send(ann, 'root')
  const reply = await send(ben, 'reply', { thread_id: root.id })
  const stop = chat.streams.onChange((change) => change.stream === channelStream(room) && told.push(change))
  await ask('PATCH', ann, root, { content: 'the root' })
  // A keyboard that leaves out U+FE0F means the same.
  await ask(`PUT ${REACTION}`, ben, root, { emoji: '\u2764' })
  await ask(`PUT ${REACTION}`, ben, root, { emoji: '\u2764\uFE0F' })
  await ask('PUT /pin', ben, root)
  await ask(`DELETE ${REACTION}`, ben, root, { emoji: '\u2764' })
  await ask('DELETE', ben, reply)
  await ask('DELETE', ann, root)
  stop()
  const from = reply.seq
  expect(told).toMatchObject([
    { type: 'message_updated', id: root.id, changed_seq: from + 1, content: 'the root', reply_count: 1 },
    {
      type: 'reaction_changed',
      changed_seq: from + 2,
      reactions: [{ emoji: '\u2764\uFE0F', count: 1, usernames: ['ben'] }],
    },
    { type: 'message_updated', changed_seq: from + 3, pinned_by: 'ben' },
    { type: 'reaction_changed', changed_seq: from + 4, reactions: [] },
    { type: 'message_deleted', id: reply.id, changed_seq: from + 5, user_id: ben.userId, thread_id: root.id },
    { type: 'message_updated', id: root.id, changed_seq: from + 6 },
    { type: 'message_deleted', id: root.id, changed_seq: from + 7, username: 'ann', timestamp: root.timestamp },
  ])
  expect(told[5]).not.toHaveProperty('reply_count')
  expect(told[6]).not.toHaveProperty('content')
  const page = await chat.streams.changes(channelStream(room), from, 100)
  expect(page.changes).toEqual([told[4], told[6]])
})

test('MC-5: changes of one person are counted together, and refused with the time to wait', async () => {
  const message = await send(ann, 'hello')
  for (let count = 0; count < 20; count++) {
    expect(codeOf(await ask(count % 2 === 0 ? 'PUT /pin' : 'DELETE /pin', ann, message))).toBe('ok')
  }
  const refused = await ask('PATCH', ann, message, { content: 'x' })
  expect(refused).toMatchObject({ ok: false, error: { code: 'message.changed_too_often', retryAfterMs: 10_000 } })
  expect(codeOf(await ask('PUT /pin', ben, message))).toBe('ok')
  passedMs += 10_000
  expect(codeOf(await ask('PATCH', ann, message, { content: 'x' }))).toBe('ok')
})
