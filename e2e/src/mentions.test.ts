/** Whom messages mention and quote, over REST, and as subscribers see it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const ADMIN = { username: 'boss', password: 'the boss has a long password' }

describe('mentions, groups and permalinks', () => {
  let server: Server
  let ada: Person
  let ben: Person
  let adminToken: string
  beforeAll(async () => {
    server = await startServer({
      settings: {
        GLASSHOUSE_ADMIN_USERNAME: ADMIN.username,
        GLASSHOUSE_ADMIN_EMAIL: 'boss@example.test',
        GLASSHOUSE_ADMIN_PASSWORD: ADMIN.password,
      },
    })
    ada = await newPerson(server.url, 'ada')
    ben = await newPerson(server.url, 'ben')
    adminToken = (await rest(server.url, 'POST', '/api/users/login', { body: ADMIN })).body.token
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const as = (token: string | undefined, method: string, path: string, body?: unknown) =>
    rest(server.url, method, `/api/${path}`, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    })
  const send = async (channelId: string, person: Person, content: string) =>
    (await as(person.token, 'POST', `channels/${channelId}/messages`, { content })).body

  test('a message says whom it names; an edit says it anew; the others see it live', async () => {
    const channelId = await newChannel(server.url, ada.token, 'naming')
    const made = await as(adminToken, 'POST', 'groups', { name: 'Design', members: [ada.id] })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Design', member_count: 1, members: [{ username: 'ada' }] },
    })
    await using live = await LiveSocket.open(server.liveUrl, ben.token)
    live.send({ type: 'subscribe', channel_id: channelId })
    await live.next('subscribed')

    const text = '@BEN and @design, `@ada` is code, ada@example.org an address, @nobody-here a word. @channel!'
    const sent = await send(channelId, ada, text)
    const mentions = [
      { kind: 'user', name: 'ben', id: ben.id },
      { kind: 'group', name: 'design', id: made.body.id },
      { kind: 'channel', name: 'channel' },
    ]
    expect(sent.mentions).toEqual(mentions)
    expect(await live.next('new_message')).toMatchObject({ id: sent.id, mentions })

    // Over the socket it is the same message, and the order of sends stays: a message that names nobody does not overtake it.
    live.send({ type: 'send_message', channel_id: channelId, content: 'hello @ada' })
    live.send({ type: 'send_message', channel_id: channelId, content: 'hello' })
    const second = await live.next('new_message', ({ content }) => content === 'hello @ada')
    const third = await live.next('new_message', ({ content }) => content === 'hello')
    expect(second).toMatchObject({ mentions: [{ kind: 'user', name: 'ada', id: ada.id }] })
    expect(second['seq']).toBeLessThan(third['seq'])

    const edited = await as(ada.token, 'PATCH', `channels/${channelId}/messages/${sent.id}`, { content: 'only @ada' })
    expect(edited.body.mentions).toEqual([{ kind: 'user', name: 'ada', id: ada.id }])
    expect(await live.next('message_updated')).toMatchObject({ mentions: edited.body.mentions })
    const history = await as(ben.token, 'GET', `channels/${channelId}/messages`)
    expect(history.body.items.at(-1)).toEqual(edited.body)
  })

  test('groups are kept by administrators and managers, and read by everybody', async () => {
    const made = await as(adminToken, 'POST', 'groups', { name: 'Ops', description: 'on call' })
    const { id } = made.body
    expect((await as(ada.token, 'POST', 'groups', { name: 'Mine' })).status).toBe(403)
    for (const name of ['ops', 'BEN', 'here']) {
      expect(await as(adminToken, 'POST', 'groups', { name })).toMatchObject({
        status: 409,
        body: { error: { code: 'group.name_taken' } },
      })
    }
    expect(await as(adminToken, 'POST', 'groups', { name: 'x', members: [] })).toMatchObject({ status: 422 })
    const stranger = { name: 'Strangers', members: [ada.id, crypto.randomUUID()] }
    expect(await as(adminToken, 'POST', 'groups', stranger)).toMatchObject({
      status: 422,
      body: { error: { details: { path: 'members.1' } } },
    })
    for (const person of [ada, ben, ada]) {
      expect((await as(adminToken, 'PUT', `groups/${id}/members/${person.id}`)).status).toBe(204)
    }
    expect((await as(adminToken, 'PUT', `groups/${id}/members/${crypto.randomUUID()}`)).status).toBe(404)
    expect((await as(adminToken, 'DELETE', `groups/${id}/members/${ben.id}`)).status).toBe(204)
    expect((await as(ben.token, 'GET', `groups/${id}`)).body).toMatchObject({
      description: 'on call',
      members: [{ user_id: ada.id, username: 'ada', display_name: 'ada' }],
    })
    expect((await as(adminToken, 'PATCH', `groups/${id}`, { name: 'Oncall' })).body).toMatchObject({ name: 'Oncall' })
    const names = (await as(ben.token, 'GET', 'groups')).body.items.map(({ name }: { name: string }) => name)
    expect(names).toContain('Oncall')
    expect((await as(adminToken, 'DELETE', `groups/${id}`)).status).toBe(204)
    expect((await as(ben.token, 'GET', `groups/${id}`)).status).toBe(404)
    expect((await as(undefined, 'GET', 'groups')).status).toBe(401)
  })

  test('a permalink leads to its message; who links to one quotes it, and each reader asks what it says', async () => {
    const channelId = await newChannel(server.url, ada.token, 'quoting')
    const first = await send(channelId, ada, 'the original')
    const found = await as(ben.token, 'GET', `messages/${first.id}`)
    expect(found).toMatchObject({ status: 200, body: { id: first.id, channel_id: channelId, seq: first.seq } })
    const quoting = await send(channelId, ben, `see ${server.url}/m/${first.id} and \`${server.url}/m/${ben.id}\``)
    expect(quoting.quotes).toEqual([first.id])
    expect((await as(ada.token, 'GET', `channels/${channelId}/messages`)).body.items[0]).toEqual(quoting)

    // What one may not read, what is not there and what is no more are the same; a stranger learns not even that.
    await as(ada.token, 'DELETE', `channels/${channelId}/messages/${first.id}`)
    for (const id of [first.id, crypto.randomUUID()]) {
      expect((await as(ben.token, 'GET', `messages/${id}`)).status).toBe(404)
      expect((await as(undefined, 'GET', `messages/${id}`)).status).toBe(401)
    }
    expect((await as(undefined, 'GET', `messages/${quoting.id}`)).status).toBe(401)

    // What is said in private leaves it by no permalink, not even for administrators.
    const secret = await as(ada.token, 'POST', 'channels', { type: 'private', name: 'behind doors' })
    const inside = await send(secret.body.id, ada, 'hello @ben')
    expect((await as(ada.token, 'GET', `messages/${inside.id}`)).status).toBe(200)
    for (const token of [ben.token, adminToken]) {
      for (const path of [`messages/${inside.id}`, `channels/${secret.body.id}/messages/${inside.id}/poll/votes`]) {
        expect((await as(token, 'GET', path)).status).toBe(404)
      }
      for (const verb of ['save', 'thread/follow']) {
        expect((await as(token, 'PUT', `channels/${secret.body.id}/messages/${inside.id}/${verb}`)).status).toBe(404)
      }
    }
  })
})
