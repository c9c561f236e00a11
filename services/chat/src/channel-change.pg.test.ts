import { channelStream, userStream, type ChangeFrame, type Channel, type UserEvent } from '@glasshouse/contracts'
import { newId, type ChannelId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import { body, call, chat, create, openStream, outcome, person, useChat } from './chat-caller.contract.ts'
import { LOBBY_ID } from './index.ts'

useChat()

const read = async (...asked: Parameters<typeof call>): Promise<Channel> =>
  (await body(call(...asked))) as unknown as Channel

describe('what a channel can be set to', () => {
  test('CC-1: owners and moderators edit, members and strangers do not; each member hears of it in their own stream', async () => {
    const [ann, mod, ben, boss] = [person('ann'), person('mod'), person('ben'), person('boss', 'admin')]
    for (const type of ['public', 'private'] as const) {
      const room = await create(ann, type, [mod, ben])
      await body(call(ann, 'PATCH', `/channels/${room}/members/${mod.userId}`, { role: 'moderator' }))
      const edit = (who: typeof ann, request: object) => outcome(call(who, 'PATCH', `/channels/${room}`, request))
      expect(await edit(ben, { topic: 'mine' })).toBe('permission.denied')
      expect(await edit(person('zoe'), { topic: 'mine' })).toBe(type === 'public' ? 'permission.denied' : 'not_found')
      expect(await edit(boss, { topic: 'house' })).toBe(type === 'public' ? 200 : 'not_found')
      const heard: ChangeFrame[] = []
      const stop = chat.streams.onChange((change) => heard.push(change))
      const name = `renamed ${newId()}`
      const changed = await read(mod, 'PATCH', `/channels/${room}`, {
        name,
        topic: ' now ',
        rate_limit: { count: 1, window_s: 30 },
      })
      stop()
      expect(changed).toMatchObject({ name, topic: 'now', description: '', rate_limit: { count: 1, window_s: 30 } })
      expect(heard.find(({ stream }) => stream === channelStream(room))).toMatchObject({
        type: 'channel_changed',
        channel: { name, topic: 'now' },
      })
      expect(heard.find(({ stream }) => stream === userStream(ben.userId))).toMatchObject({
        type: 'member_changed',
        role: 'member',
        channel: { name, role: 'member' },
      })
      const { head } = await chat.streams.changes(userStream(ben.userId), 0, 10)
      const own = heard.find(({ stream }) => stream === userStream(ben.userId))
      expect(own?.changed_seq).toBe(head)
      expect((await chat.streams.changes(userStream(ben.userId), head - 1, 10)).changes).toEqual([own])
      // The same again is a change as well; nothing at all is none.
      const opened = async () => JSON.stringify(await openStream(ann, channelStream(room)))
      const before = await opened()
      expect(await edit(ann, {})).toBe(200)
      expect(await opened()).toBe(before)
    }
  })

  test('CC-2: a name is taken, also by renaming; the Lobby keeps its own', async () => {
    const [ann, boss] = [person('ann'), person('boss', 'admin')]
    const room = await create(ann, 'public')
    const { name } = await read(ann, 'GET', `/channels/${room}`)
    const other = await create(ann, 'public')
    expect(await call(ann, 'PATCH', `/channels/${other}`, { name: name.toUpperCase() })).toMatchObject({
      error: { code: 'channel.name_taken', path: 'name' },
    })
    const secret = await create(ann, 'private')
    expect(await outcome(call(ann, 'PATCH', `/channels/${secret}`, { name }))).toBe(200)
    expect(await outcome(call(boss, 'PATCH', `/channels/${LOBBY_ID}`, { name: 'hall' }))).toBe('channel.fixed')
    expect(await outcome(call(boss, 'PATCH', `/channels/${LOBBY_ID}`, { topic: 'Welcome' }))).toBe(200)
    expect(await call(ann, 'PATCH', `/channels/${other}`, { name: '#x' })).toMatchObject({ error: { path: 'name' } })
    expect(await call(ann, 'PATCH', `/channels/${other}`, { topic: 'a\0b' })).toMatchObject({
      error: { path: 'topic' },
    })
  })

  test('RL-6: slow mode holds from the next message on, and ends when it is taken away', async () => {
    const [ann, ben] = [person('ann'), person('ben')]
    const room = await create(ann, 'private', [ben])
    const send = () => outcome(call(ben, 'POST', `/channels/${room}/messages`, { content: 'x' }))
    expect([await send(), await send()]).toEqual([201, 201])
    await body(call(ann, 'PATCH', `/channels/${room}`, { rate_limit: { count: 1, window_s: 3_600 } }))
    expect([await send(), await send()].at(-1)).toBe('message.rate_limited')
    await body(call(ann, 'PATCH', `/channels/${room}`, { rate_limit: null }))
    expect(await send()).toBe(201)
    expect((await read(ann, 'GET', `/channels/${room}`)).rate_limit).toEqual({ count: 1_000, window_s: 10 })
  })

  test('CC-3: owners archive and restore; what is archived stands still and can be read', async () => {
    const [ann, mod, ben] = [person('ann'), person('mod'), person('ben')]
    const room = await create(ann, 'private', [mod, ben])
    await body(call(ann, 'PATCH', `/channels/${room}/members/${mod.userId}`, { role: 'moderator' }))
    const send = () => outcome(call(ben, 'POST', `/channels/${room}/messages`, { content: 'x' }))
    expect(await outcome(call(mod, 'DELETE', `/channels/${room}`))).toBe('permission.denied')
    expect(await outcome(call(ann, 'DELETE', `/channels/${room}`))).toBe(204)
    expect(await outcome(call(ann, 'DELETE', `/channels/${room}`))).toBe(204)
    expect(await send()).toBe('channel.archived')
    expect(await outcome(call(ann, 'PATCH', `/channels/${room}`, { topic: 'late' }))).toBe('channel.archived')
    expect(await outcome(call(ann, 'PUT', `/channels/${room}/members/${person('new').userId}`))).toBe(
      'channel.archived',
    )
    expect(await read(ben, 'GET', `/channels/${room}`)).toMatchObject({ archived: true })
    expect(await outcome(call(mod, 'POST', `/channels/${room}/restore`))).toBe('permission.denied')
    expect(await outcome(call(ann, 'POST', `/channels/${room}/restore`))).toBe(200)
    expect(await send()).toBe(201)
    expect(await outcome(call(person('boss', 'admin'), 'DELETE', `/channels/${LOBBY_ID}`))).toBe('channel.fixed')
  })

  test('CC-4: new accounts join the default channels, once; guests and programs do not', async () => {
    const [ann, boss] = [person('ann'), person('boss', 'admin')]
    const [room, secret] = [await create(ann, 'public'), await create(ann, 'private', [boss])]
    const set = (who: typeof ann, id: ChannelId) => outcome(call(who, 'PATCH', `/channels/${id}`, { is_default: true }))
    expect(await set(ann, room)).toBe('permission.denied')
    expect(await set(boss, secret)).toBe('permission.denied')
    expect(await set(boss, room)).toBe(200)
    const created = (who: typeof ann, more: Partial<UserEvent> = {}): UserEvent =>
      ({
        event_type: 'user_created',
        event_id: newId(),
        schema: 1,
        user_id: who.userId,
        username: who.username,
        display_name: who.displayName,
        email: null,
        role: who.role,
        state: 'active',
        bot: false,
        account_created_at: '2026-11-20T09:30:00.000Z',
        created_at: '2026-11-20T09:30:00.000Z',
        version: 1,
        ...more,
      }) as UserEvent
    const [zoe, gus, bot] = [person('zoe'), person('gus', 'guest'), person('bot')]
    for (const event of [created(zoe), created(gus), created(bot, { bot: true }), created(zoe)])
      await chat.onUserEvent(event)
    const members = (await body(call(ann, 'GET', `/channels/${room}/members`))).items.map(({ username }) => username)
    expect(members.toSorted()).toEqual(['ann', 'zoe'])
    expect(await chat.streams.changes(userStream(zoe.userId), 0, 10)).toMatchObject({
      changes: [{ channel: { id: room } }],
    })
    await outcome(call(zoe, 'DELETE', `/channels/${room}/members/me`))
    await chat.onUserEvent(created(zoe))
    expect((await body(call(ann, 'GET', `/channels/${room}/members`))).items).toHaveLength(1)
  })
})

describe('conversations', () => {
  const converse = (who: ReturnType<typeof person>, type: string, ...others: ReturnType<typeof person>[]) =>
    call(who, 'POST', '/channels', { type, members: others.map(({ userId }) => userId) })

  test('CV-1, CV-2: a direct channel is found and not made twice, whoever begins it, also both at once', async () => {
    const [ann, ben] = [person('ann'), person('ben')]
    const both = await Promise.all([converse(ann, 'direct', ben), converse(ben, 'direct', ann)])
    const made = both.flatMap((each) => (each.ok ? [each.value] : []))
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([200, 201]))
    expect(new Set(made.map((each) => (each.body as Channel).id)).size).toBe(1)
    const channel = made[0]?.body as Channel
    expect(channel).toMatchObject({ type: 'direct', name: '', role: 'member', member_count: 2 })
    expect(channel.people?.map(({ username }) => username).toSorted()).toEqual(['ann', 'ben'])
    // It is in the lists of both, and in nobody else's; a stranger does not even hear that it is there.
    for (const who of [ann, ben]) {
      const { items } = await body(call(who, 'GET', '/channels?joined=true'))
      expect(items).toMatchObject([{ id: channel.id, people: [{}, {}] }])
    }
    expect(await outcome(call(person('boss', 'admin'), 'GET', `/channels/${channel.id}`))).toBe('not_found')
    expect(await outcome(call(ben, 'POST', `/channels/${channel.id}/messages`, { content: 'hello' }))).toBe(201)
    const own = await chat.streams.changes(userStream(ben.userId), 0, 10)
    expect(own).toMatchObject({ changes: [{ channel: { id: channel.id, people: [{}, {}] } }] })
  })

  test("CV-1: with oneself it is a place of one's own; a group is one for each set of people", async () => {
    const [ann, ben, cem] = [person('ann'), person('ben'), person('cem')]
    expect(await outcome(converse(ann, 'direct'))).toBe(201)
    expect(await outcome(converse(ann, 'direct', ann))).toBe(200)
    expect(await outcome(converse(ann, 'group', ben, cem))).toBe(201)
    expect(await outcome(converse(cem, 'group', ann, ben))).toBe(200)
    expect(await converse(ann, 'group', ben)).toMatchObject({ error: { code: 'request.invalid', path: 'members' } })
    expect(await converse(ann, 'direct', ben, cem)).toMatchObject({ error: { path: 'members' } })
    expect(await outcome(converse(person('gus', 'guest'), 'direct', ben))).toBe('permission.denied')
    const named = { type: 'direct', name: 'ours', members: [ben.userId] }
    expect(await call(ann, 'POST', '/channels', named)).toMatchObject({ error: { path: 'name' } })
    expect(await call(ann, 'POST', '/channels', { type: 'direct', members: [newId()] })).toMatchObject({
      error: { code: 'member.unknown_user', path: 'members.0' },
    })
  })

  test('CV-3: a conversation keeps its people, and has nothing to set', async () => {
    const [ann, ben, cem] = [person('ann'), person('ben'), person('cem')]
    const { id } = await read(ann, 'POST', '/channels', { type: 'group', members: [ben.userId, cem.userId] })
    const zoe = person('zoe')
    expect(await outcome(call(ann, 'PUT', `/channels/${id}/members/${zoe.userId}`))).toBe('channel.fixed')
    expect(await outcome(call(ann, 'DELETE', `/channels/${id}/members/me`))).toBe('channel.fixed')
    expect(await outcome(call(ann, 'PATCH', `/channels/${id}/members/${ben.userId}`, { role: 'owner' }))).toBe(
      'channel.fixed',
    )
    expect(await outcome(call(ann, 'PATCH', `/channels/${id}`, { topic: 'x' }))).toBe('channel.fixed')
    expect(await outcome(call(ann, 'DELETE', `/channels/${id}`))).toBe('channel.fixed')
    expect(await outcome(call(zoe, 'PATCH', `/channels/${id}`, { topic: 'x' }))).toBe('not_found')
  })
})
