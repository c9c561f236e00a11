/** The whole service on PostgreSQL, called as the gateway calls it. For tests. */
import type { Caller, Failure, Role, StreamName } from '@glasshouse/contracts'
import { newId, systemClock, type AuthSessionId, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './adapters/index.ts'
import type { ChatSettings, UserRecord } from './application/ports.ts'
import { createChat, type Chat } from './index.ts'

let database: TestDatabase
export let chat: Chat
const known = new Map<UserId, UserRecord>()

/** A database for the tests of a file, and a service for each test. */
export function useChat(more: Partial<ChatSettings> = {}): void {
  beforeAll(async () => {
    database = await startTestDatabase()
    const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
    if (!migrated.ok) throw new Error(migrated.error.message)
  })
  afterAll(() => database?.drop())

  beforeEach(async () => {
    chat = createChat({
      ...createPostgresChatPorts(database.pool, () => undefined),
      fetchUsers: async (ids) => ids.flatMap((id) => known.get(id) ?? []),
      clock: systemClock,
      settings: {
        lobbyAccess: 'read',
        lobbyRateLimit: { count: 1_000, windowS: 10 },
        channelRateLimit: { count: 1_000, windowS: 10 },
        newAccountRateLimit: { count: 3, windowS: 10 },
        changeRateLimit: { count: 1_000, windowS: 10 },
        ...more,
      },
      log: () => undefined,
    })
    for (const service of chat.services) await service.run()
  })
  afterEach(async () => {
    for (const service of chat.services.toReversed()) await service.drain()
  })
}

/** What the service shows to nobody: for rows that are to be gone, and for times that would have to be waited for. */
export async function query<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  return (await database.pool.query<Row>(text, [...values])).rows
}

/** While somebody else is in the middle of a change, who holds what `text` locks. */
export async function whileLocked<Answer>(
  text: string,
  values: readonly unknown[],
  work: () => Promise<Answer>,
): Promise<Answer> {
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await client.query(text, [...values])
    return await work()
  } finally {
    await client.query('commit')
    client.release()
  }
}

/** How many wait for a lock. */
export async function lockWaiters(): Promise<number> {
  const text = `
    select count(*)::integer as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return (await query<{ count: number }>(text, []))[0]?.count ?? 0
}

export function person(
  username: string,
  role: Role = 'user',
  accountCreatedAtMs = 0,
  userId = newId<UserId>(),
): Caller {
  const more = { bot: false, state: 'active', accountCreatedAtMs, version: 1 }
  known.set(userId, { id: userId, username, displayName: username, role, ...more })
  const sessionId = newId<AuthSessionId>()
  return {
    userId,
    username,
    displayName: username,
    role,
    sessionId,
    door: 'token',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  }
}

/** Chat hears of them, as it does of everybody whom identity makes. */
export async function register(...callers: readonly Caller[]): Promise<void> {
  for (const { userId, username, displayName, role } of callers) {
    await chat.onUserEvent({
      event_type: 'user_created',
      event_id: newId(),
      schema: 1,
      user_id: userId,
      username,
      display_name: displayName,
      email: null,
      role,
      state: 'active',
      bot: false,
      account_created_at: new Date(known.get(userId)?.accountCreatedAtMs ?? 0).toISOString(),
      version: 1,
      created_at: new Date(0).toISOString(),
    })
  }
}

export type Answer = Result<{ readonly status: number; readonly body?: unknown }, Failure>

/** What the answers have that are looked into here. */
interface Listed {
  readonly id: ChannelId
  readonly stream: StreamName
  readonly seq: number
  readonly items: readonly { readonly id: ChannelId; readonly username: string; readonly role: string }[]
}

/** Calls a route as the gateway does, after its checks: `GET /channels/ID/members`. */
export async function call(
  caller: Caller | undefined,
  method: string,
  path: string,
  body?: object,
  address = '::1',
): Promise<Answer> {
  const parts = path.split('?')[0]?.split('/') ?? []
  const query = Object.fromEntries(new URLSearchParams(path.split('?')[1] ?? ''))
  for (const endpoint of chat.endpoints) {
    const names = endpoint.route.path.split('/')
    if (endpoint.route.method !== method || names.length !== parts.length) continue
    if (!names.every((name, index) => name.startsWith('{') || name === parts[index])) continue
    const params = Object.fromEntries(
      names.flatMap((name, index) => (name.startsWith('{') ? [[name.slice(1, -1), parts[index]]] : [])),
    )
    const typed = { ...query, ...(query['joined'] === undefined ? {} : { joined: query['joined'] === 'true' }) }
    const request = {
      caller,
      params,
      query: typed,
      body,
      address,
      userAgent: '',
      cookie: undefined,
      requestId: newId(),
    }
    return endpoint.handle(request as never)
  }
  throw new Error(`chat has no ${method} ${path}`)
}

export const outcome = async (answer: Promise<Answer>): Promise<string | number> => {
  const result = await answer
  return result.ok ? result.value.status : result.error.code
}

export async function body(answer: Promise<Answer>): Promise<Listed> {
  const result = await answer
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value.body as Listed
}

export async function openStream(caller: Caller | undefined, stream: StreamName) {
  const [opened] = await chat.streams.openMany([{ caller, stream }])
  if (opened === undefined) throw new Error('one request has one answer')
  return opened
}

export async function create(
  owner: Caller,
  type: 'public' | 'private',
  members: readonly Caller[] = [],
): Promise<ChannelId> {
  const request = { type, name: `room ${newId()}`, members: members.map(({ userId }) => userId) }
  return (await body(call(owner, 'POST', '/channels', request))).id
}
