/** What the README promises to a newcomer, over REST and socket, as api.md and live-protocol.md write it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { rest } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

describe('the first steps of a newcomer', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  test('register, sign in, create a channel, subscribe, send, receive, page through history', async () => {
    const registered = await rest(server.url, 'POST', '/api/users', {
      body: { username: 'ada', email: 'ada@example.test', password: 'correct horse battery' },
    })
    expect(registered.status).toBe(201)
    expect(registered.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: 'ada',
      display_name: 'ada',
      email: 'ada@example.test',
      role: 'user',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })

    const signedIn = await rest(server.url, 'POST', '/api/users/login', {
      body: { username: 'ADA', password: 'correct horse battery' },
    })
    expect(signedIn.status).toBe(200)
    expect(signedIn.body).toMatchObject({ expires_in: 900, user: registered.body })
    const token: string = signedIn.body.token

    const created = await rest(server.url, 'POST', '/api/channels', {
      token,
      body: { type: 'public', name: 'platform', description: 'Ingest' },
    })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({
      type: 'public',
      name: 'platform',
      description: 'Ingest',
      joined: true,
      member_count: 1,
    })
    const channelId: string = created.body.id
    const stream = `channel:${channelId}`
    expect(created.body.stream).toBe(stream)

    await using live = await LiveSocket.open(server.liveUrl, token)
    const connected = await live.next('connected')
    expect(connected).toMatchObject({ resumed: false, heartbeat_ms: 10_000, protocol: 1, user: { username: 'ada' } })

    live.send({ type: 'subscribe', channel_id: channelId, after: created.body.seq })
    const subscribed = await live.next('subscribed')
    expect(subscribed).toMatchObject({ stream, recovered: true })

    const clientId = crypto.randomUUID()
    live.send({ type: 'send_message', channel_id: channelId, content: 'Hello, *world*', client_id: clientId })
    const ack = await live.next('ack')
    const received = await live.next('new_message')
    expect(ack).toMatchObject({
      client_id: clientId,
      status: 'visible',
      id: received['id'],
      seq: received['seq'],
      timestamp: received['timestamp'],
    })
    expect(received).toMatchObject({
      stream,
      channel_id: channelId,
      user_id: registered.body.id,
      username: 'ada',
      content: 'Hello, *world*',
      client_id: clientId,
      status: 'visible',
      changed_seq: received['seq'],
    })
    expect(received['seq']).toBe(subscribed['seq'] + 1)

    // The same client_id again is the same message, over either door.
    live.send({ type: 'send_message', channel_id: channelId, content: 'Hello, *world*', client_id: clientId })
    await live.until(() => live.frames.filter((frame) => frame.type === 'ack')[1], 'the second ack')
    const again = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
      token,
      body: { content: 'Hello, *world*', client_id: clientId },
    })
    expect(again.status).toBe(200)
    expect(again.body.id).toBe(received['id'])
    const conflict = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
      token,
      body: { content: 'Other', client_id: clientId },
    })
    expect(conflict).toMatchObject({ status: 409, body: { error: { code: 'message.client_id_conflict' } } })

    for (let index = 0; index < 25; index++) {
      const posted = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
        token,
        body: { content: `message ${index}` },
      })
      expect(posted.status).toBe(201)
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await rest(
        server.url,
        'GET',
        `/api/channels/${channelId}/messages?limit=10${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        { token },
      )
      expect(page.status).toBe(200)
      expect(page.body.stream).toBe(stream)
      seen.push(...page.body.items.map((message: { content: string }) => message.content))
      cursor = page.body.next
    } while (cursor !== null)
    expect(seen).toEqual([...Array.from({ length: 25 }, (_, index) => `message ${24 - index}`), 'Hello, *world*'])
  })
})
