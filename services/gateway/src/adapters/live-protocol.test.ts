import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { eventually, GatewayFixture, newMessage } from './gateway-fixture.ts'

const ids = (contents: number): string[] => Array.from({ length: contents }, (_, index) => `m${index}`)

describe('the live protocol', () => {
  it('L1 greets with who one is, a new session and the heartbeat', async () => {
    await using fixture = await GatewayFixture.start()
    const { token, caller } = fixture.authentication.signIn({ username: 'ada', displayName: 'Ada' })
    const client = fixture.openSocket(`/ws?token=${token}&session_id=${randomUUID()}`)
    const connected = await client.next('connected')
    expect(connected).toMatchObject({
      resumed: false,
      protocol: 1,
      heartbeat_ms: 10_000,
      streams: [],
      user: { id: caller.userId, username: 'ada', display_name: 'Ada' },
    })
    expect(connected.session_id).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('L8 subscribes from now on: only what is said after `subscribed`', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    fixture.say(stream, 'before')
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream })
    expect(await client.next('subscribed')).toEqual({ type: 'subscribed', stream, seq: 1, recovered: false })
    fixture.say(stream, 'after')
    expect(await client.next('new_message')).toMatchObject({ content: 'after', changed_seq: 2, stream })
    expect(client.changes(stream)).toHaveLength(1)
  })

  it('L8 takes channel_id as a short form, and answers with the canonical name', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const client = await fixture.connect()
    client.send({ type: 'subscribe', channel_id: stream.slice('channel:'.length).toUpperCase() })
    expect(await client.next('subscribed')).toMatchObject({ stream, seq: 0 })
  })

  it('L9 replays what was missed, in pages, in order, between `replay` and `subscribed`', async () => {
    await using fixture = await GatewayFixture.start({ limits: { replayPageChanges: 3 } })
    const stream = fixture.newStream()
    for (const content of ids(10)) fixture.say(stream, content)
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream, after: 2 })
    expect(await client.next('subscribed')).toEqual({ type: 'subscribed', stream, seq: 10, recovered: true })
    expect(client.frames.map((frame) => frame.type)).toEqual([
      'connected',
      'replay',
      ...Array.from({ length: 8 }, () => 'new_message'),
      'subscribed',
    ])
    expect(client.frames[1]).toEqual({ type: 'replay', stream, after: 2 })
    expect(client.changes(stream).map((change) => change.changed_seq)).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('L9 answers `after` at the head with an empty replay', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    fixture.say(stream, 'known')
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream, after: 1 })
    await client.next('subscribed')
    expect(client.frames.slice(1)).toEqual([
      { type: 'replay', stream, after: 1 },
      { type: 'subscribed', stream, seq: 1, recovered: true },
    ])
  })

  it.each([
    ['after the head', 4, {}],
    ['further behind than is replayed', 0, { replayChangesMax: 2 }],
  ])('L10 answers an `after` that is %s with `reset`, and goes on live', async (_which, after, limits) => {
    await using fixture = await GatewayFixture.start({ limits })
    const stream = fixture.newStream()
    for (const content of ids(3)) fixture.say(stream, content)
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream, after })
    expect(await client.next('reset')).toEqual({ type: 'reset', stream, seq: 3 })
    fixture.say(stream, 'then')
    expect(await client.next('new_message')).toMatchObject({ content: 'then', changed_seq: 4 })
    expect(client.frames.map((frame) => frame.type)).toEqual(['connected', 'reset', 'new_message'])
  })

  it('L11 resumes many streams at once, each answered by itself', async () => {
    await using fixture = await GatewayFixture.start()
    const [a, b] = [fixture.newStream(), fixture.newStream()]
    for (const stream of [a, b]) for (const content of ids(3)) fixture.say(stream, content)
    const client = await fixture.connect()
    client.send({ type: 'resume', streams: { [a]: 1, [b]: 3, 'channel:nothing': 0 } })
    await client.waitUntil(() => client.frames.filter(({ type }) => type === 'subscribed').length === 2, 'both streams')
    expect(client.changes(a).map((change) => change.changed_seq)).toEqual([2, 3])
    expect(client.changes(b)).toEqual([])
    expect(client.frames.find((frame) => frame.type === 'error')).toMatchObject({
      code: 'live.unknown_stream',
      stream: 'channel:nothing',
    })
  })

  it('L12 says nothing more of a stream after `unsubscribed`', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const [client, other] = [await fixture.connect(), await fixture.connect()]
    for (const each of [client, other]) {
      each.send({ type: 'subscribe', stream })
      await each.next('subscribed')
    }
    fixture.say(stream, 'one')
    await client.next('new_message')
    client.send({ type: 'unsubscribe', stream })
    await client.next('unsubscribed')
    fixture.say(stream, 'two')
    await other.waitUntil(() => other.changes(stream).length === 2, 'both messages')
    client.send({ type: 'ping', t: 7 })
    expect(await client.next('pong')).toEqual({ type: 'pong', t: 7 })
    expect(client.changes(stream)).toHaveLength(1)
  })

  it('L12 follows no stream that nobody watches', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream })
    await client.next('subscribed')
    expect([fixture.gateway.live.streams, fixture.gateway.live.watched(stream)]).toEqual([1, 1])
    client.socket.close()
    await eventually(() => fixture.gateway.live.streams === 0, 'the stream is let go')
    expect(fixture.gateway.live.connections).toBe(0)
  })

  it('L7 refuses a stream that the caller may not see, and keeps the socket open', async () => {
    await using fixture = await GatewayFixture.start()
    const client = await fixture.connect()
    const stream = `channel:${randomUUID()}`
    client.send({ type: 'subscribe', stream })
    expect(await client.next('error')).toMatchObject({ code: 'live.unknown_stream', stream })
    client.send({ type: 'ping' })
    await client.next('pong')
    expect(fixture.gateway.live.streams).toBe(0)
  })

  it('L13 acknowledges after the commit, with the place in the channel', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    fixture.say(stream, 'before')
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream })
    await client.next('subscribed')
    const clientId = randomUUID()
    client.send({ type: 'send_message', channel_id: stream.slice(8), content: 'hello', client_id: clientId })
    const ack = await client.next('ack')
    expect(ack).toMatchObject({ client_id: clientId, seq: 2, status: 'visible' })
    await client.waitUntil(() => client.changes(stream).length === 1, 'the message itself')
    expect(client.changes(stream)[0]).toMatchObject({ id: ack.id, seq: 2, content: 'hello' })
  })

  it('L13 answers sends in their order, acks and errors alike, though they end in another', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const waiting: (() => void)[] = []
    fixture.commands.before = () => new Promise((resolve) => waiting.push(resolve))
    const client = await fixture.connect()
    const clientIds = [0, 1, 2, 3].map(() => randomUUID())
    for (const [index, clientId] of clientIds.entries()) {
      const content = index === 1 ? 'refuse me' : `m${index}`
      client.send({ type: 'send_message', channel_id: stream.slice(8), content, client_id: clientId })
    }
    client.send({ type: 'send_message', channel_id: stream.slice(8), content: '', client_id: clientIds[3] })
    await eventually(() => waiting.length === 4, 'all sends are under way')
    for (const release of waiting.toReversed()) {
      release()
      await Promise.resolve()
    }
    await client.waitUntil(() => client.frames.length === 6, 'five answers')
    const answers = client.frames.slice(1)
    expect(answers.map((frame) => frame.type)).toEqual(['ack', 'error', 'ack', 'ack', 'error'])
    expect(answers.map((frame) => 'client_id' in frame && frame.client_id)).toEqual([...clientIds, clientIds[3]])
    expect(answers[1]).toMatchObject({ code: 'message.rate_limited', retry_after_ms: 1_500 })
    expect(answers[4]).toMatchObject({ code: 'live.invalid_frame', path: 'content' })
  })

  it('L13 answers a send that breaks with an error, without its cause', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    fixture.commands.before = () => Promise.reject(new Error('the secret cause'))
    const client = await fixture.connect()
    client.send({ type: 'send_message', channel_id: stream.slice(8), content: 'hello' })
    const error = await client.next('error')
    expect(error.code).toBe('server.internal')
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  it('L14 heals a gap by itself: what the short cut lost is read, bracketed, and nobody misses it', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream })
    await client.next('subscribed')
    fixture.source.commit(stream, newMessage(stream, 'lost on the way'))
    fixture.source.commit(stream, newMessage(stream, 'lost too'))
    fixture.say(stream, 'heard')
    await client.waitUntil(() => client.changes(stream).length === 3, 'all three')
    await client.next('subscribed')
    expect(client.frames.slice(2).map((frame) => frame.type)).toEqual([
      'replay',
      'new_message',
      'new_message',
      'new_message',
      'subscribed',
    ])
  })

  it('L14 reads what the relay announces and the short cut never brought', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream })
    await client.next('subscribed')
    fixture.source.commit(stream, newMessage(stream, 'from another process'))
    fixture.source.advance(stream)
    expect(await client.next('new_message')).toMatchObject({ content: 'from another process' })
    fixture.source.advance(stream)
    fixture.say(stream, 'and live again')
    expect(await client.next('new_message')).toMatchObject({ content: 'and live again', changed_seq: 2 })
  })

  it('L14 waits while the store cannot be read, and then misses nothing', async () => {
    await using fixture = await GatewayFixture.start({ limits: { readRetryDelayMs: 2, readAttemptsMax: 2 } })
    const stream = fixture.newStream()
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream })
    await client.next('subscribed')
    const changes = fixture.source.changes.bind(fixture.source)
    let failures = 0
    fixture.source.changes = (...args) => {
      if (++failures <= 5) throw new Error('the store is away')
      return changes(...args)
    }
    fixture.source.commit(stream, newMessage(stream, 'lost on the way'))
    fixture.say(stream, 'heard')
    await client.waitUntil(() => client.changes(stream).length === 2, 'both')
    expect(client.changes(stream).map((change) => change.changed_seq)).toEqual([1, 2])
  })

  it('L7 tells a subscriber whose stream cannot be read, and forgets the subscription', async () => {
    await using fixture = await GatewayFixture.start({ limits: { readRetryDelayMs: 1, readAttemptsMax: 2 } })
    const stream = fixture.newStream()
    fixture.say(stream, 'there')
    fixture.source.changes = () => Promise.reject(new Error('the store is away'))
    const client = await fixture.connect()
    client.send({ type: 'subscribe', stream, after: 0 })
    expect(await client.next('error')).toMatchObject({ code: 'server.not_ready', stream, retry_after_ms: 1_000 })
    expect(fixture.gateway.live.streams).toBe(0)
  })

  it('L15 goes on under a fresh token of the same user, not of another', async () => {
    await using fixture = await GatewayFixture.start()
    const first = fixture.authentication.signIn()
    const expiresAtMs = Date.now() + 3_600_000
    const fresh = fixture.authentication.signIn({ userId: first.caller.userId, expiresAtMs })
    const client = await fixture.connect({ token: first.token })
    client.send({ type: 'authenticate', token: fresh.token })
    expect(await client.next('authenticated')).toEqual({
      type: 'authenticated',
      expires_at: new Date(expiresAtMs).toISOString(),
    })
    client.send({ type: 'authenticate', token: fixture.authentication.signIn().token })
    expect(await client.next('error')).toMatchObject({ code: 'auth.invalid_token' })
    client.send({ type: 'authenticate', token: 'nonsense' })
    expect(await client.next('error')).toMatchObject({ code: 'auth.invalid_token' })
    fixture.authentication.endSession(fresh.caller.sessionId)
    expect(await client.untilClosed()).toMatchObject({ code: 4401 })
  })
})
