import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { eventually, GatewayFixture, type LiveClient } from './gateway-fixture.ts'

const SESSION_COOKIE_NAME = 'glasshouse_session'

async function refusalOf(
  client: LiveClient,
): Promise<{ status: number; code: unknown; headers: Record<string, unknown> }> {
  const { status, headers, body } = await client.untilRefused()
  const { error } = JSON.parse(body) as { error: { code: string } }
  return { status, code: error.code, headers }
}

describe('the handshake', () => {
  it('L2 takes a token in the query, in the pair of subprotocols, or a cookie with an Origin of ours', async () => {
    await using fixture = await GatewayFixture.start({ http: { publicUrl: 'https://team.example' } })
    const { token, cookie } = fixture.authentication.signIn()
    await fixture.openSocket(`/ws?token=${token}`).next('connected')
    const bySubprotocol = fixture.openSocket('/ws', { protocols: ['glasshouse.v1', `bearer.${token}`] })
    await bySubprotocol.next('connected')
    expect(bySubprotocol.socket.protocol).toBe('glasshouse.v1')
    const byHeader = fixture.openSocket('/ws', { headers: { authorization: `Bearer ${token}` } })
    expect((await byHeader.next('connected')).user).not.toBeNull()
    for (const origin of [fixture.url, 'https://team.example']) {
      await fixture
        .openSocket('/ws', { headers: { cookie: `${SESSION_COOKIE_NAME}=${cookie}`, origin } })
        .next('connected')
    }
  })

  it('L3 refuses before the upgrade: 401 without or with a bad proof, with a request id', async () => {
    await using fixture = await GatewayFixture.start()
    expect(await refusalOf(fixture.openSocket('/ws'))).toMatchObject({ status: 401, code: 'auth.required' })
    const bad = await refusalOf(fixture.openSocket('/ws?token=nonsense'))
    expect(bad).toMatchObject({ status: 401, code: 'auth.invalid_token' })
    expect(bad.headers['www-authenticate']).toBe('Bearer')
    const protocols = ['glasshouse.v1', 'bearer.nonsense']
    expect(await refusalOf(fixture.openSocket('/ws', { protocols }))).toMatchObject({ status: 401 })
    expect(fixture.gateway.live.connections).toBe(0)
  })

  it.each([
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['the Origin `null`', { origin: 'null' }],
    ['no Origin', {}],
  ])('L3 refuses a cookie with %s: 403', async (_which, headers) => {
    await using fixture = await GatewayFixture.start()
    const { cookie } = fixture.authentication.signIn()
    const client = fixture.openSocket('/ws', { headers: { cookie: `${SESSION_COOKIE_NAME}=${cookie}`, ...headers } })
    expect(await refusalOf(client)).toMatchObject({ status: 403, code: 'request.forbidden_origin' })
  })

  it('L30 lets visitors in where they may write, and from no foreign page', async () => {
    await using fixture = await GatewayFixture.start({ ports: { visitorsWrite: true } })
    const visitor = fixture.openSocket('/ws')
    expect(await visitor.next('connected')).toMatchObject({ user: null, resumed: false })
    await fixture.openSocket('/ws', { headers: { origin: fixture.url } }).next('connected')
    const foreign = fixture.openSocket('/ws', { headers: { origin: 'https://evil.example' } })
    expect(await refusalOf(foreign)).toMatchObject({ status: 403, code: 'request.forbidden_origin' })
    // A proof that is not good is none of a visitor's.
    expect(await refusalOf(fixture.openSocket('/ws?token=nonsense'))).toMatchObject({ status: 401 })
    for (const authorization of ['Bearer nonsense', 'bearer', 'Bearer ']) {
      const client = fixture.openSocket('/ws', { headers: { authorization } })
      expect([authorization, await refusalOf(client)]).toMatchObject([authorization, { code: 'auth.invalid_token' }])
    }
    const headers = { cookie: `${SESSION_COOKIE_NAME}=stale`, origin: fixture.url }
    expect(await refusalOf(fixture.openSocket('/ws', { headers }))).toMatchObject({ status: 401 })
    // A person's token in the header makes them that person, not a visitor.
    const { token, caller } = fixture.authentication.signIn()
    const person = fixture.openSocket('/ws', { headers: { authorization: `Bearer ${token}` } })
    expect(await person.next('connected')).toMatchObject({ user: { id: caller.userId } })
  })

  it('L30 a visitor sends and watches, has no streams of their own, and is nobody to others', async () => {
    await using fixture = await GatewayFixture.start({ ports: { visitorsWrite: true } })
    const stream = fixture.newStream()
    const visitor = fixture.openSocket('/ws')
    await visitor.next('connected')
    visitor.send({ type: 'subscribe', stream })
    await visitor.next('subscribed')
    visitor.send({ type: 'send_message', channel_id: stream.slice('channel:'.length), content: 'hello' })
    await visitor.next('ack')
    expect(await visitor.next('new_message')).toMatchObject({ content: 'hello' })
    expect(fixture.commands.senders).toEqual([{ userId: undefined, address: '127.0.0.1' }])
    const { token, caller } = fixture.authentication.signIn()
    const refused = [
      { type: 'subscribe', stream: 'me' },
      { type: 'unsubscribe', stream: 'me' },
      { type: 'resume', streams: { me: 0 } },
      { type: 'subscribe', stream: `typing:${stream.slice('channel:'.length)}` },
      { type: 'typing', channel_id: stream.slice('channel:'.length) },
      { type: 'presence', state: 'active' },
      { type: 'watch_presence', user_ids: [caller.userId] },
      { type: 'authenticate', token },
    ]
    for (const frame of refused) {
      visitor.send(frame)
      expect([frame.type, await visitor.next('error')]).toMatchObject([frame.type, { code: 'auth.required' }])
    }
    // It is no session: nobody comes back to it.
    expect(fixture.gateway.live.unwrittenSessions).toBe(0)
    visitor.send({ type: 'ping' })
    await visitor.next('pong')
  })

  it('L30 visitors are bounded as those of event streams are, and take no places of users', async () => {
    const limits = { visitorsPerAddressMax: 1, socketsPerUserMax: 1 }
    await using fixture = await GatewayFixture.start({ ports: { visitorsWrite: true }, limits })
    const first = fixture.openSocket('/ws')
    await first.next('connected')
    expect(await refusalOf(fixture.openSocket('/ws'))).toMatchObject({ status: 429, code: 'live.too_many_sockets' })
    await fixture.connect()
    first.socket.close()
    await eventually(() => fixture.gateway.live.connections === 1, 'the place is free')
    await fixture.openSocket('/ws').next('connected')
  })

  it('L30 visitors of a network open sockets as often as one person may, and who is thrown out has opened more', async () => {
    const limits = { opensPerUserMax: 12, opensWindowMs: 60_000, invalidFramesMax: 1, thrownOutOpens: 10 }
    await using fixture = await GatewayFixture.start({ ports: { visitorsWrite: true }, limits })
    const flood = fixture.openSocket('/ws')
    await flood.next('connected')
    flood.send('no JSON')
    expect((await flood.untilClosed()).code).toBe(4400)
    await fixture.openSocket('/ws').next('connected')
    const refused = await refusalOf(fixture.openSocket('/ws'))
    expect(refused).toMatchObject({ status: 429, code: 'live.too_many_opens' })
    await fixture.connect()
  })

  it('L30 counts visitors, and L4 sockets, by network: one of IPv6 is a /64', async () => {
    const limits = { visitorsPerAddressMax: 2, socketsPerAddressMax: 3 }
    const http = { trustedProxies: ['loopback'] }
    await using fixture = await GatewayFixture.start({ ports: { visitorsWrite: true }, limits, http })
    const from = (address: string): { headers: Record<string, string> } => ({ headers: { 'x-forwarded-for': address } })
    await fixture.openSocket('/ws', from('2001:db8::1')).next('connected')
    await fixture.openSocket('/ws', from('2001:db8::2')).next('connected')
    const third = await refusalOf(fixture.openSocket('/ws', from('2001:db8::3')))
    expect(third).toMatchObject({ status: 429, code: 'live.too_many_sockets' })
    await fixture.openSocket('/ws', from('2001:db8:0:1::1')).next('connected')
    await fixture.connect(from('2001:db8::4'))
    const { token } = fixture.authentication.signIn()
    const fourth = await refusalOf(fixture.openSocket(`/ws?token=${token}`, from('2001:db8::5')))
    expect(fourth).toMatchObject({ status: 429, code: 'live.too_many_sockets' })
    await fixture.connect(from('2001:db8:0:1::4'))
  })

  it('L3 answers an upgrade of another path with 404', async () => {
    await using fixture = await GatewayFixture.start()
    expect(await refusalOf(fixture.openSocket('/other'))).toMatchObject({ status: 404 })
  })

  it('L4 bounds sockets per user and gives the place back', async () => {
    await using fixture = await GatewayFixture.start({ limits: { socketsPerUserMax: 2 } })
    const { token } = fixture.authentication.signIn()
    const [first] = [await fixture.connect({ token }), await fixture.connect({ token })]
    const refused = await refusalOf(fixture.openSocket(`/ws?token=${token}`))
    expect(refused).toMatchObject({ status: 429, code: 'live.too_many_sockets' })
    expect(refused.headers['retry-after']).toBe('5')
    await fixture.connect()
    first.socket.close()
    await first.untilClosed()
    await eventually(() => fixture.gateway.live.connections === 2, 'the server noticed')
    await fixture.connect({ token })
  })

  it('L4 bounds how many sockets one user opens after the other, and says when it goes on', async () => {
    await using fixture = await GatewayFixture.start({ limits: { opensPerUserMax: 3, opensWindowMs: 60_000 } })
    const { token } = fixture.authentication.signIn()
    for (let opened = 0; opened < 3; opened++) {
      const client = await fixture.connect({ token })
      client.socket.close()
      await client.untilClosed()
    }
    const refused = await refusalOf(fixture.openSocket(`/ws?token=${token}`))
    expect(refused).toMatchObject({ status: 429, code: 'live.too_many_opens' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(15)
    await fixture.connect()
  })

  it('L4 opens many connections of one user one after the other, and those of others at once', async () => {
    await using fixture = await GatewayFixture.start({ limits: { opensPerSecondMax: 1 } })
    const { token } = fixture.authentication.signIn()
    const opened: string[] = []
    const waiting = ['first', 'second', 'third'].map(async (which) => {
      await fixture.connect({ token })
      opened.push(which)
    })
    await Promise.race(waiting)
    await fixture.connect()
    opened.push('other')
    await Promise.all(waiting)
    expect(opened.indexOf('other')).toBe(1)
  })

  it('L4 counts a socket that was closed for what it sent as ten more', async () => {
    const limits = { opensPerUserMax: 10, opensWindowMs: 60_000, framesPerSecondMax: 10, framesWindowMs: 1_000 }
    await using fixture = await GatewayFixture.start({ limits })
    const { token } = fixture.authentication.signIn()
    const flooding = await fixture.connect({ token })
    for (let index = 0; index < 30; index++) flooding.send({ type: 'ping' })
    expect(await flooding.untilClosed()).toMatchObject({ code: 4429 })
    const refused = await refusalOf(fixture.openSocket(`/ws?token=${token}`))
    expect(refused).toMatchObject({ status: 429, code: 'live.too_many_opens' })
    // One was opened and ten are owed, of ten: two are to be refilled, at one in six seconds.
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(6)
    await fixture.connect()
  })

  it('L4 bounds sockets per address, those in the handshake included', async () => {
    await using fixture = await GatewayFixture.start({ limits: { socketsPerAddressMax: 2 } })
    const authenticate = fixture.authentication.authenticateToken.bind(fixture.authentication)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let asked = 0
    fixture.authentication.authenticateToken = async (token) => {
      asked++
      await held
      return authenticate(token)
    }
    const { token } = fixture.authentication.signIn()
    const opening = [1, 2].map(() => fixture.openSocket(`/ws?token=${token}`))
    await eventually(() => asked === 2, 'both are in the handshake')
    expect(await refusalOf(fixture.openSocket(`/ws?token=${token}`))).toMatchObject({ status: 429 })
    release()
    for (const client of opening) await client.next('connected')
  })

  it('A2 lets handshakes wait for their turn, in order, and refuses only those for whom there is no room in the line', async () => {
    await using fixture = await GatewayFixture.start({
      limits: { handshakesAtOnceMax: 1, handshakesWaitingMax: 2, admissionIntervalMs: 0 },
    })
    const authenticate = fixture.authentication.authenticateToken.bind(fixture.authentication)
    const checks: { readonly token: string; readonly go: () => void }[] = []
    fixture.authentication.authenticateToken = async (token) => {
      await new Promise<void>((go) => checks.push({ token, go }))
      return authenticate(token)
    }
    const tokens = [1, 2, 3, 4].map(() => fixture.authentication.signIn().token)
    const [first = '', second = '', third = '', fourth = ''] = tokens
    const opening = [fixture.openSocket(`/ws?token=${first}`)]
    await eventually(() => checks.length === 1, 'the first has its turn')
    for (const token of [second, third]) {
      opening.push(fixture.openSocket(`/ws?token=${token}`))
      await eventually(() => fixture.gateway.live.handshakesWaiting === opening.length - 1, 'one more waits')
    }
    expect(await refusalOf(fixture.openSocket(`/ws?token=${fourth}`))).toMatchObject({
      status: 503,
      code: 'server.not_ready',
    })
    for (const [index, client] of opening.entries()) {
      await eventually(() => checks.length === index + 1, 'the next has its turn')
      checks[index]?.go()
      await client.next('connected')
    }
    expect(checks.map(({ token }) => token)).toEqual([first, second, third])
  })

  it('L5 counts from its turn: who waited in line has all of the time', async () => {
    await using fixture = await GatewayFixture.start({
      limits: { handshakesAtOnceMax: 1, handshakeTimeoutMs: 50, admissionIntervalMs: 0 },
    })
    const { token } = fixture.authentication.signIn()
    const authenticate = fixture.authentication.authenticateToken.bind(fixture.authentication)
    fixture.authentication.authenticateToken = (given) => (given === 'x' ? new Promise(() => {}) : authenticate(given))
    const stuck = Array.from({ length: 3 }, () => fixture.openSocket('/ws?token=x'))
    await eventually(() => fixture.gateway.live.handshakesWaiting === 2, 'they wait')
    const good = fixture.openSocket(`/ws?token=${token}`)
    await good.next('connected')
    for (const client of stuck) expect(await refusalOf(client)).toMatchObject({ status: 503 })
  })

  it('L5 gives up a handshake that takes too long', async () => {
    await using fixture = await GatewayFixture.start({ limits: { handshakeTimeoutMs: 20 } })
    fixture.authentication.authenticateToken = () => new Promise(() => {})
    expect(await refusalOf(fixture.openSocket('/ws?token=x'))).toMatchObject({ status: 503 })
  })

  it('L5 takes back the place of a client that leaves during the handshake', async () => {
    await using fixture = await GatewayFixture.start({
      limits: { socketsPerAddressMax: 1, handshakeTimeoutMs: 600_000 },
    })
    const { token } = fixture.authentication.signIn()
    const authenticate = fixture.authentication.authenticateToken.bind(fixture.authentication)
    let checking = false
    fixture.authentication.authenticateToken = () => {
      checking = true
      return new Promise(() => {})
    }
    const leaving = fixture.openSocket(`/ws?token=${token}`)
    await eventually(() => checking, 'the token is being checked')
    leaving.socket.terminate()
    fixture.authentication.authenticateToken = authenticate
    const open = async (): Promise<boolean> => {
      const client = fixture.openSocket(`/ws?token=${token}`)
      await client.waitUntil(() => client.frames.length > 0 || client.refusal !== undefined, 'an answer')
      return client.refusal === undefined
    }
    let opened = false
    for (let attempt = 0; attempt < 2_000 && !opened; attempt++) opened = await open()
    expect(opened).toBe(true)
  })
})

describe('invalid frames', () => {
  it.each([
    ['not JSON', '{"type":', undefined],
    ['no object', '[1]', undefined],
    ['null', 'null', undefined],
    ['no type', '{}', 'type'],
    ['an unknown type', '{"type":"nonsense"}', 'type'],
    ['a type from the prototype', '{"type":"__proto__"}', 'type'],
    ['a wrong field', '{"type":"subscribe","stream":7}', 'stream'],
    ['a missing field', '{"type":"send_message","content":"x"}', 'channel_id'],
    ['an unknown field', '{"type":"ping","more":1}', 'more'],
    ['a wrong position', '{"type":"subscribe","stream":"channel:x","after":-1}', 'after'],
    ['neither name', '{"type":"subscribe"}', 'stream'],
    ['both names', `{"type":"subscribe","stream":"channel:x","channel_id":"${randomUUID()}"}`, 'stream'],
    ['too deep', `{"type":"ping","t":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, undefined],
  ])('L17 answers %s with an error and its path, and stays open', async (_which, text, path) => {
    await using fixture = await GatewayFixture.start()
    const client = await fixture.connect()
    client.send(text)
    const error = await client.next('error')
    expect(error.code).toBe('live.invalid_frame')
    expect(error.path).toBe(path)
    client.send({ type: 'ping' })
    await client.next('pong')
  })

  it('L17 answers a binary frame with an error', async () => {
    await using fixture = await GatewayFixture.start()
    const client = await fixture.connect()
    client.socket.send(Buffer.from('{"type":"ping"}'), { binary: true })
    expect(await client.next('error')).toMatchObject({ code: 'live.invalid_frame' })
  })

  it('L18 closes with 4400 at the twentieth within the window', async () => {
    await using fixture = await GatewayFixture.start()
    const client = await fixture.connect()
    for (let index = 0; index < 19; index++) client.send('nonsense')
    client.send({ type: 'ping' })
    await client.next('pong')
    client.send('nonsense')
    expect(await client.untilClosed()).toEqual({ code: 4400, reason: 'Too many invalid frames.' })
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: 'live.protocol_violation' })
  })
})

describe('close codes', () => {
  it('L19 closes a frame over the limit with 1009, and takes one at the limit', async () => {
    await using fixture = await GatewayFixture.start({ limits: { frameBytesMax: 1_000 } })
    const client = await fixture.connect()
    client.send(`{"type":"ping"}${' '.repeat(1_000 - 15)}`)
    await client.next('pong')
    client.send(`{"type":"ping"}${' '.repeat(1_001 - 15)}`)
    expect(await client.untilClosed()).toMatchObject({ code: 1009 })
  })

  it('L19 bounds a frame at 64 KiB by default', async () => {
    await using fixture = await GatewayFixture.start()
    const client = await fixture.connect()
    client.send(`{"type":"ping"}${' '.repeat(64 * 1024 - 15)}`)
    await client.next('pong')
    client.send(' '.repeat(64 * 1024 + 1))
    expect(await client.untilClosed()).toMatchObject({ code: 1009 })
  })

  it('L19 closes invalid UTF-8 with 1007', async () => {
    await using fixture = await GatewayFixture.start()
    const client = await fixture.connect()
    client.socket.send(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false })
    expect(await client.untilClosed()).toMatchObject({ code: 1007 })
  })

  it('L20 closes a flood with 4429', async () => {
    await using fixture = await GatewayFixture.start({ limits: { framesPerSecondMax: 10, framesWindowMs: 1_000 } })
    const client = await fixture.connect()
    for (let index = 0; index < 30; index++) client.send({ type: 'ping' })
    expect(await client.untilClosed()).toMatchObject({ code: 4429 })
    expect(client.frames.filter((frame) => frame.type === 'pong').length).toBeLessThan(20)
  })

  it('L20 counts control frames as well', async () => {
    await using fixture = await GatewayFixture.start({ limits: { framesPerSecondMax: 10, framesWindowMs: 1_000 } })
    const client = await fixture.connect()
    for (let index = 0; index < 30; index++) client.socket.ping()
    expect(await client.untilClosed()).toMatchObject({ code: 4429 })
  })

  it('L21 closes with 4401 when the session ends, and no other', async () => {
    await using fixture = await GatewayFixture.start()
    const [ending, staying] = [fixture.authentication.signIn(), fixture.authentication.signIn()]
    const tabs = [await fixture.connect({ token: ending.token }), await fixture.connect({ token: ending.token })]
    const other = await fixture.connect({ token: staying.token })
    fixture.authentication.endSession(ending.caller.sessionId)
    for (const tab of tabs) expect(await tab.untilClosed()).toMatchObject({ code: 4401 })
    other.send({ type: 'ping' })
    await other.next('pong')
  })

  it('L21 closes with 4401 some time after the token expired, unless it was renewed', async () => {
    await using fixture = await GatewayFixture.start({ limits: { expiryGraceMs: 500 } })
    const expired = { expiresAtMs: Date.now() - 1 }
    const [renewing, silent] = [fixture.authentication.signIn(expired), fixture.authentication.signIn(expired)]
    const fresh = fixture.authentication.signIn({ userId: renewing.caller.userId })
    const renewed = fixture.openSocket(`/ws?token=${renewing.token}`)
    renewed.socket.on('open', () => renewed.send({ type: 'authenticate', token: fresh.token }))
    await renewed.next('authenticated')
    const client = fixture.openSocket(`/ws?token=${silent.token}`)
    expect(await client.untilClosed()).toMatchObject({ code: 4401 })
    renewed.send({ type: 'ping' })
    await renewed.next('pong')
  })

  it('L22 closes with 4408 when heartbeats are not answered, and hears any data as life', async () => {
    await using fixture = await GatewayFixture.start({ limits: { heartbeatIntervalMs: 40 } })
    const dead = await fixture.connect({ autoPong: false })
    const chatty = await fixture.connect({ autoPong: false })
    const answering = await fixture.connect()
    let pings = 0
    answering.socket.on('ping', () => pings++)
    const chatter = setInterval(() => chatty.send({ type: 'ping' }), 5)
    try {
      expect(await dead.untilClosed()).toMatchObject({ code: 4408 })
      await eventually(() => pings >= 4, 'more heartbeats')
      expect(chatty.closed).toBeUndefined()
      expect(answering.closed).toBeUndefined()
    } finally {
      clearInterval(chatter)
    }
  })

  it('L23 tells all with 4503 at drain, after the sends under way are acknowledged, and lets nobody in', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    let release = (): void => {}
    fixture.commands.before = () => new Promise((resolve) => (release = resolve))
    const before = release
    const [sender, other] = [await fixture.connect(), await fixture.connect()]
    sender.send({ type: 'send_message', channel_id: stream.slice(8), content: 'under way' })
    await eventually(() => release !== before, 'the send is under way')
    const { url } = fixture
    const drained = fixture.gateway.service.drain()
    release()
    for (const client of [sender, other]) expect(await client.untilClosed()).toMatchObject({ code: 4503 })
    await drained
    expect(sender.frames.map((frame) => frame.type)).toEqual(['connected', 'ack'])
    expect(fixture.gateway.live.connections).toBe(0)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  })
})

describe('bounds of a connection', () => {
  it('L6 bounds subscriptions', async () => {
    await using fixture = await GatewayFixture.start({ limits: { subscriptionsMax: 2 } })
    const streams = [1, 2, 3].map(() => fixture.newStream())
    const client = await fixture.connect()
    for (const stream of streams) client.send({ type: 'subscribe', stream })
    expect(await client.next('error')).toMatchObject({ code: 'live.too_many_subscriptions', stream: streams[2] })
    client.send({ type: 'unsubscribe', stream: streams[0] })
    client.send({ type: 'subscribe', stream: streams[2] })
    await client.waitUntil(() => client.frames.filter(({ type }) => type === 'subscribed').length === 3, 'the third')
    expect(fixture.gateway.live.streams).toBe(2)
  })

  it('L24 reads no more from a client with too many sends under way, and loses none of them', async () => {
    await using fixture = await GatewayFixture.start({ limits: { sendsInFlightMax: 4 } })
    const stream = fixture.newStream()
    const waiting: (() => void)[] = []
    fixture.commands.before = () => new Promise((resolve) => waiting.push(resolve))
    const client = await fixture.connect()
    // Larger than what one read of the system brings: the rest stays in the client's and the system's buffers.
    const content = 'x'.repeat(9_000)
    for (let index = 0; index < 60; index++) client.send({ type: 'send_message', channel_id: stream.slice(8), content })
    await eventually(() => waiting.length >= 4, 'the bound is reached')
    const other = await fixture.connect()
    for (let round = 0; round < 5; round++) {
      other.send({ type: 'ping' })
      await other.next('pong')
    }
    expect(waiting.length).toBeLessThan(60)
    fixture.commands.before = () => Promise.resolve()
    for (const release of waiting) release()
    await client.waitUntil(() => client.frames.filter(({ type }) => type === 'ack').length === 60, 'all acks')
    expect(fixture.source.head(stream)).toBe(60)
  })
})

describe('a client that sends much at once', () => {
  it('L28 has all of it taken, also when it leaves right after', async () => {
    await using fixture = await GatewayFixture.start({ limits: { framesAtOnceMax: 2 } })
    const stream = fixture.newStream()
    const client = await fixture.connect()
    for (let index = 0; index < 50; index++) {
      client.send({ type: 'send_message', channel_id: stream.slice(8), content: `${index}` })
    }
    client.socket.close()
    await eventually(() => fixture.source.head(stream) === 50, 'all are sent')
    const { changes } = await fixture.source.changes(stream, 0, 100)
    expect(changes.map((change) => (change.type === 'new_message' ? change.content : ''))).toEqual(
      Array.from({ length: 50 }, (_, index) => `${index}`),
    )
    await eventually(() => fixture.gateway.live.connections === 0, 'it is gone')
  })
})

describe('a client that does not read', () => {
  const large = 'x'.repeat(9_000)

  async function slowClient(
    fixture: GatewayFixture,
  ): Promise<{ slow: LiveClient; fast: LiveClient; stream: ReturnType<GatewayFixture['newStream']> }> {
    const stream = fixture.newStream()
    const [slow, fast] = [await fixture.connect(), await fixture.connect()]
    for (const client of [slow, fast]) {
      client.send({ type: 'subscribe', stream })
      await client.next('subscribed')
    }
    slow.socket.pause()
    return { slow, fast, stream }
  }

  async function sayUntilLagged(
    fixture: GatewayFixture,
    stream: ReturnType<GatewayFixture['newStream']>,
  ): Promise<number> {
    let said = 0
    await eventually(() => {
      for (let index = 0; index < 20; index++) fixture.say(stream, `${said++} ${large}`)
      return fixture.gateway.live.watched(stream) === 1
    }, 'the slow one lags')
    return said
  }

  it('L25 is told `lagged`, holds nobody up, and gets everything once it reads again', async () => {
    await using fixture = await GatewayFixture.start()
    const { slow, fast, stream } = await slowClient(fixture)
    let said = await sayUntilLagged(fixture, stream)
    for (let index = 0; index < 100; index++) fixture.say(stream, `${said++} more`)
    await fast.waitUntil(() => fast.changes(stream).length === said, 'everything at the fast one')
    expect(fast.frames.some((frame) => frame.type === 'lagged')).toBe(false)

    slow.socket.resume()
    await slow.waitUntil(() => slow.changes(stream).length >= said, 'everything at the slow one')
    await eventually(() => fixture.gateway.live.watched(stream) === 2, 'it is live again')
    fixture.say(stream, 'live again')
    await slow.waitUntil(() => slow.changes(stream).length > said, 'the live one')
    expect(slow.changes(stream).map((change) => change.changed_seq)).toEqual(
      Array.from({ length: said + 1 }, (_, index) => index + 1),
    )
    const told = slow.frames.filter((frame) => !('changed_seq' in frame)).map((frame) => frame.type)
    expect(told.slice(0, 5)).toEqual(['connected', 'subscribed', 'lagged', 'replay', 'subscribed'])
    expect(slow.frames.find((frame) => frame.type === 'lagged')).toEqual({ type: 'lagged', streams: [stream] })
  })

  it('L25 is told `reset` when it missed more than is replayed', async () => {
    await using fixture = await GatewayFixture.start({ limits: { replayChangesMax: 50 } })
    const { slow, stream } = await slowClient(fixture)
    const said = await sayUntilLagged(fixture, stream)
    for (let index = 0; index < 100; index++) fixture.say(stream, 'more')
    slow.socket.resume()
    expect(await slow.next('reset')).toEqual({ type: 'reset', stream, seq: said + 100 })
    fixture.say(stream, 'live again')
    await slow.waitUntil(() => slow.changes(stream).at(-1)?.changed_seq === said + 101, 'the live one')
  })

  it('L26 is closed when it takes nothing for too long', async () => {
    await using fixture = await GatewayFixture.start({ limits: { undrainedTimeoutMs: 30, closeTimeoutMs: 30 } })
    const { slow, stream } = await slowClient(fixture)
    await sayUntilLagged(fixture, stream)
    await eventually(() => fixture.gateway.live.connections === 1, 'it is closed')
    slow.socket.resume()
    expect((await slow.untilClosed()).code).toBeGreaterThan(1000)
  })

  it('L25 cannot make the server hold answers without bound: its input is left unread', async () => {
    await using fixture = await GatewayFixture.start({ limits: { framesPerSecondMax: 1e9 } })
    const { slow, stream } = await slowClient(fixture)
    await sayUntilLagged(fixture, stream)
    // 18 MB: more than the system holds between the two.
    const ping = `{"type":"ping"}${' '.repeat(60_000)}`
    for (let index = 0; index < 300; index++) slow.send(ping)
    let [left, unchanged] = [slow.socket.bufferedAmount, 0]
    while (unchanged < 10) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      unchanged = slow.socket.bufferedAmount === left ? unchanged + 1 : 0
      left = slow.socket.bufferedAmount
    }
    expect(left).toBeGreaterThan(0)
    slow.socket.resume()
    await slow.waitUntil(() => slow.frames.filter(({ type }) => type === 'pong').length === 300, 'all pongs')
  })
})

describe('hostile bytes', () => {
  async function rawSocket(fixture: GatewayFixture): Promise<Socket> {
    const { host, port } = fixture.gateway.address()
    const socket = connect(port, host)
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    socket.on('error', () => {})
    return socket
  }

  const handshake = (token: string): string =>
    `GET /ws?token=${token} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
    'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

  it('L22 does not wait for ever for the second half of a frame', async () => {
    await using fixture = await GatewayFixture.start({ limits: { heartbeatIntervalMs: 20, closeTimeoutMs: 20 } })
    const socket = await rawSocket(fixture)
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.resume()
    // The head of a masked text frame of 100 bytes, and only three of them.
    socket.write(handshake(fixture.authentication.signIn().token))
    socket.write(Buffer.from([0x81, 0x80 | 100, 1, 2, 3, 4, 5, 6, 7]))
    await closed
    await eventually(() => fixture.gateway.live.connections === 0, 'it is gone')
    expect(socket.destroyed).toBe(true)
  })

  it('L5 keeps what a client sends before it has its answer', async () => {
    await using fixture = await GatewayFixture.start()
    const { token } = fixture.authentication.signIn()
    const authenticate = fixture.authentication.authenticateToken.bind(fixture.authentication)
    const answer = Promise.withResolvers<void>()
    let checking = false
    fixture.authentication.authenticateToken = async (given) => {
      checking = true
      await answer.promise
      return authenticate(given)
    }
    const socket = await rawSocket(fixture)
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
    socket.write(handshake(token))
    await eventually(() => checking, 'the token is being checked')
    const frame = Buffer.from('{"type":"ping","t":7}')
    const early = Buffer.concat([Buffer.from([0x81, 0x80 | frame.length, 0, 0, 0, 0]), frame])
    // In two pieces: what came before the answer, and what comes after it, are one frame.
    await new Promise<void>((resolve) => socket.write(early.subarray(0, 9), () => resolve()))
    const before = fixture.gateway.live.connections
    answer.resolve()
    socket.write(early.subarray(9))
    await eventually(() => received.includes('"pong"'), 'the early frame is answered')
    expect(before).toBe(0)
    expect(received).toContain('"t":7')
    socket.destroy()
  })

  it('L2 answers a handshake that is none with 4xx and closes', async () => {
    await using fixture = await GatewayFixture.start()
    const socket = await rawSocket(fixture)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.write(handshake(fixture.authentication.signIn().token).replace('version: 13', 'version: 99'))
    await closed
    expect(Buffer.concat(chunks).toString('latin1')).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(fixture.gateway.live.connections).toBe(0)
  })

  it('L19 closes an unmasked frame', async () => {
    await using fixture = await GatewayFixture.start()
    const socket = await rawSocket(fixture)
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.resume()
    socket.on('end', () => socket.end())
    socket.write(handshake(fixture.authentication.signIn().token))
    socket.write(Buffer.from([0x81, 2, 0x7b, 0x7d]))
    await eventually(() => fixture.gateway.live.connections === 0, 'it is closed')
    socket.destroy()
    await closed
    expect(fixture.gateway.live.connections).toBe(0)
  })
})
