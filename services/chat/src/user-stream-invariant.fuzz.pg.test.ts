/** A person's own stream keeps the promise of every stream, whoever changes their memberships, and however. */
import { userStream, type Caller, type ChangeFrame } from '@glasshouse/contracts'
import {
  assert,
  newId,
  StreamCursor,
  systemClock,
  type AuthSessionId,
  type ChannelId,
  type ClientId,
  type UserId,
} from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './adapters/index.ts'
import { createChat, type Chat } from './index.ts'

const CHANNELS = 3
let database: TestDatabase
let chat: Chat
let importer: Chat

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  const make = (): Chat =>
    createChat({
      ...createPostgresChatPorts(database.pool, () => undefined),
      fetchUsers: async (ids) =>
        ids.map((id) => {
          return {
            id,
            username: id,
            displayName: id,
            role: 'user',
            bot: false,
            state: 'active',
            accountCreatedAtMs: 0,
            version: 1,
          }
        }),
      clock: systemClock,
      settings: {
        lobbyAccess: 'read',
        lobbyRateLimit: { count: 10_000, windowS: 1 },
        channelRateLimit: { count: 10_000, windowS: 1 },
        newAccountRateLimit: { count: 3, windowS: 10 },
        changeRateLimit: { count: 10_000, windowS: 1 },
      },
      log: () => undefined,
    })
  chat = make()
  importer = make()
})
afterAll(() => database?.drop())

function person(): Caller {
  const userId = newId<UserId>()
  const names = { username: userId, displayName: userId }
  const sessionId = newId<AuthSessionId>()
  return { userId, ...names, role: 'user', sessionId, door: 'token', expiresAtMs: Number.MAX_SAFE_INTEGER }
}

function keyOf(change: ChangeFrame): string | undefined {
  if (change.type === 'scheduled_changed') return change.id
  if (change.type === 'restriction_changed') return `${change.kind} ${change.channel_id}`
  if (change.type === 'reminder_changed' || change.type === 'saved_changed') return change.message_id
  return 'thread_id' in change ? change.thread_id : 'channel_id' in change ? change.channel_id : undefined
}

/** What a reader holds: the last that it heard of each row. */
class Reader {
  readonly cursor = new StreamCursor<ChangeFrame>(0, { heldMax: 4 })
  readonly #rows = new Map<string, ChangeFrame>()
  readonly #userId: UserId

  constructor(userId: UserId) {
    this.#userId = userId
  }

  apply(change: ChangeFrame): void {
    const key = `${change.type} ${keyOf(change)}`
    const known = this.#rows.get(key)
    if (known === undefined || known.changed_seq < change.changed_seq) this.#rows.set(key, change)
  }

  /** How many others are in a channel is no change of one's own stream. */
  get state(): unknown[] {
    return [...this.#rows.values()]
      .toSorted((a, b) => a.changed_seq - b.changed_seq)
      .map((change) =>
        change.type === 'member_changed' && change.channel
          ? { ...change, channel: { ...change.channel, member_count: 0 } }
          : change,
      )
  }

  async catchUp(limit: number): Promise<void> {
    for (;;) {
      const after = this.cursor.beginRead()
      const page = await chat.streams.changes(userStream(this.#userId), after, limit)
      assert(page.changes.length <= limit, 'a page has at most as many changes as asked for')
      let last = after
      for (const change of page.changes) {
        assert(change.changed_seq > last, 'changes are in order, each once')
        last = change.changed_seq
        this.apply(change)
      }
      assert(
        page.through >= last && page.head >= page.through,
        'a page reaches as far as what it has, and not beyond the head',
      )
      this.cursor.advance(page.through)
      const { apply, readAgain } = this.cursor.endRead()
      for (const change of apply) this.apply(change)
      if (!readAgain && this.cursor.seq >= page.head) return
    }
  }
}

const action = fc.record({
  do: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('add' as const, 'remove' as const) },
    { weight: 2, arbitrary: fc.constantFrom('role' as const, 'leave' as const, 'send' as const, 'import' as const) },
    { weight: 3, arbitrary: fc.constantFrom('mark read' as const, 'mark unread' as const, 'prefer' as const) },
    { weight: 2, arbitrary: fc.constantFrom('reply' as const, 'follow' as const, 'read all' as const) },
    { weight: 2, arbitrary: fc.constantFrom('draft' as const, 'draft of a reply' as const) },
    { weight: 3, arbitrary: fc.constantFrom('schedule' as const, 'cancel' as const, 'remind' as const) },
    { weight: 1, arbitrary: fc.constantFrom('remind no more' as const) },
    { weight: 3, arbitrary: fc.constantFrom('mute' as const, 'ban' as const, 'lift' as const, 'undo' as const) },
    { weight: 2, arbitrary: fc.constantFrom('save' as const) },
    { weight: 2, arbitrary: fc.constantFrom('read' as const, 'new reader' as const, 'wait' as const) },
  ),
  channel: fc.nat(CHANNELS - 1),
  count: fc.integer({ min: 1, max: 4 }),
})
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

async function call(
  caller: Caller,
  name: string,
  channelId: string,
  more: { user?: string; message?: string; scheduled?: string | undefined; body?: object } = {},
): Promise<unknown> {
  const endpoint = chat.endpoints.find(({ route }) => `${route.method} ${route.path}` === name)
  assert(endpoint !== undefined, `chat has no ${name}`)
  const params = {
    channel_id: channelId,
    user_id: more.user ?? 'me',
    message_id: more.message ?? '',
    scheduled_id: more.scheduled ?? '',
  }
  const request = { caller, params, query: {}, body: more.body, address: '::1', userAgent: '', cookie: undefined }
  const answer = await endpoint.handle({ ...request, requestId: newId() })
  return answer.ok ? answer.value.body : undefined
}

/** One person's life in a few channels, public and private: others and they themselves change where they are, all at once. */
async function play(actions: readonly Action[]): Promise<void> {
  const [owner, who] = [person(), person()]
  const user = who.userId
  const live = new Reader(user)
  const readers = [new Reader(user)]
  let underWay: Promise<unknown>[] = []
  let reading: Promise<void> | undefined
  const readLive = (): Promise<void> => (reading ??= live.catchUp(2).finally(() => (reading = undefined)))
  const stop = chat.streams.onChange((change) => {
    if (change.stream !== userStream(user)) return
    const offered = live.cursor.offer(change)
    if (offered === 'apply') live.apply(change)
    else if (offered === 'read') underWay.push(readLive())
  })
  const scheduledIds = Array.from({ length: 4 }, () => newId<ClientId>())
  const channels: ChannelId[] = []
  for (let index = 0; index < CHANNELS; index++) {
    const body = {
      type: index === 0 ? 'private' : 'public',
      name: `fuzz ${newId()}`,
      ...(index === 1 ? { members: [user] } : {}),
    }
    channels.push(((await call(owner, 'POST /channels', '', { body })) as { id: ChannelId }).id)
  }
  const roots: string[] = []
  for (const channelId of channels) {
    const sent = await chat.sendMessage(owner, { channel_id: channelId, content: 'a root' })
    roots.push(sent.ok ? sent.value.message.id : '')
  }
  const perform = async (one: Action): Promise<unknown> => {
    const channelId = channels[one.channel] ?? newId<ChannelId>()
    const member = '/channels/{channel_id}/members/{user_id}'
    switch (one.do) {
      case 'add':
        return call(owner, `PUT ${member}`, channelId, { user })
      case 'remove':
        return call(owner, `DELETE ${member}`, channelId, { user })
      case 'role':
        return call(owner, `PATCH ${member}`, channelId, {
          user,
          body: { role: one.count > 2 ? 'moderator' : 'member' },
        })
      case 'leave':
        return call(who, `DELETE ${member}`, channelId)
      case 'send':
        return Promise.all(channels.map((id) => chat.sendMessage(who, { channel_id: id, content: 'here' })))
      case 'mark read':
        return call(who, 'PUT /channels/{channel_id}/read', channelId, { body: { seq: one.count * 3, unmark: 20 } })
      case 'mark unread':
        return call(who, 'PUT /channels/{channel_id}/unread', channelId, { body: { seq: one.count } })
      case 'read all':
        return call(who, 'PUT /unread/read', channelId)
      case 'prefer':
        return call(who, 'PATCH /channels/{channel_id}/preferences', channelId, { body: { muted: one.count > 2 } })
      case 'reply':
        return chat.sendMessage(one.count > 2 ? owner : who, {
          channel_id: channelId,
          content: 'a reply',
          thread_id: roots[one.channel] ?? '',
        })
      case 'follow':
        return call(
          who,
          `${one.count > 2 ? 'PUT' : 'DELETE'} /channels/{channel_id}/messages/{message_id}/thread/follow`,
          channelId,
          { message: roots[one.channel] ?? '' },
        )
      case 'schedule': {
        const soon = new Date(Date.now() + one.count * 5).toISOString()
        const body = { content: `later ${one.count}`, send_at: soon, client_id: scheduledIds[one.count - 1] }
        return call(who, 'POST /channels/{channel_id}/scheduled', channelId, { body })
      }
      case 'cancel':
        return call(who, 'DELETE /scheduled/{scheduled_id}', channelId, { scheduled: scheduledIds[one.count - 1] })
      case 'remind':
        return call(who, 'PUT /channels/{channel_id}/messages/{message_id}/reminder', channelId, {
          message: roots[one.channel] ?? '',
          body: { remind_at: new Date(Date.now() + one.count * 5).toISOString() },
        })
      // In public ones only: what one was told of a private one that one has left is not read again.
      case 'mute':
      case 'ban': {
        if (one.channel === 0) return undefined
        const until = one.count > 2 ? null : new Date(Date.now() + one.count * 20).toISOString()
        return call(owner, `PUT ${member}/${one.do}`, channelId, { user, body: { until } })
      }
      case 'lift':
      case 'undo': {
        const kind = one.count > 2 ? 'mute' : 'ban'
        return call(owner, `DELETE ${member}/${kind}${one.do === 'undo' ? '/decision' : ''}`, channelId, { user })
      }
      case 'remind no more':
        return call(who, 'DELETE /reminders/{message_id}', channelId, { message: roots[one.channel] ?? '' })
      case 'save':
        return call(
          who,
          `${one.count > 2 ? 'PUT' : 'DELETE'} /channels/{channel_id}/messages/{message_id}/save`,
          channelId,
          { message: roots[one.channel] ?? '' },
        )
      case 'draft':
        return call(who, 'PUT /channels/{channel_id}/draft', channelId, {
          body: { content: one.count > 3 ? '' : `draft ${one.count}`, version: one.count },
        })
      case 'draft of a reply':
        return call(who, 'PUT /channels/{channel_id}/draft', channelId, {
          body: { content: one.count > 3 ? '' : `reply ${one.count}`, thread_id: roots[one.channel] },
        })
      case 'import':
        return importer.importMembers(channelId, [user])
      case 'read':
        return Promise.all(readers.map((reader) => reader.catchUp(one.count)))
      case 'new reader': {
        const reader = new Reader(user)
        await reader.catchUp(one.count)
        return readers.push(reader)
      }
      case 'wait':
        return undefined
    }
  }
  for (const one of actions) {
    if (one.do === 'read' || one.do === 'new reader') await perform(one)
    else underWay.push(perform(one))
    if (one.do === 'wait') await Promise.all(underWay)
    if (one.do === 'wait') underWay = []
  }
  while (underWay.length > 0) await Promise.all(underWay.splice(0))
  stop()
  const fresh = new Reader(user)
  await fresh.catchUp(1_000)
  await readLive()
  for (const reader of [live, ...readers]) {
    if (reader !== live) await reader.catchUp(3)
    expect(reader.cursor.seq).toBe(fresh.cursor.seq)
    expect(reader.state).toEqual(fresh.state)
  }
}

test('OS-2: state at any place + changes from there == the state of a fresh read, live changes and gaps included', async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 50 }), play), { numRuns: 25 })
}, 120_000)
