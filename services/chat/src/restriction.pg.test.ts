import {
  channelStream,
  userStream,
  type Caller,
  type ChangeFrame,
  type Failure,
  type Restriction,
} from '@glasshouse/contracts'
import { newId, type ChannelId, type Result } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import {
  call,
  chat,
  create,
  openStream,
  outcome,
  person,
  register,
  useChat,
  type Answer,
} from './chat-caller.contract.ts'
import { LOBBY_ID } from './index.ts'

useChat()

const HOUR = 3_600_000
const LINK = 'see https://example.test/offer'

/** What the answers have that are looked into here. */
interface Read {
  readonly id: string
  readonly seq: number
  readonly user_id: string
  readonly content: string
  readonly items: readonly Read[]
  readonly channels: readonly { readonly channel_id: string; readonly unread: readonly number[] }[]
}

async function read<Body = Read>(answer: Promise<Answer>): Promise<Body> {
  const result = await answer
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value.body as Body
}

async function refusal(answer: Promise<Result<unknown, Failure>>): Promise<Failure> {
  const result = await answer
  if (result.ok) throw new Error('it was not refused')
  return result.error
}

const inAnHour = (): string => new Date(Date.now() + HOUR).toISOString()
const send = (caller: Caller, channelId: ChannelId, content = 'hello', more: object = {}) =>
  call(caller, 'POST', `/channels/${channelId}/messages`, { content, ...more })
const restrict = (by: Caller, who: Caller, channelId: ChannelId, kind: 'mute' | 'ban', more: object = {}) =>
  call(by, 'PUT', `/channels/${channelId}/members/${who.userId}/${kind}`, { until: inAnHour(), ...more })
const lift = (by: Caller, who: Caller, channelId: ChannelId, kind: 'mute' | 'ban') =>
  call(by, 'DELETE', `/channels/${channelId}/members/${who.userId}/${kind}`)
const undo = (by: Caller, who: Caller, channelId: ChannelId, kind: 'mute' | 'ban') =>
  call(by, 'DELETE', `/channels/${channelId}/members/${who.userId}/${kind}/decision`)
const listed = async (by: Caller, channelId: ChannelId, query = '') =>
  (await read<{ items: Restriction[] }>(call(by, 'GET', `/channels/${channelId}/restrictions${query}`))).items

async function ownChanges<Type extends ChangeFrame['type']>(caller: Caller, type: Type) {
  const { changes } = await chat.streams.changes(userStream(caller.userId), 0, 500)
  return changes.filter((change): change is Extract<ChangeFrame, { type: Type }> => change.type === type)
}

/** A channel with its owner and a moderator, a member, somebody who is in none, and an administrator of the house. */
async function room(type: 'public' | 'private' = 'public') {
  const names = ['olga', 'mia', 'ann', 'stan'].map((name) => person(name)) as [Caller, Caller, Caller, Caller]
  const [owner, moderator, member, stranger] = names
  const admin = person('root', 'admin')
  await register(...names, admin)
  const channelId = await create(owner, type, [moderator, member])
  await read(call(owner, 'PATCH', `/channels/${channelId}/members/${moderator.userId}`, { role: 'moderator' }))
  return { owner, moderator, member, stranger, admin, channelId }
}

describe('a mute', () => {
  test('[MB-4] who is muted reads, and sends, edits, reacts, votes, pins, types and schedules nothing', async () => {
    const { moderator, member, channelId } = await room()
    const first = await read(send(member, channelId, 'before', { poll: { question: 'so?', options: ['a', 'b'] } }))
    const until = inAnHour()
    expect(await read(restrict(moderator, member, channelId, 'mute', { until, reason: 'too loud' }))).toMatchObject({
      kind: 'mute',
      state: 'in_force',
      until,
      reason: 'too loud',
      user_id: member.userId,
      username: 'ann',
      set_by: { username: 'mia' },
    })
    const path = `/channels/${channelId}/messages/${first.id}`
    const attempts: [string, Promise<Answer>][] = [
      ['send', send(member, channelId)],
      ['reply', send(member, channelId, 'so', { thread_id: first.id })],
      ['edit', call(member, 'PATCH', path, { content: 'after' })],
      ['react', call(member, 'PUT', `${path}/reactions/👍`)],
      ['vote', call(member, 'PUT', `${path}/poll/votes`, { options: [0] })],
      ['pin', call(member, 'PUT', `${path}/pin`)],
      ['schedule', call(member, 'POST', `/channels/${channelId}/scheduled`, { content: 'x', send_at: inAnHour() })],
    ]
    for (const [what, answer] of attempts) {
      const refused = await refusal(answer)
      expect(refused, what).toMatchObject({
        code: 'channel.muted',
        message: expect.stringContaining('too loud') as string,
      })
      expect(refused.retryAfterMs, what).toBeGreaterThan(HOUR - 60_000)
      expect(refused.retryAfterMs, what).toBeLessThanOrEqual(HOUR)
    }
    const typing = await chat.typing.announce(member, { channel_id: channelId })
    expect(typing).toMatchObject({ ok: false, error: { code: 'channel.muted' } })
    expect(await outcome(call(member, 'GET', `/channels/${channelId}/messages`))).toBe(200)
    expect(await read(call(member, 'GET', `/channels/${channelId}`))).toMatchObject({
      joined: true,
      restriction: { kind: 'mute', until, reason: 'too loud', set_by: { username: 'mia' } },
    })
    expect(await read(call(moderator, 'GET', `/channels/${channelId}`))).not.toHaveProperty('restriction')
    // Leaving and coming back is no way out, and a text of one's own can always go.
    await call(member, 'DELETE', `/channels/${channelId}/members/me`)
    expect(await outcome(call(member, 'PUT', `/channels/${channelId}/members/me`))).toBe(201)
    expect(await outcome(send(member, channelId))).toBe('channel.muted')
    expect(await outcome(call(member, 'DELETE', path))).toBe(204)
    expect(await outcome(lift(moderator, member, channelId, 'mute'))).toBe(204)
    expect(await outcome(send(member, channelId))).toBe(201)
  })

  test('[MB-2] it ends by itself; without an end it says so', async () => {
    const { owner, member, channelId } = await room()
    await read(restrict(owner, member, channelId, 'mute', { until: new Date(Date.now() + 400).toISOString() }))
    expect(await outcome(send(member, channelId))).toBe('channel.muted')
    await expect.poll(() => outcome(send(member, channelId))).toBe(201)
    expect(await listed(owner, channelId)).toEqual([])
    expect(await read(restrict(owner, member, channelId, 'mute', { until: null }))).toMatchObject({ until: null })
    const refused = await refusal(send(member, channelId))
    expect(refused.message).toBe('A moderator has muted you in this channel, until a moderator lifts it.')
    expect(refused.retryAfterMs).toBeUndefined()
    expect(await listed(owner, channelId)).toMatchObject([{ user_id: member.userId, until: null, state: 'in_force' }])
  })

  test('[MB-2] an end that is past, too far, or no time is a fault of the field', async () => {
    const { owner, member, channelId } = await room()
    for (const until of [new Date(Date.now() - 1).toISOString(), '2100-01-01T00:00:00.000Z', 'tomorrow']) {
      expect(await refusal(restrict(owner, member, channelId, 'mute', { until }))).toMatchObject({
        code: 'request.invalid',
        path: 'until',
      })
    }
    expect(await refusal(restrict(owner, member, channelId, 'ban', { reason: '\0' }))).toMatchObject({ path: 'reason' })
    const nobody = person('nobody')
    const nowhere = `/channels/${channelId}/members/${newId()}/mute`
    expect(await outcome(call(owner, 'PUT', nowhere, { until: null }))).toBe('member.unknown_user')
    expect(await outcome(call(nobody, 'PUT', `/channels/${newId()}/members/${newId()}/mute`, { until: null }))).toBe(
      'not_found',
    )
    expect(await listed(owner, channelId)).toEqual([])
  })

  test('[MB-1] moderators stand above members, owners above moderators, administrators above all in what is public', async () => {
    const { owner, moderator, member, stranger, admin, channelId } = await room()
    expect(await outcome(restrict(member, stranger, channelId, 'mute'))).toBe('permission.denied')
    expect(await outcome(restrict(moderator, owner, channelId, 'mute'))).toBe('permission.denied')
    expect(await outcome(restrict(moderator, moderator, channelId, 'mute'))).toBe('permission.denied')
    expect(await outcome(restrict(owner, admin, channelId, 'ban'))).toBe('permission.denied')
    expect(await outcome(restrict(moderator, stranger, channelId, 'mute'))).toBe(200)
    expect(await outcome(restrict(owner, moderator, channelId, 'mute'))).toBe(200)
    expect(await outcome(lift(moderator, moderator, channelId, 'mute'))).toBe('permission.denied')
    expect(await outcome(restrict(admin, owner, channelId, 'mute'))).toBe(200)
    expect(await outcome(send(stranger, channelId))).toBe('channel.muted')
    expect(await outcome(call(member, 'GET', `/channels/${channelId}/restrictions`))).toBe('permission.denied')
    const secret = await room('private')
    expect(await outcome(restrict(secret.admin, secret.member, secret.channelId, 'mute'))).toBe('not_found')
    expect(await outcome(call(secret.admin, 'GET', `/channels/${secret.channelId}/restrictions`))).toBe('not_found')
  })

  test('[MB-6] the person and the moderators are told in their own streams, and nobody else', async () => {
    const { owner, moderator, member, stranger, admin, channelId } = await room()
    const before = (await read(call(owner, 'GET', `/channels/${channelId}`))).seq
    await read(restrict(moderator, member, channelId, 'mute', { until: null, reason: 'why' }))
    for (const who of [owner, moderator, member, admin]) {
      expect(await ownChanges(who, 'restriction_changed'), who.username).toMatchObject([
        { kind: 'mute', state: 'in_force', until: null, reason: 'why', user_id: member.userId, channel_id: channelId },
      ])
    }
    expect(await ownChanges(stranger, 'restriction_changed')).toEqual([])
    expect((await read(call(owner, 'GET', `/channels/${channelId}`))).seq).toBe(before)
    await lift(owner, member, channelId, 'mute')
    expect(await ownChanges(member, 'restriction_changed')).toMatchObject([{ state: 'lifted', until: null }])
    // Once more changes nothing, and tells nobody.
    const head = (await chat.streams.changes(userStream(member.userId), 0, 500)).head
    expect(await outcome(lift(owner, member, channelId, 'mute'))).toBe(204)
    expect((await chat.streams.changes(userStream(member.userId), 0, 500)).head).toBe(head)
    // Who moderates no more is told no more.
    await call(owner, 'PATCH', `/channels/${channelId}/members/${moderator.userId}`, { role: 'member' })
    expect(await ownChanges(moderator, 'restriction_changed')).toEqual([])
  })
})

describe('a ban', () => {
  test('[MB-3] in a public channel: out, no way in, no word; it can be read', async () => {
    const { owner, moderator, member, channelId } = await room()
    await send(member, channelId)
    expect(await read(restrict(moderator, member, channelId, 'ban', { reason: 'spam' }))).toMatchObject({ kind: 'ban' })
    expect(await read(call(member, 'GET', `/channels/${channelId}`))).toMatchObject({
      joined: false,
      member_count: 2,
      restriction: { kind: 'ban', reason: 'spam' },
    })
    const [left] = await ownChanges(member, 'member_changed')
    expect(left).toMatchObject({ membership: 'left', channel_id: channelId })
    expect(await outcome(call(member, 'GET', `/channels/${channelId}/messages`))).toBe(200)
    const joining = await refusal(call(member, 'PUT', `/channels/${channelId}/members/me`))
    expect(joining).toMatchObject({ code: 'channel.banned', message: expect.stringContaining('spam') as string })
    expect(joining.retryAfterMs).toBeGreaterThan(HOUR - 60_000)
    const adding = await refusal(call(owner, 'PUT', `/channels/${channelId}/members/${member.userId}`))
    expect(adding).toMatchObject({ code: 'channel.banned' })
    expect(adding.message).toMatch(/^This person is banned from this channel, until \d{4}-/)
    expect(adding.message).not.toContain('spam')
    expect(await outcome(send(member, channelId))).toBe('channel.banned')
    expect(await listed(moderator, channelId, '?kind=ban')).toMatchObject([{ user_id: member.userId }])
    expect(await listed(moderator, channelId, '?kind=mute')).toEqual([])
    expect(await outcome(lift(owner, member, channelId, 'ban'))).toBe(204)
    // Nobody is put in again by that.
    expect(await read(call(member, 'GET', `/channels/${channelId}`))).toMatchObject({ joined: false })
    expect(await outcome(call(member, 'PUT', `/channels/${channelId}/members/me`))).toBe(201)
  })

  test('[MB-3] in a private channel it does not exist for them, and they are told nothing more of it', async () => {
    const { owner, moderator, member, channelId } = await room('private')
    await send(member, channelId)
    expect(await outcome(restrict(moderator, member, channelId, 'ban'))).toBe(200)
    for (const path of ['', '/messages', '/members', '/restrictions']) {
      expect(await outcome(call(member, 'GET', `/channels/${channelId}${path}`)), path).toBe('not_found')
    }
    expect(await outcome(send(member, channelId))).toBe('not_found')
    expect(await outcome(call(member, 'PUT', `/channels/${channelId}/members/me`))).toBe('not_found')
    expect(await openStream(member, channelStream(channelId))).toMatchObject({
      error: { code: 'live.unknown_stream' },
    })
    expect(await ownChanges(member, 'restriction_changed')).toEqual([])
    expect(await ownChanges(owner, 'restriction_changed')).toMatchObject([{ kind: 'ban', state: 'in_force' }])
    expect(await outcome(call(owner, 'PUT', `/channels/${channelId}/members/${member.userId}`))).toBe('channel.banned')
    await lift(moderator, member, channelId, 'ban')
    expect(await ownChanges(member, 'restriction_changed')).toEqual([])
    expect(await outcome(call(owner, 'PUT', `/channels/${channelId}/members/${member.userId}`))).toBe(201)
  })

  test('[MB-3] somebody who was never in it can be banned, which is no change of its stream', async () => {
    const { owner, moderator, stranger, channelId } = await room()
    const before = await read(call(owner, 'GET', `/channels/${channelId}`))
    expect(await outcome(restrict(moderator, stranger, channelId, 'ban', { until: null }))).toBe(200)
    expect(await read(call(owner, 'GET', `/channels/${channelId}`))).toEqual(before)
    expect(await ownChanges(stranger, 'member_changed')).toEqual([])
    expect(await outcome(send(stranger, channelId))).toBe('channel.banned')
    await lift(moderator, stranger, channelId, 'ban')
    expect(await outcome(send(stranger, channelId))).toBe(201)
    expect(await ownChanges(stranger, 'member_changed')).toMatchObject([{ membership: 'joined' }])
  })

  test('[MB-3] default channels are not joined in spite of it', async () => {
    const { admin, channelId } = await room()
    await read(call(admin, 'PATCH', `/channels/${channelId}`, { is_default: true }))
    const late = person('late')
    expect(await outcome(restrict(admin, late, channelId, 'ban'))).toBe(200)
    await register(late)
    expect(await read(call(late, 'GET', `/channels/${channelId}`))).toMatchObject({ joined: false })
    await read(call(admin, 'PATCH', `/channels/${channelId}`, { is_default: false }))
  })
})

describe('undoing', () => {
  test('[MB-5] an undone ban brings back what one was, and what one had not read', async () => {
    const { owner, moderator, channelId } = await room()
    const first = await read(call(owner, 'GET', `/channels/${channelId}/members`))
    await read(restrict(owner, moderator, channelId, 'ban'))
    await send(owner, channelId, 'meanwhile')
    expect(await read(undo(owner, moderator, channelId, 'ban'))).toMatchObject({ state: 'lifted' })
    const after = await read(call(owner, 'GET', `/channels/${channelId}/members`))
    const row = (list: Read) => list.items.find((each) => each.user_id === moderator.userId)
    expect(row(after)).toEqual({ ...row(first), changed_seq: expect.any(Number) as number })
    const unread = await read(call(moderator, 'GET', '/unread'))
    const channel = unread.channels.find((each) => each.channel_id === channelId)
    expect(channel?.unread).toHaveLength(1)
    expect(await outcome(undo(owner, moderator, channelId, 'ban'))).toBe('moderation.not_undoable')
  })

  test('[MB-5] a ban that is changed at once is undone to the first, and that to what the person was', async () => {
    const { owner, moderator, member, channelId } = await room()
    await read(call(owner, 'PATCH', `/channels/${channelId}/members/${member.userId}`, { role: 'moderator' }))
    const first = await read<Restriction>(restrict(owner, member, channelId, 'ban', { reason: 'first' }))
    expect(await outcome(restrict(moderator, member, channelId, 'ban', { until: null }))).toBe('permission.denied')
    await read(restrict(owner, member, channelId, 'ban', { until: null, reason: 'second' }))
    expect(await read(undo(owner, member, channelId, 'ban'))).toMatchObject({
      state: 'in_force',
      until: first.until,
      reason: 'first',
      undo_until: first.undo_until,
    })
    expect(await read(undo(owner, member, channelId, 'ban'))).toMatchObject({ state: 'lifted' })
    expect(await read(call(member, 'GET', `/channels/${channelId}`))).toMatchObject({ joined: true, role: 'moderator' })
  })

  test('[MB-5] another end, and lifting, are undone to what was before', async () => {
    const { owner, moderator, member, channelId } = await room()
    expect(await outcome(undo(owner, member, channelId, 'mute'))).toBe('moderation.not_undoable')
    const first = await read<Restriction>(restrict(moderator, member, channelId, 'mute', { reason: 'first' }))
    await read(restrict(owner, member, channelId, 'mute', { until: null, reason: 'second' }))
    const { changed_at: _, undo_until: __, ...same } = first
    expect(await read(undo(moderator, member, channelId, 'mute'))).toMatchObject(same)
    await lift(owner, member, channelId, 'mute')
    expect(await outcome(send(member, channelId))).toBe(201)
    expect(await read(undo(moderator, member, channelId, 'mute'))).toMatchObject(same)
    expect(await outcome(send(member, channelId))).toBe('channel.muted')
  })

  test('[MB-5] two at once: each is one change, and the later one counts', async () => {
    const { owner, moderator, member, channelId } = await room()
    const answers = await Promise.all([
      restrict(owner, member, channelId, 'ban', { until: null }),
      restrict(moderator, member, channelId, 'ban'),
      undo(owner, member, channelId, 'ban'),
      lift(moderator, member, channelId, 'ban'),
      ...Array.from({ length: 5 }, () => send(member, channelId)),
    ])
    expect(answers.filter(({ ok }) => ok).length).toBeGreaterThan(2)
    const [mine] = await ownChanges(owner, 'restriction_changed')
    const [theirs] = await ownChanges(moderator, 'restriction_changed')
    const told = { state: mine?.state, until: mine?.until, changed_at: mine?.changed_at }
    expect(theirs).toMatchObject(told)
    const inForce = await listed(owner, channelId)
    expect(inForce.length).toBe(told.state === 'in_force' ? 1 : 0)
  })
})

describe('[RL-3] what is refused', () => {
  const sendTwice = async (caller: Caller, channelId: ChannelId, more: object = {}) => [
    await outcome(send(caller, channelId, 'hello', more)),
    await outcome(send(caller, channelId, 'hello', more)),
  ]
  test('counts, of who is muted or banned, in what is archived, and to no thread', async () => {
    const { owner, moderator, member, channelId } = await room()
    await read(call(owner, 'PATCH', `/channels/${channelId}`, { rate_limit: { count: 1, window_s: 60 } }))
    await read(restrict(owner, member, channelId, 'mute'))
    expect(await sendTwice(member, channelId)).toEqual(['channel.muted', 'message.rate_limited'])
    const banned = await room()
    await read(call(banned.owner, 'PATCH', `/channels/${banned.channelId}`, { rate_limit: { count: 1, window_s: 60 } }))
    await read(restrict(banned.owner, banned.member, banned.channelId, 'ban'))
    expect(await sendTwice(banned.member, banned.channelId)).toEqual(['channel.banned', 'message.rate_limited'])
    expect(await sendTwice(owner, channelId, { thread_id: newId() })).toEqual([
      'message.thread_not_found',
      'message.rate_limited',
    ])
    await call(owner, 'DELETE', `/channels/${channelId}`)
    expect(await sendTwice(moderator, channelId)).toEqual(['channel.archived', 'message.rate_limited'])
  })

  test('counts for all channels together where there is nothing, so that it tells of no channel', async () => {
    const { owner, stranger, channelId } = await room('private')
    await read(call(owner, 'PATCH', `/channels/${channelId}`, { rate_limit: { count: 1, window_s: 60 } }))
    expect(await sendTwice(stranger, channelId)).toEqual(['not_found', 'not_found'])
    const { channelId: open } = await room()
    const places = 1_000 - 2
    const nowhere = Array.from({ length: places }, () => outcome(send(stranger, newId<ChannelId>())))
    expect(new Set(await Promise.all(nowhere))).toEqual(new Set(['not_found']))
    expect(await outcome(send(stranger, newId<ChannelId>()))).toBe('message.rate_limited')
    expect(await outcome(send(stranger, open))).toBe('message.rate_limited')
    expect(await outcome(send(owner, open))).toBe(201)
  })
})

test('[AU-1] each act is in the audit log, with whom it is about, by whom, and why', async () => {
  const { owner, moderator, member, admin, channelId } = await room()
  const until = inAnHour()
  await read(restrict(moderator, member, channelId, 'mute', { until, reason: 'loud' }))
  await lift(owner, member, channelId, 'mute')
  await read(restrict(owner, member, channelId, 'ban', { until: null }))
  await read(undo(moderator, member, channelId, 'ban'))
  const { items } = await read(call(admin, 'GET', `/audit?user_id=${member.userId}`))
  expect(items).toMatchObject([
    { action: 'member.ban_undone', actor: { username: 'mia' }, user: { username: 'ann' } },
    { action: 'member.banned', actor: { username: 'olga' }, details: { until: null } },
    { action: 'member.mute_lifted', actor: { username: 'olga' } },
    { action: 'member.muted', actor: { username: 'mia' }, reason: 'loud', details: { until }, channel_id: channelId },
  ])
  expect((await read(call(admin, 'GET', `/audit?user_id=${owner.userId}`))).items).toEqual([])
})

describe('what is scheduled', () => {
  test('[SC-4] of whom a mute kept from writing fails with the reason', async () => {
    const { owner, member, channelId } = await room()
    const sendAt = new Date(Date.now() + 300).toISOString()
    await read(call(member, 'POST', `/channels/${channelId}/scheduled`, { content: 'later', send_at: sendAt }))
    await read(restrict(owner, member, channelId, 'mute'))
    const mine = async () => (await read(call(member, 'GET', '/scheduled'))).items
    await expect.poll(mine, { timeout: 10_000 }).toMatchObject([{ state: 'failed', reason: { code: 'channel.muted' } }])
  })
})

describe('[MO-2] who decides about messages', () => {
  test('writes without being held: owners and moderators, administrators in public channels', async () => {
    const { owner, moderator, member, admin, channelId } = await room()
    await read(call(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'on' }))
    for (const who of [owner, moderator, admin])
      expect(await outcome(send(who, channelId, LINK)), who.username).toBe(201)
    expect(await outcome(send(member, channelId, LINK))).toBe(202)
    expect(await outcome(send(admin, LOBBY_ID, LINK))).toBe(201)
    const mine = await read(send(moderator, channelId, 'plain'))
    const path = `/channels/${channelId}/messages/${mine.id}`
    expect(await outcome(call(moderator, 'PATCH', path, { content: LINK }))).toBe(200)
    const theirs = await read(send(member, channelId, 'plain'))
    const other = `/channels/${channelId}/messages/${theirs.id}`
    expect(await outcome(call(member, 'PATCH', other, { content: LINK }))).toBe('message.would_be_held')
    const secret = await room('private')
    await read(call(secret.owner, 'PATCH', `/channels/${secret.channelId}`, { moderation: 'on' }))
    await read(call(secret.owner, 'PUT', `/channels/${secret.channelId}/members/${secret.admin.userId}`))
    expect(await outcome(send(secret.admin, secret.channelId, LINK))).toBe(202)
  })

  test('and in the order in which they wrote; new accounts too', async () => {
    const { owner, channelId } = await room()
    await read(call(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'on' }))
    const fresh = person('newt', 'user', Date.now())
    await register(fresh)
    await read(call(owner, 'PUT', `/channels/${channelId}/members/${fresh.userId}`))
    await read(call(owner, 'PATCH', `/channels/${channelId}/members/${fresh.userId}`, { role: 'moderator' }))
    const texts = Array.from({ length: 8 }, (_, n) => (n % 3 === 0 ? `${LINK}/${n}` : `plain ${n}`))
    const answers = await Promise.all(texts.map((text) => send(fresh, channelId, text)))
    expect(answers.map((answer) => answer.ok && answer.value.status)).toEqual(texts.map(() => 201))
    const { items } = await read(call(owner, 'GET', `/channels/${channelId}/messages`))
    expect(items.map((each) => each.content).toReversed()).toEqual(texts)
  })

  test('gets the answer of then for what was held before they did', async () => {
    const { owner, moderator, member, channelId } = await room()
    await read(call(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'on' }))
    const [waiting, removed, approved] = [newId(), newId(), newId()]
    const ids = new Map<string, string>()
    for (const client_id of [waiting, removed, approved]) {
      ids.set(client_id, (await read(send(member, channelId, LINK, { client_id }))).id)
    }
    await read(call(moderator, 'POST', `/moderation/${ids.get(removed)}`, { decision: 'remove', reason: 'no' }))
    await read(call(moderator, 'POST', `/moderation/${ids.get(approved)}`, { decision: 'approve' }))
    await read(call(owner, 'PATCH', `/channels/${channelId}/members/${member.userId}`, { role: 'moderator' }))
    const again = (client_id: string, content = LINK) => send(member, channelId, content, { client_id })
    expect(await again(waiting)).toMatchObject({
      value: { status: 202, body: { id: ids.get(waiting), status: 'pending' } },
    })
    expect(await again(removed)).toMatchObject({
      value: { status: 202, body: { id: ids.get(removed), status: 'removed' } },
    })
    expect(await again(approved)).toMatchObject({ value: { status: 200, body: { id: ids.get(approved) } } })
    expect(await outcome(again(waiting, `${LINK}!`))).toBe('message.client_id_conflict')
    const { items } = await read(call(owner, 'GET', `/channels/${channelId}/messages`))
    expect(items).toHaveLength(1)
  })
})
