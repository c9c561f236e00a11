import { connect } from 'node:net'
import type { Caller, ServerFrame, StreamName } from '@glasshouse/contracts'
import { newId } from '@glasshouse/kernel'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EventClient, type EventClientOptions } from './event-client.ts'
import { eventually, GatewayFixture, MemoryAuthentication, newMessage, type FixtureOptions } from './gateway-fixture.ts'
import { MemoryStreamSource } from './memory-stream-source.ts'

/** SPEC.md's rules are cited by number. */
let house: GatewayFixture
let lobby: StreamName
let clients: EventClient[]

/** As `LOBBY_ACCESS=read`: everybody may watch the Lobby, who has signed in anything. */
const mayOpen = (caller: Caller | undefined, stream: StreamName): boolean => caller !== undefined || stream === lobby

async function start(options: FixtureOptions = {}): Promise<void> {
  house = await GatewayFixture.start({
    source: new MemoryStreamSource(mayOpen),
    ...options,
    limits: { eventPlaceIntervalMs: 5, ...options.limits },
  })
  lobby = house.newStream()
}

beforeEach(async () => {
  clients = []
  await start()
})
afterEach(async () => {
  for (const client of clients) client.cut()
  await house[Symbol.asyncDispose]()
})

async function restart(options: FixtureOptions): Promise<void> {
  await house[Symbol.asyncDispose]()
  await start(options)
}

function open(query: string, options: EventClientOptions = {}): EventClient {
  const client = new EventClient(`${house.url}/api/events${query}`, options)
  clients.push(client)
  return client
}

function signedIn(token = house.authentication.signIn().token): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } }
}

/** Resolves when each of the streams, which the query begins with, has its answer, or the event stream has ended. */
async function watch(query: string, options: EventClientOptions = signedIn()): Promise<EventClient> {
  const client = open(`?streams=${query}`, options)
  await client.next('connected')
  // STREAM[@SEQ],...[&FIELD=...]
  const streams = (/^[^&]*/.exec(query)?.[0] ?? '')
    .split(',')
    .map((each) => each.replace(/@.*/, ''))
    .filter(Boolean)
  const isAnswer = (frame: ServerFrame, stream: string): boolean =>
    (frame.type === 'subscribed' || frame.type === 'reset' || frame.type === 'error') && frame.stream === stream
  await client.waitUntil(
    () => client.ended || streams.every((stream) => client.frames.some((frame) => isAnswer(frame, stream))),
    'an answer for each stream',
  )
  return client
}

const seqs = (client: EventClient, stream: StreamName): number[] =>
  client.changes(stream).map((change) => change.changed_seq)

describe('opening', () => {
  test('V1 the answer is an event stream that no proxy may hold back; `connected` comes first', async () => {
    const { token, caller } = house.authentication.signIn()
    const client = await watch(lobby, signedIn(token))
    expect(client.status).toBe(200)
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    expect(client.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(client.frames[0]).toMatchObject({
      type: 'connected',
      resumed: false,
      user: { id: caller.userId },
      heartbeat_ms: 15_000,
      streams: [],
    })
    await client.next('subscribed')
  })

  test('V2 each fault of the query is 422 with its path', async () => {
    const many = Array.from({ length: 51 }, () => `channel:${newId()}`).join()
    const faults: [query: string, path: string][] = [
      ['', 'streams'],
      ['?streams=,', 'streams.0'],
      [`?streams=${many}`, 'streams'],
      [`?streams=${lobby},nonsense`, 'streams.1'],
      [`?streams=${lobby},${lobby}`, 'streams.1'],
      [`?streams=${lobby}@x`, 'streams.0'],
      [`?streams=${lobby}@1@2`, 'streams.0'],
      [`?streams=${lobby}@9999999999999999`, 'streams.0'],
      [`?streams=${lobby}&tab_id=1`, 'tab_id'],
      [`?streams=${lobby}&session_id=1`, 'session_id'],
      [`?streams=${lobby}&streams=${lobby}`, 'streams'],
      [`?streams=${lobby}&more=1`, 'more'],
      [`?streams=${lobby}&last_event_id=e1.nonsense`, 'last_event_id'],
    ]
    for (const [query, path] of faults) {
      expect(await open(query, signedIn()).refusal(), query).toEqual({ status: 422, code: 'request.invalid', path })
    }
    const forged = open(`?streams=${lobby}`, { headers: { ...signedIn().headers, 'last-event-id': 'x'.repeat(9_000) } })
    expect(await forged.refusal()).toMatchObject({ status: 422, path: 'Last-Event-ID' })
  })

  test('V5 without any stream it is open, and says that it lives', async () => {
    await restart({ limits: { eventCommentIntervalMs: 10 } })
    const client = await watch('')
    await client.waitUntil(() => client.comments > 1, 'comments')
    expect(client.frames).toHaveLength(1)
  })

  test('V2 other methods get 405', async () => {
    for (const method of ['POST', 'OPTIONS', 'DELETE', 'HEAD']) {
      const client = open(`?streams=${lobby}`, { method })
      await client.untilEnded()
      expect([method, client.status, client.headers.allow]).toEqual([method, 405, 'GET'])
    }
  })

  test('V2 a proof that is not good is 401; a cookie from a foreign page 403', async () => {
    expect(await open(`?streams=${lobby}`, signedIn('nonsense')).refusal()).toMatchObject({ status: 401 })
    const cookie = `glasshouse_session=${house.authentication.signIn().cookie}`
    const foreign = open(`?streams=${lobby}`, { headers: { cookie, origin: 'http://elsewhere.example' } })
    expect(await foreign.refusal()).toMatchObject({ status: 403, code: 'request.forbidden_origin' })
    const own = await watch(lobby, { headers: { cookie, origin: house.url } })
    expect(own.frames[0]).toMatchObject({ type: 'connected', user: { username: expect.any(String) as string } })
  })

  test('V3 a program that speaks HTTP/1.0 gets it as well', async () => {
    const { port } = new URL(house.url)
    const socket = connect(Number(port), '127.0.0.1')
    let text = ''
    socket.on('data', (data: Buffer) => (text += data.toString('utf8')))
    socket.write(`GET /api/events?streams=${lobby} HTTP/1.0\r\nhost: x\r\n\r\n`)
    await eventually(() => text.includes('event: subscribed'), 'the stream has begun')
    house.say(lobby, 'hello')
    await eventually(() => text.includes('event: new_message\ndata: {"type":"new_message"'), 'the message is there')
    expect(text).not.toMatch(/transfer-encoding/i)
    socket.destroy()
  })
})

describe('streams', () => {
  test('V4 the same frames as over a socket, to both from one publishing', async () => {
    const stream = house.newStream()
    const events = await watch(stream)
    const socket = await house.connect()
    socket.send({ type: 'subscribe', stream })
    await socket.next('subscribed')
    await events.next('subscribed')
    for (let index = 0; index < 20; index++) house.say(stream, `message ${index} 好`)
    await events.waitUntil(() => events.changes(stream).length === 20, 'all changes')
    await socket.waitUntil(() => socket.changes(stream).length === 20, 'all changes')
    expect(events.changes(stream)).toEqual(socket.changes(stream))
  })

  test('V5 `name@seq` replays what came after; without it all comes from now on', async () => {
    const [a, b] = [house.newStream(), house.newStream()]
    for (let index = 0; index < 5; index++) for (const stream of [a, b]) house.say(stream, `${index}`)
    const client = await watch(`${a}@2,${b}`)
    expect(client.frames[0]).toMatchObject({ streams: [{ stream: a, seq: 2 }] })
    await client.waitUntil(() => client.frames.filter(({ type }) => type === 'subscribed').length === 2, 'both')
    expect(seqs(client, a)).toEqual([3, 4, 5])
    expect(seqs(client, b)).toEqual([])
    expect(client.frames).toContainEqual({ type: 'replay', stream: a, after: 2 })
    expect(client.frames).toContainEqual({ type: 'subscribed', stream: a, seq: 5, recovered: true })
    expect(client.frames).toContainEqual({ type: 'subscribed', stream: b, seq: 5, recovered: false })
  })

  test('V5 a stream that may not be watched is an `error` with its name, and the others go on', async () => {
    const unknown = `channel:${newId()}`
    const client = await watch(`${unknown},${lobby}`)
    expect(await client.next('error')).toMatchObject({ code: 'live.unknown_stream', stream: unknown })
    house.say(lobby, 'still here')
    await client.next('new_message')
  })

  test('V6 the place comes in a block of its own, and Last-Event-ID goes on from there: nothing is missing', async () => {
    const [a, b] = [house.newStream(), house.newStream()]
    const { token } = house.authentication.signIn()
    const first = await watch(`${a},${b}`, signedIn(token))
    for (let index = 0; index < 3; index++) house.say(a, `before ${index}`)
    await first.waitUntil(() => seqs(first, a).length === 3, 'all three')
    const idBefore = first.lastEventId
    await first.waitUntil(() => first.lastEventId !== undefined && first.lastEventId !== idBefore, 'a place')
    const place = first.lastEventId ?? ''
    first.cut()
    for (const stream of [a, b]) for (let index = 0; index < 4; index++) house.say(stream, `missed ${index}`)

    for (const viaQuery of [false, true]) {
      const headers = { ...signedIn(token).headers, ...(viaQuery ? {} : { 'last-event-id': place }) }
      const again = open(`?streams=${a},${b}${viaQuery ? `&last_event_id=${place}` : ''}`, { headers })
      await again.waitUntil(() => again.frames.filter(({ type }) => type === 'subscribed').length === 2, 'both')
      expect(seqs(again, a)).toEqual([4, 5, 6, 7])
      expect(seqs(again, b)).toEqual([1, 2, 3, 4])
      again.cut()
    }
  })

  test('V6 it is never ahead of what was received: whoever is cut anywhere goes on without a gap', async () => {
    const stream = house.newStream()
    const { token } = house.authentication.signIn()
    const received = new Set<number>()
    let place: string | undefined
    for (let round = 0; round < 15; round++) {
      const headers = { ...signedIn(token).headers, ...(place === undefined ? {} : { 'last-event-id': place }) }
      const client = open(`?streams=${stream}@0`, { headers })
      await client.next('connected')
      const talk = setInterval(() => house.say(stream, 'x'), 1)
      const until = (round % 5) * 7 + 3
      await client.waitUntil(() => client.changes(stream).length >= until, 'some')
      client.cut()
      clearInterval(talk)
      for (const seq of seqs(client, stream)) received.add(seq)
      place = client.lastEventId ?? place
    }
    const last = await watch(`${stream}@0`, { headers: { ...signedIn(token).headers, 'last-event-id': place ?? '' } })
    await last.next('subscribed')
    for (const seq of seqs(last, stream)) received.add(seq)
    expect(place).toBeDefined()
    expect([...received].toSorted((x, y) => x - y)).toEqual(
      Array.from({ length: house.source.head(stream) }, (_, index) => index + 1),
    )
  })

  test('V6 no place is told before there is one in each stream', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = new Set<StreamName>()
    class SlowSource extends MemoryStreamSource {
      override async changes(...[stream, after, limit]: Parameters<MemoryStreamSource['changes']>) {
        if (slow.has(stream)) await gate.promise
        return super.changes(stream, after, limit)
      }
    }
    await restart({ source: new SlowSource(mayOpen), limits: { eventCommentIntervalMs: 5 } })
    const other = house.newStream()
    const first = await watch(other)
    await first.next('subscribed')
    // The hub heals a gap of this stream: until it has, nobody can join it, and so have a place in it.
    slow.add(other)
    house.source.commit(other, newMessage(other, 'not announced'))
    house.source.advance(other)
    const client = open(`?streams=${lobby},${other}`, signedIn())
    await client.next('subscribed')
    const { comments } = client
    await client.waitUntil(() => client.comments > comments + 3, 'some time')
    expect(client.lastEventId).toBeUndefined()
    gate.resolve()
    await client.waitUntil(() => client.lastEventId !== undefined, 'a place')
  })

  test('V7 a place opens nothing: the permission is asked anew, and streams that are not named do not come', async () => {
    const stream = house.newStream()
    const member = await watch(`${stream},${lobby}`)
    await member.waitUntil(() => member.lastEventId !== undefined, 'a place')
    const stolen = { headers: { 'last-event-id': member.lastEventId ?? '' } }
    expect(await open(`?streams=${stream}`, stolen).refusal()).toMatchObject({ code: 'live.unknown_stream' })
    const visitor = await watch(lobby, stolen)
    house.say(stream, 'secret')
    house.say(lobby, 'public')
    await visitor.next('new_message')
    expect(visitor.changes(stream)).toEqual([])
  })

  test('V8 a session of a socket goes on over an event stream, and back', async () => {
    const stream = house.newStream()
    const { token } = house.authentication.signIn()
    const socket = await house.connect({ token })
    socket.send({ type: 'subscribe', stream, after: 0 })
    await socket.next('subscribed')
    const { session_id: sessionId } = socket.frames[0] as unknown as { session_id: string }
    house.say(stream, 'one')
    await socket.next('new_message')

    const events = open(`?session_id=${sessionId}`, signedIn(token))
    const connected = await events.next('connected')
    expect(connected).toMatchObject({ session_id: sessionId, resumed: true, streams: [{ stream, seq: 0 }] })
    expect(await socket.untilClosed()).toMatchObject({ code: 4409 })
    await events.next('new_message')

    const back = await house.connect({ token, path: `/ws?token=${token}&session_id=${sessionId}` })
    expect(back.frames[0]).toMatchObject({ session_id: sessionId, resumed: true })
    expect(await events.next('error')).toMatchObject({ code: 'live.replaced' })
    await events.untilEnded()
  })

  test('V6 V8 a session that names no streams goes on from its client’s place, and repeats nothing', async () => {
    const stream = house.newStream()
    const { token } = house.authentication.signIn()
    const first = await watch(stream, signedIn(token))
    const { session_id: sessionId } = first.frames[0] as unknown as { session_id: string }
    await first.next('subscribed')
    for (let index = 0; index < 3; index++) house.say(stream, `before ${index}`)
    await first.waitUntil(() => seqs(first, stream).length === 3 && first.lastEventId !== undefined, 'all three')
    const told = first.lastEventId
    house.say(stream, 'the last')
    await first.waitUntil(() => first.lastEventId !== told, 'a place behind it')
    const headers = { ...signedIn(token).headers, 'last-event-id': first.lastEventId ?? '' }
    first.cut()
    house.say(stream, 'missed')
    const again = open(`?session_id=${sessionId}`, { headers })
    expect(await again.next('connected')).toMatchObject({ resumed: true, streams: [{ stream, seq: 4 }] })
    await again.next('subscribed')
    expect(seqs(again, stream)).toEqual([5])
  })

  test('V8 with `streams` it watches exactly these, from where the session stands', async () => {
    const [a, b] = [house.newStream(), house.newStream()]
    const { token } = house.authentication.signIn()
    const socket = await house.connect({ token })
    for (const stream of [a, b]) socket.send({ type: 'subscribe', stream, after: 0 })
    const { session_id: sessionId } = socket.frames[0] as unknown as { session_id: string }
    await socket.next('subscribed')
    await socket.next('subscribed')
    house.say(a, 'for a')
    house.say(b, 'for b')
    const events = open(`?streams=${a}&session_id=${sessionId}`, signedIn(token))
    await events.next('subscribed')
    expect(seqs(events, a)).toEqual([1])
    house.say(b, 'more for b')
    house.say(a, 'more for a')
    await events.waitUntil(() => seqs(events, a).length === 2, 'the second')
    expect(events.changes(b)).toEqual([])
  })
})

describe('visitors', () => {
  test('V9 watch what is public, and hold no session', async () => {
    const client = await watch(lobby, {})
    expect(client.frames[0]).toMatchObject({ type: 'connected', user: null, resumed: false })
    await client.next('subscribed')
    house.say(lobby, 'welcome')
    expect(await client.next('new_message')).toMatchObject({ content: 'welcome' })
    expect(house.gateway.live.unwrittenSessions).toBe(0)
  })

  test('V9 are refused as a whole when anything of what they ask for is not', async () => {
    const closed = house.newStream()
    expect(await open(`?streams=${lobby},${closed}`).refusal()).toMatchObject({ code: 'live.unknown_stream' })
    expect(await open(`?session_id=${newId()}`).refusal()).toMatchObject({ status: 401, code: 'auth.required' })
    await eventually(() => house.gateway.live.connections === 0, 'nothing is open')
  })

  test('V10 have bounds of their own, by address and all together, and leave the members their places', async () => {
    await restart({
      limits: { visitorsPerAddressMax: 2, visitorsMax: 3, socketsPerAddressMax: 5 },
      http: { trustedProxies: ['loopback'] },
    })
    const from = (address: string): { headers: Record<string, string> } => ({ headers: { 'x-forwarded-for': address } })
    const [first] = [await watch(lobby, from('10.0.0.1')), await watch(lobby, from('10.0.0.1'))]
    const third = open(`?streams=${lobby}`, from('10.0.0.1'))
    expect(await third.refusal()).toMatchObject({ status: 429, code: 'live.too_many_sockets' })
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0)
    await watch(lobby, from('10.0.0.2'))
    expect(await open(`?streams=${lobby}`, from('10.0.0.3')).refusal()).toMatchObject({ status: 429 })
    const member = { headers: { ...signedIn().headers, ...from('10.0.0.1').headers } }
    await watch(lobby, member)
    // A place is free again when its connection is gone.
    first?.cut()
    await eventually(() => house.gateway.live.connections === 3, 'the place is free')
    await watch(lobby, from('10.0.0.3'))
  })
})

test('V10 visitors of a network open them as often as one person may', async () => {
  await restart({ limits: { opensPerUserMax: 2, opensWindowMs: 60_000 }, http: { trustedProxies: ['loopback'] } })
  const from = (address: string): { headers: Record<string, string> } => ({ headers: { 'x-forwarded-for': address } })
  for (const address of ['2001:db8::1', '2001:db8::2']) {
    const client = await watch(lobby, from(address))
    client.cut()
  }
  const refused = open(`?streams=${lobby}`, from('2001:db8::3'))
  expect(await refused.refusal()).toMatchObject({ status: 429, code: 'live.too_many_opens' })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(15)
  await watch(lobby, from('2001:db8:0:1::1'))
  await watch(lobby, { headers: { ...signedIn().headers, ...from('2001:db8::3').headers } })
})

describe('bounds', () => {
  test('A2 they wait for their turn like sockets do, and are refused when there is no room in the line', async () => {
    await restart({ limits: { handshakesAtOnceMax: 1, handshakesWaitingMax: 1, admissionIntervalMs: 0 } })
    const { headers } = signedIn()
    const authenticate = house.authentication.authenticateToken.bind(house.authentication)
    const checks: (() => void)[] = []
    house.authentication.authenticateToken = async (token) => {
      await new Promise<void>((go) => checks.push(go))
      return authenticate(token)
    }
    const first = open(`?streams=${lobby}`, { headers })
    await eventually(() => checks.length === 1, 'the first has its turn')
    const second = open(`?streams=${lobby}`, { headers })
    await eventually(() => house.gateway.live.handshakesWaiting === 1, 'the second waits')
    expect(await open(`?streams=${lobby}`, { headers }).refusal()).toMatchObject({
      status: 503,
      code: 'server.not_ready',
    })
    checks[0]?.()
    await first.next('connected')
    await eventually(() => checks.length === 2, 'the second has its turn')
    checks[1]?.()
    await second.next('connected')
  })

  test('V11 places are shared with sockets: by user and by address', async () => {
    await restart({ limits: { socketsPerUserMax: 2, socketsPerAddressMax: 3 } })
    const { token } = house.authentication.signIn()
    await house.connect({ token })
    await watch(lobby, signedIn(token))
    expect(await open(`?streams=${lobby}`, signedIn(token)).refusal()).toMatchObject({ code: 'live.too_many_sockets' })
    expect((await house.openSocket(`/ws?token=${token}`).untilRefused()).status).toBe(429)
    await watch(lobby)
    expect(await open(`?streams=${lobby}`, signedIn()).refusal()).toMatchObject({ status: 429 })
  })

  test('V11 who goes away while it is found out who they are gives the place back', async () => {
    class SlowAuthentication extends MemoryAuthentication {
      asked = 0
      gate: Promise<void> | undefined
      override async authenticateToken(token: string): ReturnType<MemoryAuthentication['authenticateToken']> {
        this.asked++
        await this.gate
        return super.authenticateToken(token)
      }
    }
    const authentication = new SlowAuthentication()
    await restart({ authentication, limits: { socketsPerAddressMax: 3 } })
    const gate = Promise.withResolvers<void>()
    authentication.gate = gate.promise
    for (let round = 1; round <= 4; round++) {
      const clients = Array.from({ length: 3 }, () => open(`?streams=${lobby}`, signedIn()))
      await eventually(() => authentication.asked === round * 3, 'all three are being asked about')
      for (const client of clients) client.cut()
      // Their places are free once the server has heard of it, and not only when the answer is there.
      let visitor: EventClient
      do {
        visitor = open(`?streams=${lobby}`)
        await visitor.waitUntil(() => visitor.status !== undefined, 'an answer')
      } while (visitor.status === 429)
      expect(visitor.status).toBe(200)
      visitor.cut()
      await eventually(() => house.gateway.live.connections === 0, 'the visitor has gone')
    }
    gate.resolve()
  })

  test('V12 a tab that comes again takes its own place; the tab of somebody else stays', async () => {
    await restart({ limits: { socketsPerUserMax: 1 } })
    const tabId = newId()
    const { token } = house.authentication.signIn()
    const query = `${lobby}&tab_id=${tabId}`
    const before = await watch(query, signedIn(token))
    const stranger = await watch(query)
    const after = await watch(query, signedIn(token))
    expect(await before.next('error')).toMatchObject({ code: 'live.replaced' })
    await before.untilEnded()
    house.say(lobby, 'hello')
    await after.next('new_message')
    await stranger.next('new_message')
  })

  test('V13 a comment when nothing else is to be said; one that takes nothing is ended, and holds up nobody', async () => {
    await restart({
      limits: { eventCommentIntervalMs: 20, undrainedTimeoutMs: 200, unsentBytesMax: 65_536, closeTimeoutMs: 50 },
    })
    const [slow, quick] = [await watch(lobby), await watch(lobby)]
    await quick.waitUntil(() => quick.comments >= 3, 'three comments')
    slow.pause()
    const content = 'x'.repeat(50_000)
    await eventually(() => {
      house.say(lobby, content)
      return house.gateway.live.connections === 1
    }, 'the one that takes nothing is ended')
    const head = house.source.head(lobby)
    await quick.waitUntil(() => seqs(quick, lobby).at(-1) === head, 'the other has all of it')
    expect(quick.frames.some(({ type }) => type === 'lagged' || type === 'error')).toBe(false)
  })

  test('V13 one that lags is told, catches up when it drains, and misses nothing', async () => {
    await restart({ limits: { unsentBytesMax: 65_536 } })
    const slow = await watch(lobby)
    await slow.next('subscribed')
    slow.pause()
    const content = 'x'.repeat(50_000)
    for (let index = 0; index < 400; index++) {
      house.say(lobby, content)
      await new Promise((resolve) => setImmediate(resolve))
    }
    slow.resume()
    await slow.waitUntil(() => seqs(slow, lobby).at(-1) === 400, 'all of it')
    expect(slow.frames.some(({ type }) => type === 'lagged')).toBe(true)
    expect(seqs(slow, lobby)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1))
  })

  test('V14 a sign-in that ends, or expires, ends it with the reason', async () => {
    const { token, caller } = house.authentication.signIn()
    const revoked = await watch(lobby, signedIn(token))
    house.authentication.endSession(caller.sessionId)
    expect(await revoked.next('error')).toMatchObject({ code: 'auth.session_ended' })
    await revoked.untilEnded()

    const soon = house.authentication.signIn({ expiresAtMs: Date.now() + 50 })
    const expired = await watch(lobby, signedIn(soon.token))
    expect(await expired.next('error')).toMatchObject({ code: 'auth.session_ended' })
    await expired.untilEnded()
  })

  test('V15 at a drain it is told when to come again, and the response ends; new ones are refused', async () => {
    const client = await watch(lobby)
    const drained = house.gateway.service.drain()
    expect(await client.next('error')).toMatchObject({ code: 'server.restarting' })
    await client.untilEnded()
    expect(client.retryMs).toBeGreaterThanOrEqual(500)
    expect(client.retryMs).toBeLessThanOrEqual(3_000)
    await drained
  })

  test('L5 an opening that takes too long is given up, and holds nobody up', async () => {
    await restart({ limits: { handshakesAtOnceMax: 1, handshakeTimeoutMs: 50, admissionIntervalMs: 0 } })
    const authenticate = house.authentication.authenticateToken.bind(house.authentication)
    house.authentication.authenticateToken = (token) => (token === 'x' ? new Promise(() => {}) : authenticate(token))
    const stuck = open(`?streams=${lobby}`, signedIn('x'))
    await watch(lobby, {})
    expect(await stuck.refusal()).toMatchObject({ status: 503, code: 'server.not_ready' })
  })

  test('V16 a connection that is cut is forgotten at once', async () => {
    const client = await watch(lobby, {})
    expect(house.gateway.live.connections).toBe(1)
    client.cut()
    await eventually(() => house.gateway.live.connections === 0 && house.gateway.live.streams === 0, 'it is forgotten')
  })

  test('V16 a thousand that come and go leave nothing', async () => {
    await restart({ limits: { visitorsPerAddressMax: 100, opensPerUserMax: 2_000 } })
    let refused = 0
    for (let round = 0; round < 10; round++) {
      const many = Array.from({ length: 100 }, () => open(`?streams=${lobby}`))
      await Promise.all(many.map((each) => each.next('connected').catch(() => refused++)))
      for (const each of many) each.cut()
      await eventually(() => house.gateway.live.connections === 0, 'all are forgotten')
    }
    expect(refused).toBe(0)
    const one = await watch(lobby, {})
    house.source.commit(lobby, newMessage(lobby, 'x'))
    house.source.advance(lobby)
    await one.next('new_message')
  })
})
