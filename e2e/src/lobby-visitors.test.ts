/** Visitors who have not signed in and write in the Lobby, as the demo user: over REST and the socket, beside a member; and what they may not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EventReader } from './event-reader.ts'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Answer, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const SECRET = 'mandragora'
const LINK = `https://example.test/${SECRET}`
const ADMIN = {
  GLASSHOUSE_ADMIN_USERNAME: 'root',
  GLASSHOUSE_ADMIN_EMAIL: 'root@example.test',
  GLASSHOUSE_ADMIN_PASSWORD: 'root has a long password',
}

let networks = 0

async function lobbyOf(server: Server): Promise<{ id: string; access: string }> {
  return (await rest(server.url, 'GET', '/api/site')).body.lobby
}

describe('with LOBBY_ACCESS=demo', () => {
  let server: Server
  let lobbyId: string
  let admin: Person
  let member: Person
  beforeAll(async () => {
    // What a proxy on this machine says of the client's address is believed: so each test has networks of its own.
    server = await startServer({ settings: { LOBBY_ACCESS: 'demo', TRUSTED_PROXIES: 'loopback', ...ADMIN } })
    lobbyId = (await lobbyOf(server)).id
    const credentials = { username: 'root', password: ADMIN.GLASSHOUSE_ADMIN_PASSWORD }
    const { body } = await rest(server.url, 'POST', '/api/users/login', { body: credentials })
    admin = { ...credentials, id: body.user.id, token: body.token, refreshToken: body.refresh_token }
    member = await newPerson(server.url, 'member')
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  const network = (): string => `10.1.${++networks}.1`
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const say = (content: string, address: string, more: { body?: object; headers?: Record<string, string> } = {}) =>
    rest(server.url, 'POST', `/api/channels/${lobbyId}/messages`, {
      body: { content, ...more.body },
      headers: { ...from(address), ...more.headers },
    })
  const visit = async (address: string): Promise<LiveSocket> => {
    const live = await LiveSocket.openAt(server.liveUrl, from(address))
    live.send({ type: 'subscribe', channel_id: lobbyId })
    await live.next('subscribed')
    return live
  }
  const historyOf = async (person?: Person): Promise<string> => {
    const token = person === undefined ? {} : { token: person.token }
    return JSON.stringify((await rest(server.url, 'GET', `/api/channels/${lobbyId}/messages`, token)).body)
  }

  test('two visitors and a member talk, each over their door, and see who is who', async () => {
    await using theirs = await LiveSocket.open(server.liveUrl, member.token)
    theirs.send({ type: 'subscribe', channel_id: lobbyId })
    await theirs.next('subscribed')
    await using first = await visit(network())
    await using second = await EventReader.open(server.url, `streams=channel:${lobbyId}`)
    await second.next('subscribed')

    first.send({
      type: 'send_message',
      channel_id: lobbyId,
      content: 'over the socket',
      client_id: crypto.randomUUID(),
    })
    const ack = await first.next('ack')
    expect(ack).toMatchObject({ status: 'visible' })
    const written = await say('over REST', network())
    expect(written).toMatchObject({ status: 201, body: { username: 'demo-bot', display_name: 'Demo Bot', bot: true } })
    theirs.send({ type: 'send_message', channel_id: lobbyId, content: 'as myself' })
    for (const reader of [theirs, first, second]) {
      for (const [content, username] of [
        ['over the socket', 'demo-bot'],
        ['over REST', 'demo-bot'],
        ['as myself', 'member'],
      ]) {
        expect(await reader.next('new_message', (frame) => frame['content'] === content)).toMatchObject({ username })
      }
    }
    const overSocket = await first.next('new_message', ({ id }) => id === ack['id'])
    expect(overSocket['user_id']).toBe(written.body.user_id)
  })

  test('what is held is seen by nobody but who sent it and the moderators, by any door', async () => {
    const [sender, other] = [network(), network()]
    await using watching = await visit(other)
    await using moderator = await LiveSocket.open(server.liveUrl, admin.token)
    moderator.send({ type: 'subscribe', stream: 'me' })
    await moderator.next('subscribed')

    const once = { client_id: crypto.randomUUID() }
    const held = await say(LINK, sender, { body: once })
    expect(held).toMatchObject({ status: 202, body: { status: 'pending', seq: null, held_for: ['link'] } })
    expect(await moderator.next('message_held', ({ id }) => id === held.body.id)).toMatchObject({
      content: LINK,
      display_name: 'Demo Bot',
    })
    // Whoever asks next, as anybody but a moderator, finds no word of it.
    await say('after it', other)
    await watching.next('new_message', (frame) => frame['content'] === 'after it')
    expect(JSON.stringify(watching.frames)).not.toContain(SECRET)
    expect(await historyOf()).not.toContain(SECRET)
    expect(await historyOf(member)).not.toContain(SECRET)
    for (const path of [
      `/channels/${lobbyId}/held`,
      '/moderation/queue',
      `/moderation/${held.body.id}`,
      `/channels/${lobbyId}/messages/${held.body.id}`,
      `/messages/${held.body.id}`,
    ]) {
      const asked = await rest(server.url, 'GET', `/api${path}`, { headers: from(other) })
      expect([path, [401, 404].includes(asked.status), JSON.stringify(asked.body).includes(SECRET)]).toEqual([
        path,
        true,
        false,
      ])
    }
    const { body: demoUser } = await say('who am I', network())
    const stream = await EventReader.open(server.url, `streams=user:${demoUser.user_id}`)
    expect(stream.status).toBe(401)
    for (const page of [`/chat/${lobbyId}`, `/chat/${lobbyId}?message=${held.body.id}`, `/m/${held.body.id}`]) {
      expect(await (await fetch(server.url + page)).text()).not.toContain(SECRET)
    }

    const decided = await rest(server.url, 'POST', `/api/moderation/${held.body.id}`, {
      token: admin.token,
      body: { decision: 'approve' },
    })
    expect(decided.status).toBe(200)
    await watching.next('new_message', (frame) => frame['content'] === LINK)
    expect(await say(LINK, sender, { body: once })).toMatchObject({ status: 200, body: { id: held.body.id } })
  })

  test('one bucket for each network, over all doors and visitors, which says when to go on', async () => {
    const address = network()
    await using live = await visit(address)
    for (let sent = 1; sent <= 3; sent++) expect((await say(`from REST ${sent}`, address)).status).toBe(201)
    // The fourth and fifth wait for a moderator, as of a new account, and count.
    for (let sent = 1; sent <= 2; sent++) {
      live.send({ type: 'send_message', channel_id: lobbyId, content: `from the socket ${sent}` })
    }
    await live.until(() => live.frames.filter(({ type }) => type === 'ack')[1], 'two acks')
    const refused = await say('too much', address)
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'message.rate_limited' } } })
    expect(refused.body.error.details.retry_after_ms).toBeGreaterThan(0)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    live.send({ type: 'send_message', channel_id: lobbyId, content: 'too much' })
    const told = await live.next('error')
    expect(told).toMatchObject({ code: 'message.rate_limited' })
    expect(told['retry_after_ms']).toBeGreaterThan(0)
    expect((await say('from elsewhere', network())).status).toBe(201)
    // An address that nobody trusted has vouched for is none.
    expect((await say('through another', `203.0.113.9, ${address}`)).status).toBe(429)
  })

  test('a page of another site says nothing for them, over no door', async () => {
    const address = network()
    const foreign = { origin: 'https://evil.example' }
    const refused = await say('from evil', address, { headers: foreign })
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'request.forbidden_origin' } } })
    expect(await LiveSocket.refusal(server.liveUrl, { ...from(address), ...foreign })).toBe(403)
    const form = await fetch(`${server.url}/chat/${lobbyId}?/say`, {
      method: 'POST',
      headers: { ...from(address), ...foreign, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'content=from+evil',
      redirect: 'manual',
    })
    expect(form.status).toBe(403)
    for (const contentType of ['text/plain', 'application/x-www-form-urlencoded']) {
      const simple = await say('from evil', address, { headers: { 'content-type': contentType } })
      expect(simple.status).toBe(415)
    }
    expect((await say('from our page', address, { headers: { origin: server.url } })).status).toBe(201)
    expect(await historyOf()).not.toContain('from evil')
  })

  test('who means to write as themselves does not write as the demo user when their session has ended', async () => {
    const begun = await rest(server.url, 'POST', '/api/auth/sessions', {
      body: { username: member.username, password: member.password },
    })
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const browser = { cookie, 'x-csrf-token': begun.body.csrf_token, origin: server.url }
    const asMember = await say('signed in', network(), { headers: browser })
    expect(asMember).toMatchObject({ status: 201, body: { username: 'member' } })
    expect((await rest(server.url, 'POST', '/api/auth/logout', { headers: browser })).status).toBe(204)
    const afterwards = await say('my own words', network(), { headers: browser })
    expect(afterwards).toMatchObject({ status: 401, body: { error: { code: 'auth.session_ended' } } })
    expect(await historyOf()).not.toContain('my own words')
  })

  test('they may nothing else', async () => {
    const message = await say(`@${member.username} @channel look`, network())
    expect(message.body.mentions).toBeUndefined()
    const path = `/channels/${lobbyId}/messages/${message.body.id}`
    const room = await newChannel(server.url, member.token, 'members only')
    const attempts: [method: string, path: string, body?: object][] = [
      ['PATCH', path, { content: 'changed' }],
      ['DELETE', path],
      ['PUT', `${path}/reactions/${encodeURIComponent('👍')}`],
      ['PUT', `${path}/pin`],
      ['POST', `${path}/report`, {}],
      ['POST', `/channels/${lobbyId}/messages`, { content: 'x', poll: { question: 'x?', options: ['a', 'b'] } }],
      [
        'POST',
        `/channels/${lobbyId}/scheduled`,
        { content: 'x', send_at: new Date(Date.now() + 3_600_000).toISOString() },
      ],
      ['POST', `/channels/${room}/messages`, { content: 'x' }],
      ['POST', '/channels', { type: 'direct', members: [member.id] }],
      ['GET', `/channels/${lobbyId}/members`],
      ['GET', '/users'],
    ]
    for (const [method, each, body] of attempts) {
      const options = { headers: from(network()), ...(body === undefined ? {} : { body }) }
      const answer: Answer = await rest(server.url, method, `/api${each}`, options)
      expect([method, each, answer.status]).toEqual([method, each, 401])
    }
    const unread = (await rest(server.url, 'GET', '/api/unread', { token: member.token })).body
    expect(unread.channels.flatMap((each: { mentions: number[] }) => each.mentions)).toEqual([])
  })

  test('the demo user is a bot that nobody signs in as, in no list of people, and added nowhere', async () => {
    const { body: message } = await say('hello', network())
    for (const password of ['', 'demo-bot', 'demo-bot has a long password']) {
      const credentials = { username: 'demo-bot', password: password || 'x' }
      expect((await rest(server.url, 'POST', '/api/users/login', { body: credentials })).status).toBe(401)
    }
    const { token } = member
    const people = (await rest(server.url, 'GET', '/api/users?limit=100', { token })).body.items
    expect(people.map(({ username }: { username: string }) => username)).toEqual(['member', 'root'])
    const room = await newChannel(server.url, token, 'not for bots')
    const path = `/api/channels/${room}/members/${message.user_id}`
    expect((await rest(server.url, 'PUT', path, { token })).status).toBe(422)
  })
})

describe.each(['read', 'off'] as const)('with LOBBY_ACCESS=%s', (access) => {
  test('visitors are asked to sign in before they write', async () => {
    await using server = await startServer({ settings: { LOBBY_ACCESS: access } })
    const lobby = await lobbyOf(server)
    expect(lobby.access).toBe(access)
    const path = `/api/channels/${lobby.id}/messages`
    const refused = await rest(server.url, 'POST', path, { body: { content: 'hello' } })
    expect(refused).toMatchObject({
      status: 401,
      body: { error: { code: 'auth.required', message: 'Sign in first.' } },
    })
    // Before anything of it is looked at.
    expect((await rest(server.url, 'POST', path, { body: { content: 7 } })).status).toBe(401)
    expect(await LiveSocket.refusal(server.liveUrl)).toBe(401)
    const form = await fetch(`${server.url}/chat/${lobby.id}?/say`, {
      method: 'POST',
      headers: {
        accept: 'text/html',
        origin: server.url,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'content=hello',
      redirect: 'manual',
    })
    expect(form.status).toBe(access === 'read' ? 401 : 303)
    const member = await newPerson(server.url, 'member')
    expect((await rest(server.url, 'POST', path, { token: member.token, body: { content: 'hello' } })).status).toBe(201)
    const history = await rest(server.url, 'GET', path, { token: member.token })
    expect(history.body.items).toHaveLength(1)
  })
})
