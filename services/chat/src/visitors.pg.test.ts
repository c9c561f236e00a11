/** Visitors who write in the Lobby, as the demo user. */
import {
  channelStream,
  DEMO_USER_ID,
  userStream,
  type ChangeFrame,
  type HeldMessage,
  type Message,
} from '@glasshouse/contracts'
import { newId, type ChannelId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  call,
  chat,
  create,
  openStream,
  outcome,
  person,
  query,
  register,
  useChat,
  type Answer,
} from './chat-caller.contract.ts'
import { LOBBY_ID } from './index.ts'

useChat({ lobbyAccess: 'demo', lobbyRateLimit: { count: 5, windowS: 10 } })
const demoUser = person('demo-bot', 'guest', 0, DEMO_USER_ID)
const LINK = 'see https://example.test/offer'
/** Each test comes from networks of its own. */
let network = 0
beforeEach(async () => {
  network++
  await register(demoUser)
})
const address = (host = 1): string => `10.0.${network}.${host}`

const say = (content: string, more: object = {}, from = address()): Promise<Answer> =>
  call(undefined, 'POST', `/channels/${LOBBY_ID}/messages`, { content, ...more }, from)

async function bodyOf<Body>(answer: Promise<Answer>): Promise<Body> {
  const result = await answer
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value.body as Body
}

async function lastInLobby(): Promise<ChangeFrame | undefined> {
  const opened = await openStream(undefined, channelStream(LOBBY_ID))
  const head = opened.ok ? opened.value.head : 0
  return (await chat.streams.changes(channelStream(LOBBY_ID), head - 1, 10)).changes.at(-1)
}

describe('[VI-1] a visitor', () => {
  test('writes in the Lobby in the name of the demo user, and reads it there', async () => {
    expect(await bodyOf<Message>(say('hello'))).toMatchObject({
      user_id: DEMO_USER_ID,
      username: 'demo-bot',
      status: 'visible',
    })
    expect(await lastInLobby()).toMatchObject({ type: 'new_message', content: 'hello', user_id: DEMO_USER_ID })
    const member = person('ann')
    await register(member)
    const own = await bodyOf<Message>(call(member, 'POST', `/channels/${LOBBY_ID}/messages`, { content: 'as myself' }))
    expect(own.user_id).toBe(member.userId)
  })

  test('is asked to sign in everywhere else, in the same words whether there is something or not', async () => {
    const member = person('ann')
    await register(member)
    const room = await create(member, 'public')
    const answers = await Promise.all(
      [room, newId<ChannelId>(), 'nonsense'].map((id) =>
        call(undefined, 'POST', `/channels/${id}/messages`, { content: '' }, address()),
      ),
    )
    expect(answers).toEqual(Array(3).fill(answers[0]))
    expect(answers[0]).toMatchObject({ ok: false, error: { code: 'auth.required' } })
  })

  test('asks no polls', async () => {
    const poll = { question: 'Which?', options: ['this', 'that'] }
    expect(await outcome(say('which?', { poll }))).toBe('auth.required')
  })

  test('replies in a thread, whose other people see it', async () => {
    const root = await bodyOf<Message>(say('a root'))
    expect(await bodyOf<Message>(say('a reply', { thread_id: root.id }))).toMatchObject({ thread_id: root.id })
  })

  test('is answered again what a lost answer said', async () => {
    const once = { client_id: newId() }
    const first = await bodyOf<Message>(say('once', once))
    expect(await say('once', once)).toMatchObject({ ok: true, value: { status: 200, body: { id: first.id } } })
    expect(await outcome(say('twice', once))).toBe('message.client_id_conflict')
  })
})

test('[VI-2] their messages mention nobody: names, groups and everybody are text', async () => {
  const [admin, member] = [person('root', 'admin'), person(`ann-${network}`)]
  await register(admin, member)
  const group = `crew-${newId().slice(-8)}`
  expect(await outcome(call(admin, 'POST', '/groups', { name: group }))).toBe(201)
  const message = await bodyOf<Message>(say(`@${member.username} @${group} @channel @here`))
  expect(message.mentions).toBeUndefined()
  const asMember = `/channels/${LOBBY_ID}/messages`
  const theirs = await bodyOf<Message>(call(admin, 'POST', asMember, { content: `@${member.username} @channel` }))
  expect(theirs.mentions).toHaveLength(2)
})

describe('[VI-3] the limits of a network address', () => {
  test('are those of a person, for all visitors from there; they name when to go on', async () => {
    for (let sent = 1; sent <= 5; sent++) expect((await say(`message ${sent}`)).ok).toBe(true)
    const refused = await say('one more')
    expect(refused).toMatchObject({ ok: false, error: { code: 'message.rate_limited' } })
    const retryAfterMs = refused.ok ? undefined : refused.error.retryAfterMs
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(10_000)
    expect((await say('from elsewhere', {}, address(2))).ok).toBe(true)
  })

  test('are shared by a network of IPv6, and by an IPv4 address however it came', async () => {
    const prefix = `2001:db8:0:${network}`
    for (let sent = 1; sent <= 5; sent++) expect((await say(`message ${sent}`, {}, `${prefix}::${sent}`)).ok).toBe(true)
    expect(await outcome(say('one more', {}, `${prefix}:9:9:9:9`))).toBe('message.rate_limited')
    for (let sent = 1; sent <= 5; sent++) expect((await say(`message ${sent}`)).ok).toBe(true)
    expect(await outcome(say('one more', {}, `::ffff:${address()}`))).toBe('message.rate_limited')
  })

  test('count what is held, and not what is refused', async () => {
    expect(await outcome(say(''))).toBe('request.invalid')
    for (let sent = 1; sent <= 5; sent++) expect(await outcome(say(`${LINK} ${sent}`))).toBe(202)
    expect(await outcome(say('one more'))).toBe('message.rate_limited')
  })

  test('hold, as of somebody new, what comes fast', async () => {
    const statuses = []
    for (let sent = 1; sent <= 4; sent++) statuses.push(await outcome(say(`message ${sent}`)))
    expect(statuses).toEqual([201, 201, 201, 202])
    expect(await outcome(say('from elsewhere', {}, address(2)))).toBe(201)
  })
})

describe('[VI-3] all visitors together', () => {
  test('have 60 messages a minute, however many addresses they come from', async () => {
    const once = { client_id: newId() }
    expect(await outcome(say('the first', once))).toBe(201)
    const others = Array.from({ length: 59 }, (_, n) => say(`message ${n}`, {}, `2001:db8:${network}:${n}::1`))
    expect(new Set(await Promise.all(others.map(outcome)))).toEqual(new Set([201]))
    const refused = await say('one more', {}, address(2))
    expect(refused).toMatchObject({ ok: false, error: { code: 'message.rate_limited' } })
    expect(refused.ok ? 0 : refused.error.retryAfterMs).toBeGreaterThan(10_000)
    expect(await outcome(say('the first', once))).toBe(200)
    const member = person('ann')
    await register(member)
    expect(await outcome(call(member, 'POST', `/channels/${LOBBY_ID}/messages`, { content: 'as myself' }))).toBe(201)
  })
})

describe('[VI-4] what is held', () => {
  test('is told to who sent it, and seen by the moderators alone', async () => {
    const admin = person('root', 'admin')
    await register(admin)
    const before = await lastInLobby()
    const held = await bodyOf<HeldMessage>(say(LINK))
    expect(held).toMatchObject({ status: 'pending', seq: null, held_for: ['link'], content: LINK })
    expect(await lastInLobby()).toEqual(before)
    const queue = await bodyOf<{ items: HeldMessage[] }>(call(admin, 'GET', '/moderation/queue'))
    expect(queue.items.map(({ id }) => id)).toContain(held.id)
    for (const path of [
      `/channels/${LOBBY_ID}/held`,
      '/moderation/queue',
      `/moderation/${held.id}`,
      `/channels/${LOBBY_ID}/members`,
    ]) {
      expect(await outcome(call(undefined, 'GET', path))).toBe('auth.required')
    }
    expect(await openStream(undefined, userStream(DEMO_USER_ID))).toMatchObject({ error: { code: 'auth.required' } })
    expect(await outcome(call(admin, 'POST', `/moderation/${held.id}`, { decision: 'approve' }))).toBe(200)
    expect(await lastInLobby()).toMatchObject({ content: LINK, user_id: DEMO_USER_ID })
  })

  test('and removed is told of without who removed it and why: a stranger asks', async () => {
    const admin = person('root', 'admin')
    await register(admin)
    const once = { client_id: newId() }
    const { id } = await bodyOf<HeldMessage>(say(LINK, once))
    const decision = { decision: 'remove', reason: 'mandragora' }
    expect(await outcome(call(admin, 'POST', `/moderation/${id}`, decision))).toBe(200)
    const repeated = await bodyOf<HeldMessage>(say(LINK, once, address(2)))
    expect(repeated.status).toBe('removed')
    expect(JSON.stringify(repeated)).not.toMatch(/mandragora|root/)
  })
})

test('[VI-5] the demo user is added nowhere, and stays a member', async () => {
  const owner = person('olga', 'admin')
  await register(owner)
  expect((await say('hello')).ok).toBe(true)
  const room = await create(owner, 'public')
  const put = (id: string) => outcome(call(owner, 'PUT', `/channels/${id}/members/${DEMO_USER_ID}`))
  expect([await put(room), await put(LOBBY_ID)]).toEqual(Array(2).fill('member.unknown_user'))
  for (const type of ['private', 'direct', 'group'] as const) {
    const body = { type, members: [DEMO_USER_ID], ...(type === 'private' ? { name: `room ${newId()}` } : {}) }
    expect(await outcome(call(owner, 'POST', '/channels', body))).toBe('member.unknown_user')
  }
  const group = await bodyOf<{ id: string }>(call(owner, 'POST', '/groups', { name: `crew-${newId().slice(-8)}` }))
  expect(await outcome(call(owner, 'PUT', `/groups/${group.id}/members/${DEMO_USER_ID}`))).toBe('not_found')
  const role = call(owner, 'PATCH', `/channels/${LOBBY_ID}/members/${DEMO_USER_ID}`, { role: 'owner' })
  expect(await outcome(role)).toBe('channel.fixed')
})

describe('[VI-5] all visitors at once', () => {
  const until = null
  test.each([
    ['mute', 'channel.muted'],
    ['ban', 'channel.banned'],
  ])('can be kept from writing by a %s, whether one has written before or not', async (kind, code) => {
    const admin = person('root', 'admin')
    await register(admin)
    const path = `/channels/${LOBBY_ID}/members/${DEMO_USER_ID}/${kind}`
    const refusedSay = async (): Promise<object> => {
      const answer = await say('hello')
      return answer.ok ? { said: answer.value.status } : answer.error
    }
    for (const before of ['nobody', 'somebody']) {
      if (before === 'nobody') await query('delete from chat.members where user_id = $1', [DEMO_USER_ID])
      else await bodyOf(say('hello'))
      expect(await outcome(call(admin, 'PUT', path, { until, reason: 'too loud' })), before).toBe(200)
      expect(await refusedSay()).toMatchObject({ code, message: expect.stringContaining('too loud') as string })
      expect(await outcome(call(admin, 'DELETE', path))).toBe(204)
      expect(await outcome(call(admin, 'DELETE', `${path}/decision`))).toBe(200)
      expect(await refusedSay()).toMatchObject({ code })
      expect(await outcome(call(admin, 'DELETE', path))).toBe(204)
    }
    expect(await outcome(call(admin, 'PUT', path, { until }))).toBe(200)
    expect(await outcome(call(admin, 'DELETE', `${path}/decision`))).toBe(200)
    expect(await outcome(say('hello', {}, address(2)))).toBe(201)
  })
})
