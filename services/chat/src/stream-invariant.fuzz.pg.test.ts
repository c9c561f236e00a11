import { channelStream, type Caller, type ChangeFrame } from '@glasshouse/contracts'
import {
  assert,
  newId,
  StreamCursor,
  systemClock,
  type AuthSessionId,
  type ChannelId,
  type UserId,
} from '@glasshouse/kernel'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './adapters/index.ts'
import { createChat, type Chat } from './index.ts'

let database: TestDatabase
let chat: Chat
let importer: Chat

const people: Caller[] = ['ann', 'ben', 'cem'].map((username) => ({
  userId: newId<UserId>(),
  username,
  displayName: username,
  // The first may delete what the others wrote.
  role: username === 'ann' ? 'admin' : 'user',
  sessionId: newId<AuthSessionId>(),
  door: 'token',
  expiresAtMs: Number.MAX_SAFE_INTEGER,
}))

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  const users = people.map(({ userId: id, username, displayName, role }) => {
    return { id, username, displayName, role, bot: false, state: 'active', accountCreatedAtMs: 0, version: 1 }
  })
  const make = (): Chat =>
    createChat({
      ...createPostgresChatPorts(database.pool, () => undefined),
      fetchUsers: async (ids) => users.filter(({ id }) => ids.includes(id)),
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

/** What a reader holds: the latest of each thing. Replies are things of their own, so their count is left to whoever shows a root. */
class Reader {
  readonly cursor: StreamCursor<ChangeFrame>
  readonly #things = new Map<string, ChangeFrame>()

  constructor(heldMax = 5) {
    this.cursor = new StreamCursor(0, { heldMax })
  }

  apply(change: ChangeFrame): void {
    const key = 'id' in change ? change.id : change.type === 'member_changed' ? change.user_id : change.channel_id
    const known = this.#things.get(key)
    if (known === undefined || known.changed_seq < change.changed_seq) this.#things.set(key, merged(known, change))
  }

  get state(): unknown[] {
    const things = [...this.#things.values()].toSorted((a, b) => a.changed_seq - b.changed_seq)
    return things.map((change) => {
      if (change.type === 'channel_changed') return { ...change, channel: { ...change.channel, member_count: 0 } }
      if (!('id' in change) || !('username' in change)) return change
      if (change.type === 'message_held' || change.type === 'message_decided') return change
      const { reply_count: _count, last_reply_at: _at, last_reply_seq: _seq, ...message } = change
      return message
    })
  }

  /**
   * Reads pages until the head, and only then what was held: a page shows a thing at its last change, so what came before that is
   * not known until the page with that change was read.
   */
  async catchUp(channelId: ChannelId, limit: number): Promise<void> {
    for (;;) {
      this.cursor.beginRead()
      while (await this.readPage(channelId, limit));
      const { apply, readAgain } = this.cursor.endRead()
      for (const change of apply) this.apply(change)
      if (!readAgain) return
    }
  }

  /** Whether there are more. */
  async readPage(channelId: ChannelId, limit: number): Promise<boolean> {
    const after = this.cursor.seq
    const page = await chat.streams.changes(channelStream(channelId), after, limit)
    assert(page.changes.length <= limit, 'a page has at most as many changes as asked for')
    let last = after
    for (const change of page.changes) {
      assert(change.changed_seq > last, 'changes are in order, each once')
      last = change.changed_seq
      this.apply(change)
    }
    assert(page.through >= last && page.head >= page.through, 'a page reaches beyond what it has, not beyond the head')
    this.cursor.advance(page.through)
    return page.through < page.head
  }
}

/** A change of reactions is one of a message that its reader has. */
function merged(known: ChangeFrame | undefined, change: ChangeFrame): ChangeFrame {
  if (change.type !== 'reaction_changed') return change
  assert(known?.type === 'new_message' || known?.type === 'message_updated', 'reactions are of a message that is there')
  const { reactions: _before, ...message } = known
  const { changed_seq, reactions } = change
  return { ...message, type: 'message_updated', changed_seq, ...(reactions.length === 0 ? {} : { reactions }) }
}

/** Changes for which there is no use case yet, made as one will: under the head's lock, at a place of its own. */
async function changeUnderHead(channelId: ChannelId, sql: string, values: readonly unknown[]): Promise<void> {
  await database.pool.query(
    `with head as (update chat.channel_heads set head = head + 1 where channel_id = $1 returning head), changed as (${sql})
     select 1 from head`,
    [channelId, ...values],
  )
}

const LEAVE = `update chat.members set state = 'left', changed_seq = head.head from head where channel_id = $1 and user_id = $2`

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), who: fc.nat(2), reply: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      who: fc.nat(2),
      which: fc.nat(20),
      how: fc.constantFrom('edit', 'delete', 'pin', 'unpin', 'react', 'react', 'unreact'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('import' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('new reader' as const), limit: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
)
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

/** Those that somebody else was faster, or is not asked for. */
const REFUSALS: readonly string[] = ['not_found', 'permission.denied']

async function changeMessage(
  who: Caller,
  target: { readonly channelId: ChannelId; readonly messageId: string },
  how: { readonly verb: string; readonly content: string },
): Promise<void> {
  const [method, path] = VERBS[how.verb] ?? []
  const endpoint = chat.endpoints.find(({ route }) => route.method === method && route.path === `${MESSAGE}${path}`)
  assert(endpoint !== undefined, `chat has no ${how.verb}`)
  const answer = await endpoint.handle({
    caller: who,
    params: { channel_id: target.channelId, message_id: target.messageId, emoji: who.username === 'ben' ? '👍' : '🎉' },
    query: {},
    body: { content: how.content },
    address: '::1',
    userAgent: '',
    cookie: undefined,
    requestId: newId(),
  })
  assert(answer.ok || REFUSALS.includes(answer.error.code), `refused: ${JSON.stringify(answer)}`)
}

const MESSAGE = '/channels/{channel_id}/messages/{message_id}'
const VERBS: Readonly<Record<string, readonly [method: string, path: string]>> = {
  edit: ['PATCH', ''],
  delete: ['DELETE', ''],
  pin: ['PUT', '/pin'],
  unpin: ['DELETE', '/pin'],
  react: ['PUT', '/reactions/{emoji}'],
  unreact: ['DELETE', '/reactions/{emoji}'],
}

let runs = 0

/** One channel's life: writers and readers at the same time, joined now and then. */
async function play(actions: readonly Action[]): Promise<void> {
  const run = ++runs
  const origin = { source: 'fuzz', externalId: String(run) }
  const { channelId } = await chat.importChannel({
    ...origin,
    name: `fuzz ${run}`,
    description: '',
    createdAt: new Date(),
    archived: false,
  })
  const live = new Reader()
  const readers = [new Reader(), new Reader()]
  let underWay: Promise<unknown>[] = []
  let reading: Promise<void> | undefined
  const readLive = (): Promise<void> => (reading ??= live.catchUp(channelId, 3).finally(() => (reading = undefined)))
  const stop = chat.streams.onChange((change) => {
    if (change.stream !== channelStream(channelId)) return
    const offered = live.cursor.offer(change)
    if (offered === 'apply') live.apply(change)
    else if (offered === 'read') underWay.push(readLive())
  })
  let root: string | undefined
  const sentIds: string[] = []
  const perform = async (one: Action, number: number): Promise<void> => {
    switch (one.do) {
      case 'send': {
        const thread = one.reply && root !== undefined ? { thread_id: root } : {}
        const sent = await chat.sendMessage(people[one.who], {
          channel_id: channelId,
          content: `${number} @${people[number % 3]?.username}`,
          ...thread,
        })
        // The root may have been deleted meanwhile.
        if (sent.ok) {
          root ??= sent.value.message.id
          sentIds.push(sent.value.message.id)
        } else assert(sent.error.code === 'message.thread_not_found', `refused: ${sent.error.code}`)
        return
      }
      case 'change': {
        const messageId = sentIds[one.which % Math.max(1, sentIds.length)]
        const who = people[one.who]
        if (messageId === undefined || who === undefined) return
        return changeMessage(who, { channelId, messageId }, { verb: one.how, content: `edited ${number} @channel` })
      }
      case 'leave':
        return changeUnderHead(channelId, LEAVE, [people[one.who]?.userId])
      case 'import': {
        const rows = Array.from({ length: one.count }, (_, index) => ({
          externalId: `${number} ${index}`,
          userId: people[index % 3]?.userId ?? newId<UserId>(),
          content: '',
          createdAt: new Date(0),
          reactions: [],
        }))
        await importer.importMessages(channelId, { source: 'fuzz', channelExternalId: String(run) }, rows)
        return
      }
      case 'read':
        await Promise.all(readers.slice(0, 2).map((reader) => reader.catchUp(channelId, one.limit)))
        return
      case 'new reader': {
        const reader = new Reader()
        await reader.catchUp(channelId, one.limit)
        readers.push(reader)
        return
      }
      case 'wait':
        return
    }
  }
  for (const [number, one] of actions.entries()) {
    // Readers are not shared between two reads at a time; all else runs side by side until a wait.
    if (one.do === 'read' || one.do === 'new reader') await perform(one, number)
    else underWay.push(perform(one, number))
    if (one.do === 'wait') {
      await Promise.all(underWay)
      underWay = []
    }
  }
  while (underWay.length > 0) await Promise.all(underWay.splice(0))
  stop()
  const fresh = new Reader()
  await fresh.catchUp(channelId, 1_000)
  await readLive()
  for (const reader of [live, ...readers]) {
    if (reader !== live) await reader.catchUp(channelId, 7)
    expect(reader.cursor.seq).toBe(fresh.cursor.seq)
    // A change that only live frames tell of has another type than the same thing read later.
    expect(reader.state).toEqual(fresh.state)
  }
}

test('CS-2: state at any place + changes from there == the state of a fresh read, live changes and gaps included', async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), play), { numRuns: 25 })
}, 120_000)
