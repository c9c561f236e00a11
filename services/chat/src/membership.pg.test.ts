import { channelStream, userStream, type Caller, type ChangeFrame, type StreamName } from '@glasshouse/contracts'
import { newId, type ChannelId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import { body, call, chat, create, openStream, outcome, person, useChat } from './chat-caller.contract.ts'
import { LOBBY_ID } from './index.ts'

useChat()

describe('private channels', () => {
  test('AC-2: do not exist for those outside, administrators included, by whatever door', async () => {
    const [ann, ben, gus] = [person('ann'), person('ben'), person('gus', 'guest')]
    const room = await create(ann, 'private', [ben, gus])
    const sent = await body(call(ann, 'POST', `/channels/${room}/messages`, { content: 'secret' }))
    const doors = async (caller: Caller | undefined, channelId: ChannelId) => [
      await outcome(call(caller, 'GET', `/channels/${channelId}`)),
      await outcome(call(caller, 'GET', `/channels/${channelId}/messages`)),
      await outcome(call(caller, 'GET', `/channels/${channelId}/messages/${sent.id}`)),
      await outcome(call(caller, 'GET', `/channels/${channelId}/messages/${sent.id}/thread`)),
      await outcome(call(caller, 'GET', `/channels/${channelId}/members`)),
      await outcome(call(caller, 'GET', `/channels/${channelId}/pins`)),
      await outcome(call(caller, 'GET', `/channels/${channelId}/messages/${sent.id}/edits`)),
      await outcome(call(caller, 'PATCH', `/channels/${channelId}/messages/${sent.id}`, { content: 'mine' })),
      await outcome(call(caller, 'DELETE', `/channels/${channelId}/messages/${sent.id}`)),
      await outcome(call(caller, 'PUT', `/channels/${channelId}/messages/${sent.id}/reactions/👍`)),
      await outcome(call(caller, 'DELETE', `/channels/${channelId}/messages/${sent.id}/reactions/👍`)),
      await outcome(call(caller, 'PUT', `/channels/${channelId}/messages/${sent.id}/pin`)),
      await outcome(call(caller, 'DELETE', `/channels/${channelId}/messages/${sent.id}/pin`)),
      await outcome(call(caller, 'PUT', `/channels/${channelId}/members/me`)),
      await outcome(call(caller, 'PUT', `/channels/${channelId}/members/${newId()}`)),
      await outcome(call(caller, 'PATCH', `/channels/${channelId}/members/${ben.userId}`, { role: 'member' })),
      await outcome(call(caller, 'DELETE', `/channels/${channelId}/members/${ben.userId}`)),
      await outcome(call(caller, 'DELETE', `/channels/${channelId}/members/me`)),
      await outcome(call(caller, 'POST', `/channels/${channelId}/messages`, { content: 'let me in' })),
      await outcome(
        openStream(caller, channelStream(channelId)).then((r) => (r.ok ? { ok: true, value: { status: 200 } } : r)),
      ),
    ]
    for (const role of ['admin', 'manager', 'user', 'guest'] as const) {
      const stranger = person('stranger', role)
      expect(await doors(stranger, room), role).toEqual(await doors(stranger, newId<ChannelId>()))
      expect(new Set(await doors(stranger, room)), role).toEqual(new Set(['not_found', 'live.unknown_stream']))
      const { items } = await body(call(stranger, 'GET', '/channels?limit=100'))
      expect(items.map(({ id }) => id)).not.toContain(room)
    }
    expect(new Set(await doors(undefined, room))).toEqual(new Set(['auth.required']))
    // A guest is a member as anybody else.
    expect(await outcome(call(gus, 'GET', `/channels/${room}/messages`))).toBe(200)
    expect(await outcome(call(gus, 'POST', `/channels/${room}/messages`, { content: 'hello' }))).toBe(201)
  })

  test("CH-2: their names are nobody else's business: any may have any", async () => {
    const name = `plans ${newId()}`
    const make = (type: string) => outcome(call(person('ann'), 'POST', '/channels', { type, name }))
    expect([await make('private'), await make('private'), await make('public'), await make('private')]).toEqual(
      Array(4).fill(201),
    )
    expect(await make('public')).toBe('channel.name_taken')
  })

  test('AC-3: guests are in named channels only: the Lobby, and what they were added to', async () => {
    const [ann, gus] = [person('ann'), person('gus', 'guest')]
    const room = await create(ann, 'public')
    expect(await outcome(call(gus, 'GET', `/channels/${room}`))).toBe('not_found')
    expect(await outcome(call(gus, 'PUT', `/channels/${room}/members/me`))).toBe('not_found')
    expect(await outcome(call(gus, 'POST', `/channels/${LOBBY_ID}/messages`, { content: 'x' }))).toBe(
      'permission.denied',
    )
    expect(await outcome(call(gus, 'PUT', `/channels/${LOBBY_ID}/members/me`))).toBe('permission.denied')
    expect(await outcome(call(ann, 'PUT', `/channels/${room}/members/${gus.userId}`))).toBe(201)
    expect(await outcome(call(gus, 'POST', `/channels/${room}/messages`, { content: 'x' }))).toBe(201)
    const listed = await body(call(gus, 'GET', '/channels'))
    expect(listed.items.map(({ id }) => id).toSorted()).toEqual([LOBBY_ID, room].toSorted())
  })
})

describe('members', () => {
  test('ME-3: members add, owners and moderators remove, owners set roles; a moderator is no judge of moderators', async () => {
    const [ann, mod, mia, ben] = [person('ann'), person('mod'), person('mia'), person('ben')]
    const room = await create(ann, 'private', [mod, mia, ben])
    const at = (who: Caller) => `/channels/${room}/members/${who.userId}`
    const setRole = (by: Caller, who: Caller, role: string) => outcome(call(by, 'PATCH', at(who), { role }))
    expect(await setRole(ben, ben, 'owner')).toBe('permission.denied')
    for (const each of [mod, mia]) expect(await setRole(ann, each, 'moderator')).toBe(200)
    expect(await setRole(mod, ben, 'moderator')).toBe('permission.denied')
    const [zoe, yan] = [person('zoe'), person('yan')]
    expect(await outcome(call(ben, 'PUT', at(zoe)))).toBe(201)
    expect(await outcome(call(ben, 'PUT', at(zoe)))).toBe(200)
    expect(await outcome(call(ben, 'DELETE', at(zoe)))).toBe('permission.denied')
    expect(await outcome(call(mod, 'DELETE', at(zoe)))).toBe(204)
    expect(await outcome(call(mod, 'DELETE', at(zoe)))).toBe('permission.denied')
    expect(await outcome(call(ann, 'DELETE', at(zoe)))).toBe('not_found')
    for (const other of [mia, ann]) expect(await outcome(call(mod, 'DELETE', at(other)))).toBe('permission.denied')
    expect(await outcome(call(ann, 'DELETE', at(mia)))).toBe(204)
    expect(await outcome(call(mia, 'GET', `/channels/${room}`))).toBe('not_found')
    expect(await call(ann, 'PUT', `/channels/${room}/members/${newId()}`)).toMatchObject({
      error: { code: 'member.unknown_user', path: 'user_id' },
    })
    expect(
      await call(ann, 'POST', '/channels', { type: 'private', name: 'x', members: [yan.userId, newId()] }),
    ).toMatchObject({
      error: { code: 'member.unknown_user', path: 'members.1' },
    })
    const { items } = await body(call(ben, 'GET', `/channels/${room}/members`))
    expect(items.map(({ username, role }) => [username, role])).toEqual(
      expect.arrayContaining([
        ['ann', 'owner'],
        ['mod', 'moderator'],
        ['ben', 'member'],
      ]),
    )
    expect(items).toHaveLength(3)
  })

  test("ME-3: in public channels everybody joins by themselves, and administrators have an owner's rights", async () => {
    const [ann, ben, cem, boss] = [person('ann'), person('ben'), person('cem'), person('boss', 'admin')]
    const room = await create(ann, 'public')
    const at = (who: Caller) => `/channels/${room}/members/${who.userId}`
    expect(await outcome(call(ben, 'PUT', at(cem)))).toBe('permission.denied')
    expect(await outcome(call(ben, 'PUT', `/channels/${room}/members/me`))).toBe(201)
    expect(await outcome(call(ben, 'PUT', at(cem)))).toBe(201)
    expect(await outcome(call(ben, 'DELETE', at(cem)))).toBe('permission.denied')
    expect(await outcome(call(boss, 'PATCH', at(ben), { role: 'moderator' }))).toBe(200)
    expect(await outcome(call(boss, 'DELETE', at(ann)))).toBe(204)
    // Everybody may read it still, and the first message joins again.
    expect(await outcome(call(ann, 'POST', `/channels/${room}/messages`, { content: 'back' }))).toBe(201)
    expect(await body(call(ann, 'GET', `/channels/${room}`))).toMatchObject({ role: 'member', member_count: 3 })
  })

  test('ME-5: a private channel keeps an owner while somebody is in it, and is archived when nobody is', async () => {
    const [ann, ben] = [person('ann'), person('ben')]
    const room = await create(ann, 'private', [ben])
    const leave = (who: Caller) => outcome(call(who, 'DELETE', `/channels/${room}/members/me`))
    expect(await leave(ann)).toBe('channel.last_owner')
    const demote = () => outcome(call(ann, 'PATCH', `/channels/${room}/members/me`, { role: 'member' }))
    expect(await demote()).toBe('channel.last_owner')
    expect(await outcome(call(ann, 'PATCH', `/channels/${room}/members/${ben.userId}`, { role: 'owner' }))).toBe(200)
    expect([await leave(ann), await leave(ben)]).toEqual([204, 204])
    expect(await outcome(call(ben, 'GET', `/channels/${room}`))).toBe('not_found')
  })

  test("ME-6: changes are announced in both streams, equal to what is read; nobody opens another's", async () => {
    const [ann, ben] = [person('ann'), person('ben')]
    const room = await create(ann, 'private')
    const heard: ChangeFrame[] = []
    chat.streams.onChange((change) => heard.push(change))
    await body(call(ann, 'PUT', `/channels/${room}/members/${ben.userId}`))
    await body(call(ann, 'PATCH', `/channels/${room}/members/${ben.userId}`, { role: 'moderator' }))
    const of = (stream: StreamName) => heard.filter((change) => change.stream === stream)
    expect(of(channelStream(room))).toMatchObject([
      { type: 'member_changed', changed_seq: 3, membership: 'joined', role: 'member', channel_type: 'private' },
      { type: 'member_changed', changed_seq: 4, role: 'moderator', username: 'ben' },
    ])
    const own = userStream(ben.userId)
    expect(of(own)).toMatchObject([
      { changed_seq: 1, channel: { id: room, type: 'private', joined: true, role: 'member', member_count: 2 } },
      { changed_seq: 2, role: 'moderator', channel: { role: 'moderator' } },
    ])
    expect(await openStream(ben, own)).toEqual({ ok: true, value: { head: 2 } })
    expect(await chat.streams.changes(own, 0, 10)).toEqual({ changes: [of(own)[1]], through: 2, head: 2 })
    expect((await chat.streams.changes(channelStream(room), 2, 10)).changes).toEqual([of(channelStream(room))[1]])
    expect(await openStream(person('cat', 'admin'), own)).toMatchObject({
      error: { code: 'live.unknown_stream' },
    })
    expect(await openStream(undefined, own)).toMatchObject({ error: { code: 'auth.required' } })
    await outcome(call(ben, 'DELETE', `/channels/${room}/members/me`))
    const [left] = (await chat.streams.changes(own, 2, 10)).changes
    expect(left).toMatchObject({ changed_seq: 3, membership: 'left', role: null })
    expect(left).not.toHaveProperty('channel')
  })

  test('AC-4: leaving ends the watch of those who cannot read it from outside, and of nobody else', async () => {
    const [ann, ben, gus] = [person('ann'), person('ben'), person('gus', 'guest')]
    const left = async (channelId: ChannelId, who: Caller): Promise<ChangeFrame> => {
      await outcome(call(who, 'DELETE', `/channels/${channelId}/members/me`))
      const { changes } = await chat.streams.changes(channelStream(channelId), 0, 100)
      const change = changes.find((each) => each.type === 'member_changed' && each.user_id === who.userId)
      if (change === undefined) throw new Error('the leave is no change')
      return change
    }
    const ends = (change: ChangeFrame, caller: Caller) => chat.streams.endsWatch(change)?.(caller) ?? false
    const [secret, room] = [await create(ann, 'private', [ben, gus]), await create(ann, 'public', [ben, gus])]
    const benLeft = await left(secret, ben)
    expect([ben, ann, gus].map((each) => ends(benLeft, each))).toEqual([true, false, false])
    const benLeftRoom = await left(room, ben)
    expect(ends(benLeftRoom, ben)).toBe(false)
    expect(ends(await left(room, gus), gus)).toBe(true)
    const { changes } = await chat.streams.changes(userStream(ben.userId), 0, 100)
    expect(changes.map((change) => ends(change, ben))).toEqual([false, false])
    expect(ends((await chat.streams.changes(channelStream(room), 0, 1)).changes[0] as ChangeFrame, gus)).toBe(false)
  })
})

describe("one's own channels", () => {
  test("CH-6: the list says where one's own stream is; with `joined` it is one's own, or the others", async () => {
    const [ann, ben] = [person('ann'), person('ben')]
    const [room, secret, other] = [
      await create(ben, 'public'),
      await create(ann, 'private'),
      await create(ann, 'public'),
    ]
    await outcome(call(ann, 'POST', `/channels/${room}/messages`, { content: 'joins' }))
    const ids = async (query: string) => {
      const { items, stream, seq } = await body(call(ann, 'GET', `/channels?limit=100${query}`))
      expect({ stream, seq }).toEqual({ stream: userStream(ann.userId), seq: 3 })
      return items.map(({ id }) => id)
    }
    expect((await ids('&joined=true')).toSorted()).toEqual([room, secret, other].toSorted())
    expect(await ids('&joined=false')).toContain(LOBBY_ID)
    expect(await ids('&joined=false')).not.toContain(other)
    expect(await ids('')).toEqual(expect.arrayContaining([LOBBY_ID, room, secret, other]))
    expect((await body(call(ben, 'GET', '/channels?joined=true'))).seq).toBe(1)
    expect(await call(ben, 'GET', `/channels?cursor=${secret}`)).toMatchObject({
      error: { code: 'request.invalid', path: 'cursor' },
    })
  })
})
