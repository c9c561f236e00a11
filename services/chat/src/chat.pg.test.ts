import {
  channelStream,
  type Caller,
  type ChangeFrame,
  type Failure,
  type Role,
  type StreamName,
} from '@glasshouse/contracts'
import {
  newId,
  systemClock,
  type AuthSessionId,
  type ChannelId,
  type ClientId,
  type Result,
  type UserId,
} from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './adapters/index.ts'
import type { ChatPorts, UserRecord } from './application/ports.ts'
import { createChat, LOBBY_ID, type Chat, type ImportedMessage } from './index.ts'

/** A clock that stands until it is moved. */
class StandingClock {
  nowMs = (): number => systemClock.nowMs()
  passedMs = 0
  monotonicMs = (): number => this.passedMs
}

let database: TestDatabase
let clock: StandingClock
let known: Map<UserId, UserRecord>
let running: Chat[]

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
})
afterAll(() => database?.drop())

beforeEach(async () => {
  await database.pool.query(
    `truncate chat.channels, chat.channel_heads, chat.members, chat.messages, chat.message_reactions, chat.message_edits, chat.user_replica,
       chat.imported_channels, chat.outbox, chat.user_heads`,
  )
  clock = new StandingClock()
  known = new Map()
  running = []
})
afterEach(async () => {
  for (const chat of running) for (const service of chat.services.toReversed()) await service.drain()
})

function makeChat(more: Partial<ChatPorts> = {}): Chat {
  return createChat({
    ...createPostgresChatPorts(database.pool, () => undefined),
    fetchUsers: async (ids) => ids.flatMap((id) => known.get(id) ?? []),
    clock,
    settings: {
      lobbyAccess: 'read',
      lobbyRateLimit: { count: 5, windowS: 10 },
      channelRateLimit: { count: 50, windowS: 10 },
      newAccountRateLimit: { count: 3, windowS: 10 },
      changeRateLimit: { count: 60, windowS: 10 },
    },
    log: () => undefined,
    ...more,
  })
}

async function startChat(more: Partial<ChatPorts> = {}): Promise<Chat> {
  const chat = makeChat(more)
  for (const service of chat.services) await service.run()
  running.push(chat)
  return chat
}

function person(username: string, role: Role = 'user'): Caller {
  const userId = newId<UserId>()
  known.set(userId, {
    id: userId,
    username,
    displayName: username.toUpperCase(),
    bot: false,
    role,
    state: 'active',
    accountCreatedAtMs: 0,
    version: 1,
  })
  return {
    userId,
    username,
    displayName: username.toUpperCase(),
    role,
    sessionId: newId<AuthSessionId>(),
    door: 'token',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  }
}

function value<Value>(result: Result<Value, Failure>): Value {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value
}

function code(result: Result<unknown, Failure>): string | undefined {
  return result.ok ? undefined : result.error.code
}

async function openStream(chat: Chat, caller: Caller | undefined, stream: StreamName) {
  const [opened] = await chat.streams.openMany([{ caller, stream }])
  return opened!
}

interface Parts {
  readonly params?: object
  readonly query?: object
  readonly body?: object
}

/** Calls a route as the gateway does, after its checks. */
function call(chat: Chat, route: string, caller: Caller | undefined, parts: Parts = {}) {
  const [method, path] = route.split(' ')
  const endpoint = chat.endpoints.find(({ route: one }) => one.method === method && one.path === path)
  if (endpoint === undefined) throw new Error(`chat has no ${route}`)
  const request = { caller, params: {}, query: {}, body: undefined, address: '::1', userAgent: '', cookie: undefined }
  return endpoint.handle({ ...request, requestId: newId(), ...parts })
}

async function body<Body>(answer: Promise<Result<{ readonly status: number; readonly body?: unknown }, Failure>>) {
  return value(await answer).body as Body
}

async function createRoom(chat: Chat, caller: Caller, name = 'room'): Promise<ChannelId> {
  const created = await body<{ id: ChannelId }>(
    call(chat, 'POST /channels', caller, { body: { type: 'public', name } }),
  )
  return created.id
}

describe('channels', () => {
  test('CH-3: are created with their creator in them, and snapshots say where their stream is', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const answer = await call(chat, 'POST /channels', ann, {
      body: { type: 'public', name: ' General ', description: ' all ' },
    })
    expect(answer).toMatchObject({
      ok: true,
      value: {
        status: 201,
        body: {
          type: 'public',
          name: 'General',
          description: 'all',
          is_lobby: false,
          rate_limit: { count: 50, window_s: 10 },
          created_by: ann.userId,
          changed_seq: 1,
          joined: true,
          member_count: 1,
          seq: 2,
        },
      },
    })
    const { id } = await body<{ id: ChannelId }>(Promise.resolve(answer))
    const seen = await body<object>(
      call(chat, 'GET /channels/{channel_id}', person('ben'), { params: { channel_id: id } }),
    )
    expect(seen).toMatchObject({ id, joined: false, stream: channelStream(id), seq: 2 })
  })

  test('CH-2: a name is taken without regard to case, also when two ask at once', async () => {
    const chat = await startChat()
    const create = (name: string) => call(chat, 'POST /channels', person('ann'), { body: { type: 'public', name } })
    const both = await Promise.all([create('Plans'), create('plans')])
    expect(new Set(both.map(code))).toEqual(new Set(['channel.name_taken', undefined]))
    expect(code(await create('LOBBY'))).toBe('channel.name_taken')
    expect(await create('#plans')).toMatchObject({ ok: false, error: { code: 'request.invalid', path: 'name' } })
  })

  test('CH-4: the list is by name, in pages; a guest sees the Lobby alone', async () => {
    const chat = await startChat()
    const ann = person('ann')
    for (const name of ['zoo', 'Alps', 'moon']) await createRoom(chat, ann, name)
    const list = (caller: Caller | undefined, query: object = {}) => call(chat, 'GET /channels', caller, { query })
    const first = await body<{ items: { name: string }[]; next: string }>(list(ann, { limit: 3 }))
    expect(first.items.map(({ name }) => name)).toEqual(['Alps', 'lobby', 'moon'])
    const rest = await body<{ items: { name: string }[] }>(list(ann, { limit: 3, cursor: first.next }))
    expect(rest).toMatchObject({ items: [{ name: 'zoo' }], next: null })
    expect(await body(list(person('gus', 'guest')))).toMatchObject({
      items: [{ id: LOBBY_ID, is_lobby: true }],
      next: null,
    })
    expect(code(await list(undefined))).toBe('auth.required')
    expect(await list(ann, { cursor: 'x' })).toMatchObject({ ok: false, error: { path: 'cursor' } })
  })

  test('AC-1: who may read and send what', async () => {
    const open = await startChat()
    const off = await startChat({
      settings: {
        lobbyAccess: 'off',
        lobbyRateLimit: { count: 5, windowS: 10 },
        channelRateLimit: { count: 50, windowS: 10 },
        newAccountRateLimit: { count: 3, windowS: 10 },
        changeRateLimit: { count: 60, windowS: 10 },
      },
    })
    const room = await createRoom(open, person('ann'))
    const may = async (chat: Chat, caller: Caller | undefined, channelId: ChannelId) => {
      const params = { channel_id: channelId }
      const answers = [
        await call(chat, 'GET /channels/{channel_id}', caller, { params }),
        await call(chat, 'GET /channels/{channel_id}/messages', caller, { params }),
        await openStream(chat, caller, channelStream(channelId)),
        await chat.sendMessage(caller, { channel_id: channelId, content: 'hello' }),
      ]
      return answers.map((answer) => code(answer) ?? 'ok')
    }
    const guest = person('gus', 'guest')
    for (const role of ['admin', 'manager', 'user'] as const) {
      expect(await may(open, person(role, role), room)).toEqual(['ok', 'ok', 'ok', 'ok'])
    }
    expect(await may(open, guest, room)).toEqual(['not_found', 'not_found', 'live.unknown_stream', 'not_found'])
    expect(await may(open, guest, LOBBY_ID)).toEqual(['ok', 'ok', 'ok', 'permission.denied'])
    expect(await may(open, undefined, room)).toEqual(Array(4).fill('auth.required'))
    expect(await may(open, undefined, LOBBY_ID)).toEqual(['ok', 'ok', 'ok', 'auth.required'])
    expect(await may(off, undefined, LOBBY_ID)).toEqual(Array(4).fill('auth.required'))
    expect(await may(open, person('ben'), newId<ChannelId>())).toEqual([
      'not_found',
      'not_found',
      'live.unknown_stream',
      'not_found',
    ])
    expect(code(await openStream(open, person('ben'), 'channel:x' as StreamName))).toBe('live.unknown_stream')
  })
})

describe('sending', () => {
  test('GC-2: the join and the message are announced in order, before the sender is answered', async () => {
    const chat = await startChat()
    const [ann, ben] = [person('ann'), person('ben')]
    const room = await createRoom(chat, ann)
    const announced: ChangeFrame[] = []
    chat.streams.onChange((change) => announced.push(change))
    const clientId = newId<ClientId>()
    const sent = value(await chat.sendMessage(ben, { channel_id: room, content: 'hello', client_id: clientId }))
    expect(announced).toMatchObject([
      { type: 'member_changed', changed_seq: 3, user_id: ben.userId, username: 'ben', membership: 'joined' },
      { type: 'new_message', changed_seq: 4, seq: 4, content: 'hello', client_id: clientId, display_name: 'BEN' },
    ])
    expect(sent.repeated).toBe(false)
    expect(announced[1]).toEqual({ type: 'new_message', ...sent.message })
    // What was announced is what is read.
    const page = await chat.streams.changes(channelStream(room), 2, 100)
    expect(page).toEqual({ changes: announced, through: 4, head: 4 })
  })

  test('MS-2: what is no message is refused with its field, and counts for nothing', async () => {
    const chat = await startChat()
    const ann = person('ann')
    for (const content of [' ', 'a\0b', '\ud800', 'x'.repeat(10_001)]) {
      expect(await chat.sendMessage(ann, { channel_id: LOBBY_ID, content })).toMatchObject({
        ok: false,
        error: { code: 'request.invalid', path: 'content' },
      })
    }
    for (let count = 0; count < 5; count++) {
      value(await chat.sendMessage(ann, { channel_id: LOBBY_ID, content: 'x' }))
    }
    const broken = { channel_id: LOBBY_ID, content: 'x', client_id: 'no uuid' }
    expect(await chat.sendMessage(ann, broken)).toMatchObject({ ok: false, error: { path: 'client_id' } })
  })

  test('ST-4: the same client_id from everywhere at once makes one message', async () => {
    // Two instances on one database: as two processes would be, or one and its past.
    const chats = [await startChat(), await startChat()]
    const ann = person('ann')
    const room = await createRoom(chats[0] as Chat, ann)
    const request = { channel_id: room, content: 'once', client_id: newId<ClientId>() }
    const sends = Array.from({ length: 40 }, (_, index) => (chats[index % 2] as Chat).sendMessage(ann, request))
    const answers = (await Promise.all(sends)).map(value)
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(new Set(answers.map(({ message }) => JSON.stringify(message))).size).toBe(1)
    expect(code(await (chats[0] as Chat).sendMessage(ann, { ...request, content: 'twice' }))).toBe(
      'message.client_id_conflict',
    )
    const rest = await call(chats[0] as Chat, 'POST /channels/{channel_id}/messages', ann, {
      params: { channel_id: room },
      body: { content: 'once', client_id: request.client_id },
    })
    expect(rest).toMatchObject({ ok: true, value: { status: 200, body: answers[0]?.message } })
  })

  test('ST-5: no channel, no root, an archived channel: each its own answer', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const room = await createRoom(chat, ann)
    const send = (channelId: ChannelId, more: object = {}) =>
      chat.sendMessage(ann, { channel_id: channelId, content: 'x', ...more })
    expect(code(await send(newId<ChannelId>()))).toBe('not_found')
    expect(await send(room, { thread_id: newId() })).toMatchObject({
      ok: false,
      error: { code: 'message.thread_not_found', path: 'thread_id' },
    })
    const archived = await chat.importChannel({
      source: 'test',
      externalId: '1',
      name: 'old',
      description: '',
      createdAt: new Date(0),
      archived: true,
    })
    expect(code(await send(archived.channelId))).toBe('channel.archived')
  })

  test('GC-3: an outage is a failure to be tried again, never an answer', async () => {
    const pool = database.createPool({ connectionsMax: 1 })
    const chat = makeChat(createPostgresChatPorts(pool, () => undefined))
    const ann = person('ann')
    await database.pool.query('alter table chat.messages rename to gone')
    const refused = await chat.sendMessage(ann, { channel_id: LOBBY_ID, content: 'x' })
    expect(code(refused)).toBe('server.internal')
    await database.pool.query('alter table chat.gone rename to messages')
    await pool.end()
    const away = await chat.sendMessage(ann, { channel_id: LOBBY_ID, content: 'x' })
    expect(away).toMatchObject({ ok: false, error: { code: 'server.overloaded', retryAfterMs: 1_000 } })
  })
})

describe('rate limits', () => {
  const send = (chat: Chat, caller: Caller, more: { client_id?: string; content?: string; thread_id?: string } = {}) =>
    chat.sendMessage(caller, { channel_id: LOBBY_ID, content: 'x', ...more })

  test('RL-1: five in ten seconds in the Lobby, for each person, and it says when to go on', async () => {
    const chat = await startChat()
    const [ann, ben] = [person('ann'), person('ben')]
    for (let count = 0; count < 5; count++) {
      value(await send(chat, ann))
      clock.passedMs += 1_000
    }
    const refused = await send(chat, ann)
    expect(refused).toMatchObject({ ok: false, error: { code: 'message.rate_limited', retryAfterMs: 5_000 } })
    value(await send(chat, ben))
    const room = await createRoom(chat, ann)
    value(await chat.sendMessage(ann, { channel_id: room, content: 'elsewhere' }))
    clock.passedMs += 5_000
    value(await send(chat, ann))
    expect(code(await send(chat, ann))).toBe('message.rate_limited')
  })

  test('RL-1: sends at the same time cannot take the last place twice', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(chat, ann)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(5)
  })

  test('RL-2: a repeat of a known message is answered over the limit, and does not count below it', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const client_id = newId<ClientId>()
    const first = value(await send(chat, ann, { client_id }))
    for (let count = 0; count < 10; count++) expect(value(await send(chat, ann, { client_id })).repeated).toBe(true)
    for (let count = 0; count < 4; count++) value(await send(chat, ann))
    expect(code(await send(chat, ann))).toBe('message.rate_limited')
    const again = value(await send(chat, ann, { client_id }))
    expect(again).toEqual({ message: first.message, repeated: true })
    expect(code(await send(chat, ann, { client_id, content: 'other' }))).toBe('message.client_id_conflict')
    expect(code(await send(chat, ann, { client_id: newId<ClientId>() }))).toBe('message.rate_limited')
  })

  test('RL-3: what the store had to refuse counts, and what is no message, or none of that id, does not', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const client_id = newId<ClientId>()
    value(await send(chat, ann, { client_id }))
    for (let count = 0; count < 10; count++) {
      expect(code(await send(chat, ann, { content: '' }))).toBe('request.invalid')
      expect(code(await send(chat, ann, { client_id, content: 'other' }))).toBe('message.client_id_conflict')
    }
    for (let count = 0; count < 4; count++) {
      expect(code(await send(chat, ann, { thread_id: newId() }))).toBe('message.thread_not_found')
    }
    expect(code(await send(chat, ann))).toBe('message.rate_limited')
  })

  test('RL-4: holds across a restart', async () => {
    const ann = person('ann')
    const before = await startChat()
    for (let count = 0; count < 5; count++) value(await send(before, ann))
    const after = await startChat()
    const refused = await send(after, ann)
    expect(code(refused)).toBe('message.rate_limited')
    clock.passedMs += 10_000
    value(await send(after, ann))
  })

  test('RL-4, ST-2: after the clock was stepped back, a restart refuses for no more than a window, and times do not go back', async () => {
    const ann = person('ann')
    const before = await startChat()
    for (let count = 0; count < 5; count++) value(await send(before, ann))
    // As an hour ago, when the clock was an hour ahead.
    await database.pool.query(`update chat.messages set created_at = created_at + interval '1 hour'`)
    await database.pool.query(`update chat.channel_heads set last_at = last_at + interval '1 hour'`)
    const after = await startChat()
    expect(await send(after, ann)).toMatchObject({ ok: false, error: { retryAfterMs: 10_000 } })
    clock.passedMs += 10_000
    const { message } = value(await send(after, ann))
    const { rows } = await database.pool.query<{ last: Date }>('select max(created_at) as last from chat.messages')
    expect(new Date(message.timestamp)).toEqual(rows[0]?.last)
  })
})

describe('reading', () => {
  test('HI-3: pages of history meet, by seq and by time, with the stream and its seq', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const room = await createRoom(chat, ann)
    for (let count = 0; count < 7; count++)
      value(await chat.sendMessage(ann, { channel_id: room, content: `${count}` }))
    for (const range of [{}, { from: '2020-01-01T00:00:00Z', to: '2999-01-01 00:00:00 01:00' }]) {
      const seen: string[] = []
      let query: object = { limit: 3, ...range }
      for (;;) {
        const page = await body<{ items: { content: string }[]; next: string | null; seq: number; stream: string }>(
          call(chat, 'GET /channels/{channel_id}/messages', ann, { params: { channel_id: room }, query }),
        )
        expect(page).toMatchObject({ stream: channelStream(room), seq: 9 })
        seen.push(...page.items.map(({ content }) => content))
        if (page.next === null) break
        // The cursor alone carries the range.
        query = { limit: 3, cursor: page.next }
      }
      expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0'])
    }
    const bad = [
      { cursor: 'h1' },
      { from: 'yesterday' },
      { to: '2026-01-01' },
      { from: '2026-99-01T00:00:00Z' },
      // No day of the calendar, and no hour of the clock.
      { from: '2026-02-30T00:00:00Z' },
      { to: '2100-02-29T00:00:00Z' },
      { to: '2026-04-31T00:00:00Z' },
      { from: '2026-01-01T24:00:00Z' },
    ]
    for (const query of bad) {
      const answer = await call(chat, 'GET /channels/{channel_id}/messages', ann, {
        params: { channel_id: room },
        query,
      })
      expect(answer).toMatchObject({ ok: false, error: { code: 'request.invalid', path: Object.keys(query)[0] } })
    }
  })

  test('TH-2: a thread is its root and its replies, oldest first, asked for by any of them', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const room = await createRoom(chat, ann)
    const send = async (content: string, thread_id?: string) => {
      const request = { channel_id: room, content, ...(thread_id === undefined ? {} : { thread_id }) }
      return value(await chat.sendMessage(ann, request)).message
    }
    const root = await send('root')
    const replies = [await send('a', root.id), await send('b', root.id), await send('c', root.id)]
    const read = (messageId: string, query: object = {}) =>
      body<{ next: string; items: object[] }>(
        call(chat, 'GET /channels/{channel_id}/messages/{message_id}/thread', ann, {
          params: { channel_id: room, message_id: messageId },
          query,
        }),
      )
    const first = await read(replies[1]?.id ?? '', { limit: 2 })
    expect(first).toMatchObject({
      root: { id: root.id, reply_count: 3, last_reply_at: replies[2]?.timestamp },
      items: replies.slice(0, 2),
      stream: channelStream(room),
      seq: 6,
    })
    expect(await read(root.id, { limit: 2, cursor: first.next })).toMatchObject({ items: replies.slice(2), next: null })
    const one = call(chat, 'GET /channels/{channel_id}/messages/{message_id}', ann, {
      params: { channel_id: room, message_id: replies[0]?.id ?? '' },
    })
    expect(await body(one)).toEqual(replies[0])
  })
})

describe('names', () => {
  const update = (id: UserId, username: string, version: number) =>
    ({
      event_type: 'user_updated',
      event_id: newId(),
      schema: 1,
      user_id: id,
      username,
      display_name: username,
      email: null,
      role: 'user',
      state: 'active',
      bot: false,
      account_created_at: '2026-01-01T00:00:00.000Z',
      version,
      updated_at: '2026-01-01T00:00:00.000Z',
    }) as const

  test('US-1: events are kept by version, in the cache and in the replica', async () => {
    const chat = await startChat()
    const ann = person('ann')
    const room = await createRoom(chat, ann)
    value(await chat.sendMessage(ann, { channel_id: room, content: 'x' }))
    const shownBy = async (reader: Chat) => {
      const { changes } = await reader.streams.changes(channelStream(room), 2, 10)
      return changes.map((change) => ('username' in change ? change.username : undefined))
    }
    await chat.onUserEvent(update(ann.userId, 'anna', 3))
    await chat.onUserEvent(update(ann.userId, 'late', 2))
    expect(await shownBy(chat)).toEqual(['anna'])
    // Another instance has the replica only.
    known.clear()
    expect(await shownBy(await startChat())).toEqual(['anna'])
  })

  test('US-2: whom nobody knows is shown as unknown, and found again later', async () => {
    let broken = true
    const chat = await startChat({
      fetchUsers: async (ids) => {
        if (broken) throw new Error('identity is away')
        return ids.flatMap((id) => known.get(id) ?? [])
      },
    })
    const ann = person('ann')
    const room = await createRoom(chat, ann)
    value(await chat.sendMessage(ann, { channel_id: room, content: 'x' }))
    const read = async () => (await chat.streams.changes(channelStream(room), 2, 10)).changes
    expect(await read()).toMatchObject([{ username: 'unknown user', degraded: true }])
    broken = false
    const found = await read()
    expect(found).toMatchObject([{ username: 'ann', display_name: 'ANN' }])
    expect(found[0]).not.toHaveProperty('degraded')
  })
})

describe('between processes', () => {
  const imported = (externalId: string, more: Partial<ImportedMessage> = {}): ImportedMessage => ({
    externalId,
    userId: newId<UserId>(),
    content: externalId,
    createdAt: new Date(1_600_000_000_000),
    reactions: [],
    ...more,
  })

  test('RE-1: a crash between the commit and its effects loses nothing: the next process tells of it', async () => {
    // Never run: it commits, and dies before its relay has said a word.
    const crashed = makeChat()
    const ann = person('ann')
    const room = await createRoom(crashed, ann)
    value(await crashed.sendMessage(ann, { channel_id: room, content: 'x' }))

    const heads = new Map<string, number>()
    const next = makeChat()
    next.streams.onStreamAdvanced((stream, head) => heads.set(stream, head))
    for (const service of next.services) await service.run()
    running.push(next)
    await vi.waitFor(() => expect(heads.get(channelStream(room))).toBe(3), 10_000)
  })

  test('RE-2: what the import command writes is told to whoever watches, in the serving process', async () => {
    const serving = await startChat()
    const ann = person('ann')
    const room = { source: 'slack:T1', externalId: 'C1', name: 'lobby', description: 'd', archived: false }
    const importer = makeChat()
    const { channelId, name } = await importer.importChannel({ ...room, createdAt: new Date(1_500_000_000_000) })
    expect(name).toBe('lobby-2')
    const advanced: [string, number][] = []
    serving.streams.onStreamAdvanced((stream, head) => advanced.push([stream, head]))
    const changes: ChangeFrame[] = []
    serving.streams.onChange((change) => changes.push(change))

    const origin = { source: 'slack:T1', channelExternalId: 'C1' }
    const editedAt = new Date(1_600_000_500_000)
    const batch = [
      imported('1', { userId: ann.userId, reactions: [{ emoji: '👍', userIds: [ann.userId] }] }),
      imported('2', { threadExternalId: '1', editedAt }),
      imported('1'),
      imported('bad \0 \ud800'),
    ]
    await importer.importMembers(channelId, [ann.userId, ann.userId])
    expect(await importer.importMessages(channelId, origin, batch)).toEqual({ inserted: 3, known: 1 })
    expect(await importer.importMessages(channelId, origin, batch)).toEqual({ inserted: 0, known: 4 })
    expect(await importer.importChannel({ ...room, createdAt: new Date(0) })).toEqual({ channelId, name })

    const stream = channelStream(channelId)
    await vi.waitFor(() => expect(advanced).toContainEqual([stream, 5]), 10_000)
    expect(changes).toEqual([])
    const page = await serving.streams.changes(stream, 1, 100)
    expect(page).toMatchObject({
      changes: [
        { type: 'member_changed', changed_seq: 2, username: 'ann' },
        {
          type: 'new_message',
          timestamp: '2020-09-13T12:26:40.000Z',
          reply_count: 1,
          reactions: [{ emoji: '👍', count: 1, usernames: ['ann'] }],
        },
        { type: 'new_message', edited_at: editedAt.toISOString(), degraded: true },
        { type: 'new_message', content: 'bad \ufffd \ufffd' },
      ],
      through: 5,
    })
  })

  test('a channel whose export dates it in the future has its live messages now', async () => {
    const chat = await startChat()
    const origin = { source: 'slack:T9', externalId: 'C9', name: 'tomorrow', description: '', archived: false }
    const { channelId } = await chat.importChannel({ ...origin, createdAt: new Date('2280-01-01T00:00:00Z') })
    const sent = value(await chat.sendMessage(person('zoe'), { channel_id: channelId, content: 'today' }))
    expect(Date.parse(sent.message.timestamp)).toBeLessThanOrEqual(Date.now() + 60_000)
  })

  test('IM-3: each origin gets a channel of its own, numbered when the name is taken', async () => {
    const chat = makeChat()
    const names = []
    for (const source of ['slack:T1', 'slack:T2', 'slack:T3']) {
      const origin = { source, externalId: 'C1', name: '#General', description: '', archived: false }
      names.push((await chat.importChannel({ ...origin, createdAt: new Date(0) })).name)
    }
    expect(names).toEqual(['General', 'General-2', 'General-3'])
  })
})
