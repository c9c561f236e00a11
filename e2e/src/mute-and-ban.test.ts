/** Mutes and bans as programs see them: two moderators, a member and a stranger, over REST and over live connections. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EventReader } from './event-reader.ts'
import { LiveSocket, type Frame } from './live-socket.ts'
import { newChannel, newPerson, rest, type Answer, type Person } from './rest.ts'
import { dataFolder, startServer, type DataFolder, type Server } from './start-server.ts'

const HOUR = 3_600_000
const inAnHour = (): string => new Date(Date.now() + HOUR).toISOString()

describe('mute and ban', () => {
  let folder: DataFolder
  let server: Server
  let owner: Person
  let second: Person
  let member: Person
  let stranger: Person
  beforeAll(async () => {
    folder = await dataFolder()
    server = await startServer({ data: folder.path })
    owner = await newPerson(server.url, 'olga')
    second = await newPerson(server.url, 'mia')
    member = await newPerson(server.url, 'ann')
    stranger = await newPerson(server.url, 'stan')
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  const call = (who: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
    rest(server.url, method, `/api${path}`, { token: who.token, ...(body === undefined ? {} : { body }) })
  const must = async (who: Person, method: string, path: string, body?: unknown) => {
    const answer = await call(who, method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const furnish = async (channelId: string): Promise<string> => {
    const members = `/channels/${channelId}/members`
    for (const { id } of [second, member]) await must(owner, 'PUT', `${members}/${id}`)
    await must(owner, 'PATCH', `${members}/${second.id}`, { role: 'moderator' })
    return channelId
  }
  const room = async (name: string): Promise<string> => furnish(await newChannel(server.url, owner.token, name))
  const watch = async (who: Person, ...streams: string[]) => {
    const live = await LiveSocket.open(server.liveUrl, who.token)
    for (const stream of streams) live.send({ type: 'subscribe', stream, after: 0 })
    const subscribed = () =>
      live.frames.filter(({ type }) => type === 'subscribed').length === streams.length || undefined
    await live.until(subscribed, `the subscription of ${streams.join(' and ')}`)
    return live
  }
  const told = (live: LiveSocket | EventReader, channelId: string, kind: string, state: string) =>
    live.next('restriction_changed', (frame) => {
      return frame['channel_id'] === channelId && frame['kind'] === kind && frame['state'] === state
    })

  test('a mute is told live to the person and the moderators, refuses every word, and ends with the word of one', async () => {
    const channelId = await room('loud')
    const first = await must(member, 'POST', `/channels/${channelId}/messages`, { content: 'before' })
    await using theirs = await watch(member, 'me')
    await using mine = await watch(second, 'me')
    await using other = await watch(stranger, 'me', `channel:${channelId}`)
    await using events = await EventReader.open(server.url, 'streams=me', { token: member.token })

    const until = inAnHour()
    const path = `/channels/${channelId}/members/${member.id}/mute`
    const set = await call(owner, 'PUT', path, { until, reason: 'too loud' })
    expect(set).toMatchObject({ status: 200, body: { kind: 'mute', until, reason: 'too loud', state: 'in_force' } })
    for (const live of [theirs, mine, events]) {
      const frame = await told(live, channelId, 'mute', 'in_force')
      expect(frame).toMatchObject({ user_id: member.id, until, reason: 'too loud', set_by: { username: 'olga' } })
    }

    const clientId = crypto.randomUUID()
    theirs.send({ type: 'send_message', channel_id: channelId, content: 'and more', client_id: clientId })
    const error = await theirs.next('error')
    expect(error).toMatchObject({ code: 'channel.muted', client_id: clientId })
    expect(error['message']).toMatch(/until \d{4}-\d\d-\d\d \d\d:\d\d UTC\. They say: too loud$/)
    expect(error['retry_after_ms']).toBeGreaterThan(HOUR - 60_000)
    const refused = await call(member, 'POST', `/channels/${channelId}/messages`, { content: 'and more' })
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'channel.muted' } } })
    expect(refused.body.error.details.retry_after_ms).toBeGreaterThan(HOUR - 60_000)
    const reaction = `/channels/${channelId}/messages/${first.id}/reactions/${encodeURIComponent('👍')}`
    expect((await call(member, 'PUT', reaction)).body.error.code).toBe('channel.muted')
    expect((await call(member, 'GET', `/channels/${channelId}/messages`)).body.items).toHaveLength(1)
    const found = (await call(member, 'GET', `/channels/${channelId}`)).body
    expect(found.restriction).toMatchObject({ kind: 'mute', until, reason: 'too loud' })

    expect((await call(second, 'DELETE', path)).status).toBe(204)
    for (const live of [theirs, mine, events]) await told(live, channelId, 'mute', 'lifted')
    theirs.send({ type: 'send_message', channel_id: channelId, content: 'thank you', client_id: crypto.randomUUID() })
    const ack = await theirs.next('ack')
    expect(await other.next('new_message', ({ id }) => id === ack['id'])).toMatchObject({ content: 'thank you' })
    expect(other.frames.filter(({ type }) => type === 'restriction_changed')).toEqual([])
  })

  test('a ban puts out of a private channel at once, by every door; undone within the minute all is as before', async () => {
    const { id: channelId } = await must(owner, 'POST', '/channels', { type: 'private', name: 'the back room' })
    await furnish(channelId)
    const stream = `channel:${channelId}`
    await using theirs = await watch(member, stream, 'me')
    await using mine = await watch(owner, stream, 'me')
    const path = `/channels/${channelId}/members/${member.id}/ban`
    await must(second, 'PUT', path, { until: null, reason: 'spam' })
    for (const live of [theirs, mine]) {
      await live.next('member_changed', (frame) => {
        return frame['stream'] === stream && frame['membership'] === 'left' && frame['user_id'] === member.id
      })
    }
    await told(mine, channelId, 'ban', 'in_force')
    await must(owner, 'POST', `/channels/${channelId}/messages`, { content: 'among ourselves' })
    await mine.next('new_message')
    for (const door of ['', '/messages', '/members', '/restrictions']) {
      expect((await call(member, 'GET', `/channels/${channelId}${door}`)).status, door).toBe(404)
    }
    const added = await call(owner, 'PUT', `/channels/${channelId}/members/${member.id}`)
    expect(added).toMatchObject({ status: 403, body: { error: { code: 'channel.banned' } } })

    await must(owner, 'DELETE', `${path}/decision`)
    const isBack = ({ type, ...frame }: Frame): boolean =>
      type === 'member_changed' && frame['stream'] !== stream && frame['membership'] === 'joined'
    // The first one was told when they were added.
    await theirs.until(() => theirs.frames.filter(isBack)[1], 'that they are back')
    const { items } = (await call(member, 'GET', `/channels/${channelId}/messages`)).body
    expect(items).toMatchObject([{ content: 'among ourselves' }])
    expect(await call(owner, 'DELETE', `${path}/decision`)).toMatchObject({
      status: 409,
      body: { error: { code: 'moderation.not_undoable' } },
    })
    // Nothing was said while they were out, but that they were.
    expect(theirs.frames.filter(({ type }) => type === 'new_message')).toEqual([])
  })

  test('a ban from a public channel is no secret to whom it keeps out: they read, and neither join nor write', async () => {
    const channelId = await room('square')
    await using theirs = await watch(stranger, 'me')
    await must(second, 'PUT', `/channels/${channelId}/members/${stranger.id}/ban`, { until: inAnHour() })
    await told(theirs, channelId, 'ban', 'in_force')
    expect((await call(stranger, 'GET', `/channels/${channelId}/messages`)).status).toBe(200)
    for (const [method, at, body] of [
      ['PUT', 'members/me', undefined],
      ['POST', 'messages', { content: 'let me in' }],
    ] as const) {
      const refused = await call(stranger, method, `/channels/${channelId}/${at}`, body)
      expect(refused).toMatchObject({ status: 403, body: { error: { code: 'channel.banned' } } })
      expect(refused.body.error.message).toMatch(/^A moderator has banned you from this channel, until /)
    }
    theirs.send({ type: 'send_message', channel_id: channelId, content: 'let me in', client_id: crypto.randomUUID() })
    expect(await theirs.next('error')).toMatchObject({ code: 'channel.banned' })
  })

  test('it outlives a restart, and what nobody lifts ends at its time', async () => {
    const channelId = await room('restart')
    const path = `/channels/${channelId}/members/${member.id}`
    await must(owner, 'PUT', `${path}/mute`, { until: null })
    await server[Symbol.asyncDispose]()
    server = await startServer({ data: folder.path })
    const send = async () => (await call(member, 'POST', `/channels/${channelId}/messages`, { content: 'now' })).status
    expect(await send()).toBe(403)
    expect((await call(second, 'GET', `/channels/${channelId}/restrictions`)).body.items).toMatchObject([
      { kind: 'mute', user_id: member.id, until: null, set_by: { username: 'olga' } },
    ])
    await must(owner, 'PUT', `${path}/mute`, { until: new Date(Date.now() + 1_000).toISOString() })
    expect(await send()).toBe(403)
    await expect.poll(send, { timeout: 20_000 }).toBe(201)
  })

  test('bad requests say which field is at fault', async () => {
    const channelId = await room('strict')
    const path = `/channels/${channelId}/members/${member.id}/mute`
    for (const [body, field] of [
      [{}, 'until'],
      [{ until: '2020-01-01T00:00:00.000Z' }, 'until'],
      [{ until: 5 }, 'until'],
      [{ until: null, reason: 'x'.repeat(301) }, 'reason'],
      [{ until: null, forever: true }, 'forever'],
    ] as const) {
      const refused = await call(owner, 'PUT', path, body)
      expect(refused.status, JSON.stringify(body)).toBe(422)
      expect(refused.body.error).toMatchObject({ code: 'request.invalid', details: { path: field } })
    }
  })
})
