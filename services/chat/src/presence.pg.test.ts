/** Typing and presence of the whole service, by role and over its routes. */
import { typingStream, type Caller, type Role, type TypingFrame } from '@glasshouse/contracts'
import { newId, systemClock, type AuthSessionId, type ChannelId, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './adapters/index.ts'
import { createChat, LOBBY_ID, type Chat } from './index.ts'

let database: TestDatabase
let chat: Chat
let tea: ChannelId
let nowMs = 0

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  const clock = { nowMs: () => systemClock.nowMs(), monotonicMs: () => nowMs }
  chat = createChat({
    ...createPostgresChatPorts(database.pool, () => undefined),
    fetchUsers: async () => [],
    clock,
    settings: {
      lobbyAccess: 'read',
      lobbyRateLimit: { count: 5, windowS: 10 },
      channelRateLimit: { count: 50, windowS: 10 },
      newAccountRateLimit: { count: 3, windowS: 10 },
      changeRateLimit: { count: 50, windowS: 10 },
    },
    log: () => undefined,
  })
  for (const service of chat.services) await service.run()
  const origin = { source: 'test', externalId: 'tea', name: 'tea', description: '' }
  ;({ channelId: tea } = await chat.importChannel({ ...origin, createdAt: new Date(0), archived: false }))
})
afterAll(async () => {
  for (const service of chat?.services.toReversed() ?? []) {
    await service.drain()
    await service.stop()
  }
  await database?.drop()
})

function person(role: Role = 'user'): Caller {
  return {
    userId: newId<UserId>(),
    username: 'ann',
    displayName: 'Ann',
    role,
    sessionId: newId<AuthSessionId>(),
    door: 'token',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  }
}

async function heardWhile(work: () => Promise<void>): Promise<TypingFrame[]> {
  const heard: TypingFrame[] = []
  const stop = chat.typing.onTyping((typing) => heard.push(typing))
  await work()
  stop()
  return heard
}

describe('typing', () => {
  test('TY-1: may be said by those who may write, and seen by those who may read', async () => {
    const code = async (caller: Caller | undefined, channelId: ChannelId): Promise<string> => {
      const said = await chat.typing.announce(caller, { channel_id: channelId })
      return said.ok ? 'ok' : said.error.code
    }
    const opens = async (caller: Caller | undefined, channelId: ChannelId): Promise<string> => {
      const opened = await chat.typing.open(caller, typingStream({ channelId, threadId: undefined }))
      return opened.ok ? 'ok' : opened.error.code
    }
    const nowhere = newId<ChannelId>()
    const heard = await heardWhile(async () => {
      for (const role of ['admin', 'manager', 'user'] as const) {
        const caller = person(role)
        expect([await code(caller, tea), await code(caller, nowhere)]).toEqual(['ok', 'not_found'])
        expect([await opens(caller, tea), await opens(caller, nowhere)]).toEqual(['ok', 'live.unknown_stream'])
      }
      const guest = person('guest')
      expect([await code(guest, tea), await code(guest, LOBBY_ID)]).toEqual(['not_found', 'permission.denied'])
      expect([await opens(guest, tea), await opens(guest, LOBBY_ID)]).toEqual(['live.unknown_stream', 'ok'])
      expect([await code(undefined, LOBBY_ID), await opens(undefined, LOBBY_ID)]).toEqual(['auth.required', 'ok'])
    })
    expect(heard).toHaveLength(3)
  })

  test('TY-2: is told once in three seconds, however often it is said', async () => {
    const caller = person()
    const say = async (): Promise<void> => {
      expect(await chat.typing.announce(caller, { channel_id: tea })).toEqual({ ok: true })
    }
    const heard = await heardWhile(async () => {
      for (let turn = 0; turn < 5; turn++) await say()
      nowMs += 2_999
      await say()
      nowMs += 1
      await say()
    })
    expect(heard).toHaveLength(2)
  })
})

describe('presence', () => {
  test('PR-7: is told of those who are known, to those who have signed in', async () => {
    const endpoint = chat.endpoints.find(({ route }) => route.path === '/users/{user_id}/presence')
    const ask = async (caller: Caller | undefined, userId: UserId): Promise<string> => {
      const parts = { params: { user_id: userId }, query: {}, body: undefined, address: '::1', userAgent: '' }
      const answer = await endpoint?.handle({ caller, ...parts, cookie: undefined, requestId: newId() })
      return answer?.ok === true ? 'ok' : (answer?.error.code ?? 'no such route')
    }
    const known = person()
    const account = { email: null, role: 'user', state: 'active', bot: false, version: 1 } as const
    const event = { event_type: 'user_created', event_id: newId(), schema: 1 } as const
    const [at, names] = [new Date(0).toISOString(), { username: 'ann', display_name: 'Ann' }]
    const when = { account_created_at: at, created_at: at }
    await chat.onUserEvent({ ...event, ...account, ...names, ...when, user_id: known.userId })
    expect(await ask(person('guest'), known.userId)).toBe('ok')
    expect(await ask(person(), newId<UserId>())).toBe('not_found')
    expect(await ask(undefined, known.userId)).toBe('auth.required')
  })
})
