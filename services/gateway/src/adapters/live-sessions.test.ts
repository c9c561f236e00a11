import { randomUUID } from 'node:crypto'
import { failure, type ServerFrame, type StreamName } from '@glasshouse/contracts'
import { err, newId, systemClock, type AuthSessionId, type LiveSessionId } from '@glasshouse/kernel'
import { describe, expect, it } from 'vitest'
import type { LiveSessionStore } from '../application/live-session-store.ts'
import { eventually, GatewayFixture, MemoryAuthentication, type LiveClient } from './gateway-fixture.ts'
import { MemoryLiveSessionStore } from './memory-live-session-store.ts'
import { MemoryStreamSource } from './memory-stream-source.ts'

type Connected = Extract<ServerFrame, { type: 'connected' }>

/** Opens with a session's id, and returns the greeting too. */
async function reopen(
  fixture: GatewayFixture,
  token: string,
  sessionId: string,
  name = 'session_id',
): Promise<{ client: LiveClient; connected: Connected }> {
  const client = fixture.openSocket(`/ws?token=${token}&${name}=${sessionId}`)
  return { client, connected: await client.next('connected') }
}

async function openAndSubscribe(
  fixture: GatewayFixture,
  token: string,
  streams: readonly StreamName[],
): Promise<{ client: LiveClient; sessionId: string }> {
  const client = fixture.openSocket(`/ws?token=${token}`)
  const { session_id: sessionId } = await client.next('connected')
  for (const stream of streams) {
    client.send({ type: 'subscribe', stream })
    await client.next('subscribed')
  }
  return { client, sessionId }
}

/** Cuts the socket and waits until the server has noticed. */
async function cut(fixture: GatewayFixture, client: LiveClient): Promise<void> {
  const before = fixture.gateway.live.connections
  client.socket.terminate()
  await eventually(() => fixture.gateway.live.connections < before, 'the connection is gone')
}

const contentsOf = (client: LiveClient, stream: StreamName): unknown[] =>
  client.changes(stream).map((change) => 'content' in change && change.content)

/** Everybody who opens a session that is not theirs to open gets the same. */
function expectNewSession(connected: Connected, asked: string): void {
  expect(connected).toMatchObject({ resumed: false, streams: [] })
  expect(connected.session_id).toMatch(/^[0-9a-f-]{36}$/)
  expect(connected.session_id).not.toBe(asked)
}

describe('a session that comes back', () => {
  it.each(['session_id', 'sessionId'])('N1 N2 is restored with %s: its streams are replayed at once', async (name) => {
    await using fixture = await GatewayFixture.start()
    const [a, b] = [fixture.newStream(), fixture.newStream()]
    fixture.say(a, 'before')
    const { token } = fixture.authentication.signIn()
    const { client, sessionId } = await openAndSubscribe(fixture, token, [a, b])
    await cut(fixture, client)
    fixture.say(a, 'missed')
    fixture.say(b, 'missed too')
    const again = await reopen(fixture, token, sessionId, name)
    expect(again.connected).toMatchObject({
      session_id: sessionId,
      resumed: true,
      streams: [
        { stream: a, seq: 1 },
        { stream: b, seq: 0 },
      ],
    })
    await again.client.waitUntil(
      () => again.client.frames.filter(({ type }) => type === 'subscribed').length === 2,
      'both replays',
    )
    expect(contentsOf(again.client, a)).toEqual(['missed'])
    expect(contentsOf(again.client, b)).toEqual(['missed too'])
    fixture.say(a, 'live')
    await again.client.waitUntil(() => contentsOf(again.client, a).length === 2, 'what is live')
  })

  it('N1 has what was subscribed, and not what was unsubscribed', async () => {
    await using fixture = await GatewayFixture.start()
    const [a, b] = [fixture.newStream(), fixture.newStream()]
    const { token } = fixture.authentication.signIn()
    const { client, sessionId } = await openAndSubscribe(fixture, token, [a, b])
    client.send({ type: 'unsubscribe', stream: a })
    await client.next('unsubscribed')
    await cut(fixture, client)
    const { connected } = await reopen(fixture, token, sessionId)
    expect(connected.streams).toEqual([{ stream: b, seq: 0 }])
  })

  it('N1 is there without a subscription too, and with another proof of the same user', async () => {
    await using fixture = await GatewayFixture.start()
    const { token, caller } = fixture.authentication.signIn()
    const { client, sessionId } = await openAndSubscribe(fixture, token, [])
    await cut(fixture, client)
    const other = fixture.authentication.signIn({ userId: caller.userId })
    const { connected } = await reopen(fixture, other.token, sessionId.toUpperCase())
    expect(connected).toMatchObject({ session_id: sessionId, resumed: true, streams: [] })
  })

  it('N3 replays from what preceded the last answered ping, and nothing that the client certainly has', async () => {
    await using fixture = await GatewayFixture.start({
      limits: { heartbeatIntervalMs: 20, heartbeatsMissedMax: 1_000 },
    })
    const stream = fixture.newStream()
    const { token } = fixture.authentication.signIn()
    const { client, sessionId } = await openAndSubscribe(fixture, token, [stream])
    let pings = 0
    client.socket.on('ping', () => pings++)
    fixture.say(stream, 'certain')
    await client.waitUntil(() => contentsOf(client, stream).length === 1, 'the first')
    const before = pings
    // The pong of the one that was answered for sure has been followed by another ping.
    await eventually(() => pings >= before + 3, 'pings are answered')
    await cut(fixture, client)
    fixture.say(stream, 'missed')
    const again = await reopen(fixture, token, sessionId)
    expect(again.connected.streams).toEqual([{ stream, seq: 1 }])
    await again.client.next('subscribed')
    expect(contentsOf(again.client, stream)).toEqual(['missed'])
  })

  it('N3 repeats what was sent and never confirmed: a client that answers no ping may have nothing of it', async () => {
    await using fixture = await GatewayFixture.start({
      limits: { heartbeatIntervalMs: 10, heartbeatsMissedMax: 1_000 },
    })
    const stream = fixture.newStream()
    const { token } = fixture.authentication.signIn()
    const client = fixture.openSocket(`/ws?token=${token}`, { autoPong: false })
    const { session_id: sessionId } = await client.next('connected')
    let pings = 0
    client.socket.on('ping', () => pings++)
    client.send({ type: 'subscribe', stream })
    await client.next('subscribed')
    fixture.say(stream, 'one')
    fixture.say(stream, 'two')
    await eventually(() => pings >= 3, 'three pings')
    // A pong that no ping asked for says nothing.
    for (const label of ['', '0', '999999', 'x']) client.socket.pong(label)
    client.send({ type: 'ping' })
    await client.next('pong')
    await cut(fixture, client)
    const again = await reopen(fixture, token, sessionId)
    expect(again.connected.streams).toEqual([{ stream, seq: 0 }])
    await again.client.next('subscribed')
    expect(contentsOf(again.client, stream)).toEqual(['one', 'two'])
  })

  it('N4 asks the permission of each stream again: what is refused now is said, and is gone', async () => {
    await using fixture = await GatewayFixture.start()
    const [a, b] = [fixture.newStream(), fixture.newStream()]
    const { token } = fixture.authentication.signIn()
    const { client, sessionId } = await openAndSubscribe(fixture, token, [a, b])
    await cut(fixture, client)
    const openMany = fixture.source.openMany.bind(fixture.source)
    fixture.source.openMany = async (requests) => {
      const opened = await openMany(requests)
      return requests.map(({ stream }, index) => (stream === a ? err(failure('live.unknown_stream')) : opened[index]!))
    }
    fixture.say(a, 'secret')
    fixture.say(b, 'shown')
    const second = await reopen(fixture, token, sessionId)
    expect(second.connected.streams.map(({ stream }) => stream)).toEqual([a, b])
    expect(await second.client.next('error')).toMatchObject({ code: 'live.unknown_stream', stream: a })
    await second.client.waitUntil(() => contentsOf(second.client, b).length === 1, 'the other stream')
    expect(second.client.changes(a)).toEqual([])
    await cut(fixture, second.client)
    const third = await reopen(fixture, token, sessionId)
    expect(third.connected.streams.map(({ stream }) => stream)).toEqual([b])
  })

  it('N3 resets a stream that is further behind than is replayed', async () => {
    await using fixture = await GatewayFixture.start({ limits: { replayChangesMax: 2 } })
    const stream = fixture.newStream()
    const { token } = fixture.authentication.signIn()
    const { client, sessionId } = await openAndSubscribe(fixture, token, [stream])
    await cut(fixture, client)
    for (let index = 0; index < 3; index++) fixture.say(stream, `m${index}`)
    const again = await reopen(fixture, token, sessionId)
    expect(await again.client.next('reset')).toMatchObject({ stream, seq: 3 })
  })

  it('N5 leaves `resume` to those who begin anew', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    fixture.say(stream, 'missed')
    const { client, connected } = await reopen(fixture, fixture.authentication.signIn().token, randomUUID())
    expect(connected.resumed).toBe(false)
    client.send({ type: 'resume', streams: { [stream]: 0 } })
    await client.next('subscribed')
    expect(contentsOf(client, stream)).toEqual(['missed'])
  })
})

describe('a session that does not open', () => {
  it('N6 answers alike: unknown, no id at all, expired, and somebody else’s, whose owner notices nothing', async () => {
    let aheadMs = 0
    const clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => systemClock.monotonicMs() }
    const store = new MemoryLiveSessionStore()
    const asked: string[] = []
    const find = store.find.bind(store)
    store.find = (ids) => {
      asked.push(...ids)
      return find(ids)
    }
    await using fixture = await GatewayFixture.start({ ports: { clock, sessionStore: store } })
    const stream = fixture.newStream()
    const expiresAtMs = Date.now() + 86_400_000
    const owner = fixture.authentication.signIn({ expiresAtMs })
    const stranger = fixture.authentication.signIn({ expiresAtMs })
    const held = await openAndSubscribe(fixture, owner.token, [stream])
    const left = await openAndSubscribe(fixture, owner.token, [stream])
    await cut(fixture, left.client)
    const mine = await openAndSubscribe(fixture, stranger.token, [stream])
    await cut(fixture, mine.client)

    for (const id of [randomUUID(), held.sessionId, left.sessionId]) {
      expectNewSession((await reopen(fixture, stranger.token, id)).connected, id)
      // All of them have asked the store: how long an answer takes tells nothing.
      expect(asked).toContain(id)
    }
    for (const id of ['', 'nonsense', '%00']) {
      expectNewSession((await reopen(fixture, stranger.token, id)).connected, id)
    }
    aheadMs = 300_001
    expectNewSession((await reopen(fixture, stranger.token, mine.sessionId)).connected, mine.sessionId)
    aheadMs = 0

    expect(held.client.closed).toBeUndefined()
    fixture.say(stream, 'still mine')
    expect(await held.client.next('new_message')).toMatchObject({ content: 'still mine' })
    expect((await reopen(fixture, owner.token, left.sessionId)).connected).toMatchObject({
      resumed: true,
      session_id: left.sessionId,
    })
  })

  it('N7 is kept for five minutes, and then removed by the sweep', async () => {
    let aheadMs = 0
    const clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => systemClock.monotonicMs() }
    const store = new MemoryLiveSessionStore()
    await using fixture = await GatewayFixture.start({
      limits: { sessionSweepIntervalMs: 5 },
      ports: { clock, sessionStore: store },
    })
    const { token } = fixture.authentication.signIn({ expiresAtMs: Date.now() + 86_400_000 })
    const open = await openAndSubscribe(fixture, token, [])
    const { client, sessionId } = await openAndSubscribe(fixture, token, [fixture.newStream()])
    await cut(fixture, client)
    aheadMs = 299_000
    const again = await reopen(fixture, token, sessionId)
    expect(again.connected.resumed).toBe(true)
    await cut(fixture, again.client)
    await isDetached(store, sessionId)
    aheadMs = 299_000 + 300_001
    await untilGone(store, sessionId)
    expectNewSession((await reopen(fixture, token, sessionId)).connected, sessionId)
    // A socket holds it: however long that is.
    expect(await store.find([open.sessionId as LiveSessionId])).toHaveLength(1)
  })

  it('N8 ends with its sign-in: signing out, or being disabled, leaves nothing to come back to', async () => {
    const store = new MemoryLiveSessionStore()
    await using fixture = await GatewayFixture.start({ ports: { sessionStore: store } })
    const stream = fixture.newStream()
    const first = fixture.authentication.signIn()
    const left = await openAndSubscribe(fixture, first.token, [stream])
    await cut(fixture, left.client)
    await isDetached(store, left.sessionId)
    const unwritten = await openAndSubscribe(fixture, first.token, [stream])
    const held = await openAndSubscribe(fixture, first.token, [stream])
    const second = fixture.authentication.signIn({ userId: first.caller.userId })
    const other = await openAndSubscribe(fixture, second.token, [stream])
    await cut(fixture, unwritten.client)
    fixture.authentication.endSession(first.caller.sessionId)
    expect((await held.client.untilClosed()).code).toBe(4401)
    for (const { sessionId } of [left, unwritten, held]) {
      expectNewSession((await reopen(fixture, second.token, sessionId)).connected, sessionId)
    }
    await untilGone(store, left.sessionId)
    expect((await reopen(fixture, second.token, other.sessionId)).connected.resumed).toBe(true)
  })

  it('N8 goes on under the sign-in that `authenticate` brought', async () => {
    await using fixture = await GatewayFixture.start()
    const first = fixture.authentication.signIn()
    const second = fixture.authentication.signIn({ userId: first.caller.userId })
    const { client, sessionId } = await openAndSubscribe(fixture, first.token, [fixture.newStream()])
    client.send({ type: 'authenticate', token: second.token })
    await client.next('authenticated')
    fixture.authentication.endSession(first.caller.sessionId)
    await cut(fixture, client)
    expect((await reopen(fixture, second.token, sessionId)).connected.resumed).toBe(true)
  })

  it('N9 keeps so many for one user, and forgets the oldest first', async () => {
    const store = new MemoryLiveSessionStore()
    await using fixture = await GatewayFixture.start({
      limits: { sessionsPerUserMax: 2 },
      ports: { sessionStore: store },
    })
    const { token } = fixture.authentication.signIn()
    const ids: string[] = []
    for (let index = 0; index < 4; index++) {
      const { client, sessionId } = await openAndSubscribe(fixture, token, [])
      ids.push(sessionId)
      await cut(fixture, client)
      await eventually(() => fixture.gateway.live.unwrittenSessions === 0, 'it is written')
    }
    expect((await store.find(ids as LiveSessionId[])).map(({ id }) => id)).toEqual(ids.slice(2))
  })

  it('N10 begins anew when the store cannot be read, and everything else goes on', async () => {
    const store = new MemoryLiveSessionStore()
    const broken: LiveSessionStore = {
      find: () => Promise.reject(new Error('away')),
      write: () => Promise.reject(new Error('away')),
      removeOfAuthSessions: () => Promise.reject(new Error('away')),
      detachAll: (nowMs) => store.detachAll(nowMs),
      removeDetachedBefore: () => Promise.reject(new Error('away')),
    }
    await using fixture = await GatewayFixture.start({
      limits: { sessionSweepIntervalMs: 5, sessionsUnwrittenMax: 1 },
      ports: { sessionStore: broken },
    })
    const stream = fixture.newStream()
    const { token } = fixture.authentication.signIn()
    const id = randomUUID()
    expectNewSession((await reopen(fixture, token, id)).connected, id)
    // What cannot be written waits in memory, within its bound: the older one is forgotten.
    const [older, newer] = [
      await openAndSubscribe(fixture, token, [stream]),
      await openAndSubscribe(fixture, token, [stream]),
    ]
    await cut(fixture, older.client)
    await cut(fixture, newer.client)
    expectNewSession((await reopen(fixture, token, older.sessionId)).connected, older.sessionId)
    expect((await reopen(fixture, token, newer.sessionId)).connected.resumed).toBe(true)
  })
})

describe('two sockets of one session', () => {
  it('N11 the newest wins: the older one is closed with 4409, and the newer goes on where it stood', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const { token } = fixture.authentication.signIn()
    const older = await openAndSubscribe(fixture, token, [stream])
    const newer = await reopen(fixture, token, older.sessionId)
    expect(newer.connected).toMatchObject({ resumed: true, session_id: older.sessionId, streams: [{ stream, seq: 0 }] })
    expect((await older.client.untilClosed()).code).toBe(4409)
    await newer.client.next('subscribed')
    fixture.say(stream, 'for the newer')
    await newer.client.next('new_message')
    expect(older.client.changes(stream)).toEqual([])
    // The older one's end has left the newer one's session alone.
    await cut(fixture, newer.client)
    expect((await reopen(fixture, token, older.sessionId)).connected.resumed).toBe(true)
  })

  it('N11 of many at once one is left', async () => {
    await using fixture = await GatewayFixture.start()
    const { token } = fixture.authentication.signIn()
    const { client, sessionId } = await openAndSubscribe(fixture, token, [fixture.newStream()])
    await cut(fixture, client)
    const all = await Promise.all(Array.from({ length: 8 }, () => reopen(fixture, token, sessionId)))
    for (const { connected } of all) expect(connected).toMatchObject({ resumed: true, session_id: sessionId })
    await eventually(() => all.filter((each) => each.client.closed?.code === 4409).length === 7, 'seven are closed')
    expect(fixture.gateway.live.connections).toBe(1)
  })

  it('N12 takes the place of the socket that it replaces: coming back is not refused for the bound of sockets', async () => {
    await using fixture = await GatewayFixture.start({ limits: { socketsPerUserMax: 1 } })
    const { token } = fixture.authentication.signIn()
    const older = await openAndSubscribe(fixture, token, [])
    const refused = fixture.openSocket(`/ws?token=${token}`)
    expect((await refused.untilRefused()).status).toBe(429)
    expect((await reopen(fixture, token, older.sessionId)).connected.resumed).toBe(true)
    expect((await older.client.untilClosed()).code).toBe(4409)
  })

  it('N13 each tab is a session of its own, and gets everything', async () => {
    await using fixture = await GatewayFixture.start()
    const stream = fixture.newStream()
    const { token } = fixture.authentication.signIn()
    const tabs = [await openAndSubscribe(fixture, token, [stream]), await openAndSubscribe(fixture, token, [stream])]
    expect(new Set(tabs.map(({ sessionId }) => sessionId)).size).toBe(2)
    fixture.say(stream, 'for both')
    for (const { client } of tabs) expect(await client.next('new_message')).toMatchObject({ content: 'for both' })
  })
})

describe('writing', () => {
  it('N14 writes what changed together, and nothing while nothing changes', async () => {
    const store = new MemoryLiveSessionStore()
    const write = store.write.bind(store)
    const batches: number[] = []
    store.write = (batch) => {
      batches.push(batch.sessions.length)
      return write(batch)
    }
    await using fixture = await GatewayFixture.start({
      limits: { sessionWriteIntervalMs: 150, sessionsPerWriteMax: 4, heartbeatIntervalMs: 10, socketsPerUserMax: 100 },
      ports: { sessionStore: store },
    })
    const streams = [fixture.newStream(), fixture.newStream()]
    const { token } = fixture.authentication.signIn()
    const clients = await Promise.all(Array.from({ length: 6 }, () => openAndSubscribe(fixture, token, streams)))
    await eventually(() => fixture.gateway.live.unwrittenSessions === 0, 'all is written')
    expect(Math.max(...batches)).toBeLessThanOrEqual(4)
    expect(batches.length).toBeLessThan(6)
    // Heartbeats that bring nothing new write nothing.
    const before = batches.length
    let pings = 0
    clients[0]?.client.socket.on('ping', () => pings++)
    await eventually(() => pings >= 30, 'thirty heartbeats')
    expect(batches.length).toBe(before)
  })

  it.each([
    ['is drained', true],
    ['is killed, a while after the last change', false],
  ])('N15 is restored by the next process when this one %s', async (_how, drained) => {
    const [sessionStore, source, authentication] = [
      new MemoryLiveSessionStore(),
      new MemoryStreamSource(),
      new MemoryAuthentication(),
    ]
    const options = { source, authentication, ports: { sessionStore } }
    const { token } = authentication.signIn()
    let sessionId: string
    let stream: StreamName
    {
      await using first = await GatewayFixture.start({
        ...options,
        limits: { sessionWriteIntervalMs: drained ? 60_000 : 5 },
      })
      stream = first.newStream()
      const opened = await openAndSubscribe(first, token, [stream])
      sessionId = opened.sessionId
      if (drained) await first.gateway.service.drain()
      else await eventually(() => first.gateway.live.unwrittenSessions === 0, 'it is written')
      // It writes nothing any more, as a process that is gone.
      sessionStore.write = () => Promise.reject(new Error('gone'))
    }
    const kept = new MemoryLiveSessionStore()
    await kept.write({
      sessions: await sessionStore.find([sessionId as LiveSessionId]),
      usersWithMore: [],
      sessionsPerUserMax: 1,
    })
    await using second = await GatewayFixture.start({ ...options, ports: { sessionStore: kept } })
    second.say(stream, 'missed')
    const again = await reopen(second, token, sessionId)
    expect(again.connected).toMatchObject({ resumed: true, session_id: sessionId, streams: [{ stream, seq: 0 }] })
    await again.client.next('subscribed')
    expect(contentsOf(again.client, stream)).toEqual(['missed'])
  })

  it('N15 the time that a process was away does not count', async () => {
    const [sessionStore, authentication] = [new MemoryLiveSessionStore(), new MemoryAuthentication()]
    const { token, caller } = authentication.signIn({ expiresAtMs: Date.now() + 86_400_000 })
    const session = {
      id: newId<LiveSessionId>(),
      userId: caller.userId,
      authSessionId: newId<AuthSessionId>(),
      positions: new Map(),
      detachedAtMs: undefined,
    }
    await sessionStore.write({ sessions: [session], usersWithMore: [], sessionsPerUserMax: 1 })
    let aheadMs = 3_600_000
    const clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => systemClock.monotonicMs() }
    await using fixture = await GatewayFixture.start({ authentication, ports: { sessionStore, clock } })
    const { client, connected } = await reopen(fixture, token, session.id)
    expect(connected.resumed).toBe(true)
    await cut(fixture, client)
    aheadMs += 300_001
    expectNewSession((await reopen(fixture, token, session.id)).connected, session.id)
  })
})

async function isDetached(store: LiveSessionStore, id: string): Promise<void> {
  await eventuallyFound(store, id, (session) => session?.detachedAtMs !== undefined)
}

async function untilGone(store: LiveSessionStore, id: string): Promise<void> {
  await eventuallyFound(store, id, (session) => session === undefined)
}

async function eventuallyFound(
  store: LiveSessionStore,
  id: string,
  holds: (session: { detachedAtMs: number | undefined } | undefined) => boolean,
): Promise<void> {
  let session = (await store.find([id as LiveSessionId]))[0]
  let asking = false
  await eventually(() => {
    if (!asking && !holds(session)) {
      asking = true
      void store.find([id as LiveSessionId]).then((found) => {
        session = found[0]
        asking = false
      })
    }
    return holds(session)
  }, 'the store has come to that')
}
