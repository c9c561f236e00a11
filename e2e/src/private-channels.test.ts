/** Private channels over REST and the socket: who is in hears at once, who is out hears nothing, at no door. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket, type Frame } from './live-socket.ts'
import { newPerson, rest, type Answer, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let ann: Person
let ben: Person
let cem: Person
beforeAll(async () => {
  server = await startServer({ settings: { CHANNEL_RATE_LIMIT: '10000/10' } })
  ann = await newPerson(server.url, 'ann')
  ben = await newPerson(server.url, 'ben')
  cem = await newPerson(server.url, 'cem')
})
afterAll(() => server?.[Symbol.asyncDispose]())

const as = (person: Person, method: string, path: string, body?: object): Promise<Answer> =>
  rest(server.url, method, `/api${path}`, { token: person.token, ...(body === undefined ? {} : { body }) })

async function newRoom(owner: Person, members: readonly Person[] = []): Promise<string> {
  const body = { type: 'private', name: 'secret plans', members: members.map(({ id }) => id) }
  const created = await as(owner, 'POST', '/channels', body)
  expect(created.status).toBe(201)
  return created.body.id
}

const say = (person: Person, channelId: string, content: string): Promise<Answer> =>
  as(person, 'POST', `/channels/${channelId}/messages`, { content })

const changes = (live: LiveSocket, stream: string): Frame[] =>
  live.frames.filter((frame) => frame['stream'] === stream && frame['changed_seq'] !== undefined)

describe("one's own stream", () => {
  test('tells live where one is added, what one becomes, and that one is out, from the place of the list on', async () => {
    const list = await as(ben, 'GET', '/channels?joined=true')
    expect(list.body).toMatchObject({ stream: `user:${ben.id}` })
    await using live = await LiveSocket.open(server.liveUrl, ben.token)
    const room = await newRoom(ann)
    live.send({ type: 'subscribe', stream: 'me', after: list.body.seq })
    await live.next('subscribed', (frame) => frame['stream'] === list.body.stream)
    await as(ann, 'PUT', `/channels/${room}/members/${ben.id}`)
    const joined = await live.next('member_changed', (frame) => frame['channel_id'] === room)
    expect(joined).toMatchObject({
      stream: `user:${ben.id}`,
      membership: 'joined',
      channel: { id: room, type: 'private', name: 'secret plans', joined: true, role: 'member' },
    })
    await as(ann, 'PATCH', `/channels/${room}/members/${ben.id}`, { role: 'moderator' })
    await live.next('member_changed', (frame) => frame['role'] === 'moderator')
    await as(ann, 'DELETE', `/channels/${room}/members/${ben.id}`)
    const left = await live.next('member_changed', (frame) => frame['membership'] === 'left')
    expect(left).not.toHaveProperty('channel')
    // The first message in a public channel joins it.
    const open = await as(ann, 'POST', '/channels', { type: 'public', name: 'open plans' })
    await say(ben, open.body.id, 'may I?')
    await live.next('member_changed', (frame) => frame['channel']?.id === open.body.id)

    live.send({ type: 'subscribe', stream: `user:${ann.id}` })
    expect(await live.next('error')).toMatchObject({ code: 'live.unknown_stream', stream: `user:${ann.id}` })
  })
})

describe('a private channel', () => {
  test('is not there for somebody outside, over REST and the socket, also when they knew it', async () => {
    const room = await newRoom(ann, [ben])
    const sent = await say(ann, room, 'nobody else')
    for (const path of ['', '/messages', `/messages/${sent.body.id}`, `/messages/${sent.body.id}/thread`, '/members']) {
      expect((await as(ben, 'GET', `/channels/${room}${path}`)).status, path).toBe(200)
      expect((await as(cem, 'GET', `/channels/${room}${path}`)).status, path).toBe(404)
    }
    expect((await say(cem, room, 'hello?')).status).toBe(404)
    expect((await as(cem, 'PUT', `/channels/${room}/members/me`)).status).toBe(404)
    expect((await as(cem, 'POST', '/channels', { type: 'private', name: 'secret plans' })).status).toBe(201)
    const listed = await as(cem, 'GET', '/channels?limit=100')
    expect(listed.body.items.map(({ id }: { id: string }) => id)).not.toContain(room)

    await using live = await LiveSocket.open(server.liveUrl, cem.token)
    live.send({ type: 'subscribe', channel_id: room })
    await live.next('error')
    live.send({ type: 'resume', streams: { [`channel:${room}`]: 1 } })
    await live.until(
      () => (live.frames.filter(({ type }) => type === 'error').length === 2 ? true : undefined),
      'two refusals',
    )
    live.send({ type: 'send_message', channel_id: room, content: 'hello?' })
    await live.next('error', (frame) => frame['code'] === 'not_found')
    expect(live.frames.filter(({ type }) => type !== 'error')).toHaveLength(1)
  })

  test('whoever is removed gets that last, whatever is said around it, and their session cannot bring it back', async () => {
    const room = await newRoom(ann, [ben, cem])
    const stream = `channel:${room}`
    await using stays = await LiveSocket.open(server.liveUrl, cem.token)
    const goes = await LiveSocket.open(server.liveUrl, ben.token)
    for (const live of [stays, goes]) {
      live.send({ type: 'subscribe', channel_id: room })
      await live.next('subscribed')
    }
    const crowd = Array.from({ length: 40 }, (_, index) => say(ann, room, `around ${index}`))
    await Promise.all([
      ...crowd.slice(0, 20),
      as(ann, 'DELETE', `/channels/${room}/members/${ben.id}`),
      ...crowd.slice(20),
    ])
    await say(ann, room, 'the end')
    await stays.next('new_message', (frame) => frame['content'] === 'the end')
    const all = changes(stays, stream)
    const removedAt = all.findIndex((frame) => frame['user_id'] === ben.id && frame['membership'] === 'left')
    goes.send({ type: 'ping' })
    await goes.next('pong')
    expect(changes(goes, stream)).toEqual(all.slice(0, removedAt + 1))

    const sessionId: string = goes.frames[0]?.['session_id']
    goes.cut()
    await goes.closed
    await using again = await LiveSocket.openAt(`${server.liveUrl}?token=${ben.token}&session_id=${sessionId}`)
    expect(again.frames[0]).toMatchObject({ resumed: true, streams: [] })
    expect((await say(ben, room, 'still here?')).status).toBe(404)
  })

  test('a session that was cut before the removal is refused the stream when it comes back', async () => {
    const room = await newRoom(ann, [ben])
    const live = await LiveSocket.open(server.liveUrl, ben.token)
    live.send({ type: 'subscribe', channel_id: room })
    await live.next('subscribed')
    const sessionId: string = live.frames[0]?.['session_id']
    live.cut()
    await live.closed
    await as(ann, 'DELETE', `/channels/${room}/members/${ben.id}`)
    await say(ann, room, 'among us')
    await using again = await LiveSocket.openAt(`${server.liveUrl}?token=${ben.token}&session_id=${sessionId}`)
    expect(await again.next('error')).toMatchObject({ code: 'live.unknown_stream', stream: `channel:${room}` })
    expect(changes(again, `channel:${room}`)).toEqual([])
  })
})
