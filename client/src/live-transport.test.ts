/** The same connection over both transports, and how one takes the place of the other. SPEC.md's rules are cited by number. */
import type { ChangeFrame, ServerFrame } from '@glasshouse/contracts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LiveConnection } from './live-connection.ts'
import { change, CHANNEL, LivePeer, replay, STREAM, subscribed, USER } from './live-peer.contract.ts'
import type { LiveOptions, LiveStatus, LiveSubscription } from './live-types.ts'

const OTHER = 'channel:0197a5c0-0000-7000-8000-000000000002'
const clientId = (number: number): string => `0197a5c0-0000-7000-a000-${String(number).padStart(12, '0')}`

let peer: LivePeer
let live: LiveConnection
const seen: LiveStatus[] = []
const until = <Value>(check: () => Value): Promise<Value> => vi.waitFor(check, { timeout: 4_000, interval: 2 })

beforeEach(async () => {
  peer = await LivePeer.start()
  seen.length = 0
})
afterEach(async () => {
  live.close()
  await peer[Symbol.asyncDispose]()
})

function connect(options: Partial<LiveOptions> = {}): void {
  live = new LiveConnection({ url: () => peer.url, backoffMs: { min: 5, max: 20 }, ...options })
  live.onState((status) => seen.push(status))
  live.connect()
}

interface Follower {
  readonly subscription: LiveSubscription
  readonly changes: ChangeFrame[]
  readonly resets: number[]
  readonly errors: string[]
}

function follow(stream: string, after?: number): Follower {
  const [changes, resets, errors]: [ChangeFrame[], number[], string[]] = [[], [], []]
  const subscription = live.subscribe(stream, {
    ...(after === undefined ? {} : { after }),
    onChanges: (more) => changes.push(...more),
    onReset: (seq) => resets.push(seq),
    onError: ({ code }) => errors.push(code),
  })
  return { subscription, changes, resets, errors }
}

const seqs = ({ changes }: Follower): number[] => changes.map((each) => each.changed_seq)
const of = (stream: string, frame: ServerFrame): ServerFrame => ({ ...frame, stream }) as ServerFrame

function ack(number: number): ServerFrame {
  const fields = { id: clientId(9_000 + number), seq: number, timestamp: '2026-11-20T09:30:00.000Z' } as const
  return { type: 'ack', client_id: clientId(number), ...fields, status: 'visible' }
}

const send = (content: string, number: number): ReturnType<LiveConnection['sendMessage']> =>
  live.sendMessage({ channel_id: CHANNEL, content, client_id: clientId(number) })

describe.each(['web_socket', 'event_stream'] as const)('over a %s', (transport) => {
  /** Through a proxy that passes no upgrade, the event stream is what is left. */
  async function open(options: Partial<LiveOptions> = {}): Promise<void> {
    if (transport === 'event_stream') peer.refuseWith = 400
    connect({ http: { baseUrl: peer.baseUrl }, ...options })
    await until(() => expect(live.state).toBe('live'))
    expect(peer.current.transport).toBe(transport)
  }

  test('L1: live once greeted, with the session and the token', async () => {
    await open({ token: () => 'aaa.bbb.ccc' })
    expect(live.stats.sessionId).toMatch(/^0197a5c0-0000-7000-8000-/)
    expect(peer.current.token).toBe('aaa.bbb.ccc')
  })

  test('L4: a newer protocol closes for good', async () => {
    peer.protocol = 2
    if (transport === 'event_stream') peer.refuseWith = 400
    connect({ http: { baseUrl: peer.baseUrl } })
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'outdated' }))
  })

  test('L5 F2 F3: follows from its cursor, in order and without repeats, and from there after a cut', async () => {
    await open()
    const follower = follow(STREAM, 3)
    const first = await peer.asked(STREAM, 3)
    first.send(replay(3), change(4), change(4), subscribed(4), change(5), change(5))
    await until(() => expect(seqs(follower)).toEqual([4, 5]))
    first.cut()
    const second = await peer.asked(STREAM, 5)
    second.send(replay(5), change(7), subscribed(7), change(8))
    await until(() => expect(seqs(follower)).toEqual([4, 5, 7, 8]))
    expect(live.stats.reconnects).toBe(1)
  })

  test('F1: without a place, what comes from now on; after a cut, what came meanwhile', async () => {
    await open()
    const follower = follow(STREAM)
    const first = await peer.asked(STREAM)
    first.send(subscribed(10, false), change(11))
    await until(() => expect(seqs(follower)).toEqual([11]))
    first.cut()
    await peer.asked(STREAM, 11)
  })

  test('F2: a second stream joins the first, which neither misses nor repeats', async () => {
    await open()
    const a = follow(STREAM, 0)
    const first = await peer.asked(STREAM, 0)
    first.send(replay(0), change(1), subscribed(1), change(2))
    await until(() => expect(seqs(a)).toEqual([1, 2]))
    const other = follow(OTHER, 7)
    const both = await peer.asked(OTHER, 7)
    const goesOn = both.all('subscribe').some((asked) => asked.stream === STREAM && asked.after === 2)
    expect(both === first || goesOn).toBe(true)
    if (both !== first) both.send(replay(2), subscribed(2))
    both.send(of(OTHER, replay(7)), of(OTHER, subscribed(7)), change(3), of(OTHER, change(8)))
    await until(() => expect([seqs(a), seqs(other)]).toEqual([[1, 2, 3], [8]]))
    other.subscription.unsubscribe()
    await until(() => {
      const told = both.all('unsubscribe').length > 0 || !both.open
      expect(told).toBe(true)
    })
    await until(() => expect(peer.sockets.filter((each) => each.open)).toHaveLength(1))
    if (peer.current !== both) peer.current.send(replay(3), subscribed(3))
    peer.current.send(of(OTHER, change(9)), change(4))
    await until(() => expect(seqs(a)).toEqual([1, 2, 3, 4]))
    expect(seqs(other)).toEqual([8])
  })

  test('F4: a gap is asked for from the cursor', async () => {
    await open()
    const follower = follow(STREAM, 0)
    const first = await peer.asked(STREAM, 0)
    first.send(replay(0), subscribed(0), change(1), change(3))
    await until(() => expect(seqs(follower)).toEqual([1]))
    await until(() => expect(peer.sockets.flatMap((each) => each.all('subscribe')).length).toBeGreaterThan(1))
    const again = await peer.asked(STREAM, 1).catch(() => peer.current)
    again.send(replay(1), change(2), change(3), subscribed(3))
    await until(() => expect(seqs(follower)).toEqual([1, 2, 3]))
  })

  test('F7: after a reset it goes on from the snapshot that was loaded', async () => {
    await open()
    const follower = follow(STREAM, 1)
    const first = await peer.asked(STREAM, 1)
    first.send({ type: 'reset', stream: STREAM, seq: 20_000 })
    await until(() => expect(follower.resets).toEqual([20_000]))
    follower.subscription.restartAt(20_001)
    const again = await peer.asked(STREAM, 20_001)
    again.send(replay(20_001), change(20_002), subscribed(20_002))
    await until(() => expect(seqs(follower)).toEqual([20_002]))
  })

  test('F7: an error that may pass while the snapshot is loaded asks for nothing, and for no second snapshot', async () => {
    await open()
    const follower = follow(STREAM, 1)
    const first = await peer.asked(STREAM, 1)
    first.send({ type: 'reset', stream: STREAM, seq: 20_000 })
    await until(() => expect(follower.resets).toEqual([20_000]))
    first.send({ type: 'error', code: 'server.not_ready', message: 'Not now.', stream: STREAM, retry_after_ms: 1 })
    const other = follow(OTHER, 0)
    const second = await peer.asked(OTHER, 0)
    second.send(of(OTHER, replay(0)), of(OTHER, change(1)), of(OTHER, subscribed(1)))
    await until(() => expect(seqs(other)).toEqual([1]))
    expect(follower.subscription.state).toBe('reset')
    follower.subscription.restartAt(20_001)
    const again = await peer.asked(STREAM, 20_001)
    again.send(replay(20_001), change(20_002), subscribed(20_002))
    await until(() => expect(seqs(follower)).toEqual([20_002]))
    expect([follower.resets, follower.errors]).toEqual([[20_000], []])
  })

  test('F9: a refusal ends one stream; the other goes on', async () => {
    await open()
    const [refused, other] = [follow(STREAM, 0), follow(OTHER, 0)]
    const socket = await peer.asked(OTHER, 0)
    socket.send({ type: 'error', code: 'live.unknown_stream', message: 'No.', stream: STREAM })
    socket.send(of(OTHER, replay(0)), of(OTHER, change(1)), of(OTHER, subscribed(1)))
    await until(() => expect([refused.errors, seqs(other)]).toEqual([['live.unknown_stream'], [1]]))
    expect(live.state).toBe('live')
  })

  test.each([
    [4408, 'silent'],
    [4503, 'restarting'],
    [4409, 'replaced'],
  ])('L6 L7: %i is followed by another try', async (code, reason) => {
    await open()
    const before = peer.sockets.length
    const session = live.stats.sessionId
    peer.current.close(code)
    await until(() => expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason })))
    await until(() => expect(live.state).toBe('live'))
    const next = peer.sockets[before]
    expect(next?.askedSession).toBe(code === 4409 ? undefined : session)
  })

  test('L8: 4401 means signed out, or asks for a fresh token', async () => {
    await open({ token: ({ renew }) => (renew ? 'fresh.b.c' : 'old.b.c') })
    const before = peer.sockets.length
    peer.current.close(4401)
    await until(() => expect(peer.sockets[before]?.token).toBe('fresh.b.c'))
    peer.current.close(4401)
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
  })

  test('L10: a server that says nothing any more is left', async () => {
    peer.heartbeatMs = 15
    peer.answersPings = false
    await open()
    await until(() => expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'silent' })))
  })

  test('S1 S3: a message is answered with its ack or its own refusal', async () => {
    await open()
    const answers = [send('one', 1), send('two', 2)]
    expect(await peer.sent(0)).toEqual({
      type: 'send_message',
      channel_id: CHANNEL,
      content: 'one',
      client_id: clientId(1),
    })
    peer.current.send(ack(1))
    await peer.sent(1)
    const refusal = { code: 'message.rate_limited', message: 'Too many.', retry_after_ms: 1_500 }
    peer.current.send({ type: 'error', client_id: clientId(2), ...refusal })
    expect(await Promise.all(answers)).toMatchObject([
      { ok: true, value: { client_id: clientId(1), seq: 1, status: 'visible' } },
      { ok: false, error: { code: 'message.rate_limited', retryAfterMs: 1_500 } },
    ])
    expect(live.state).toBe('live')
  })

  test('S2: what was not answered goes again with the same client_id, in the same order', async () => {
    await open()
    const answers = [send('one', 1), send('two', 2), send('three', 3)]
    await peer.sent(0)
    peer.current.cut()
    const contents: string[] = []
    peer.onFrame = (frame, socket) => {
      if (frame.type !== 'send_message') return
      contents.push(frame.content)
      socket.send(ack(contents.length))
    }
    expect((await Promise.all(answers)).map(({ ok }) => ok)).toEqual([true, true, true])
    expect(contents).toEqual(['one', 'two', 'three'])
  })

  test('S2: what is sent while offline waits, and goes out in order', async () => {
    peer.refuseWith = peer.refuseHttpWith = 503
    connect({ http: { baseUrl: peer.baseUrl } })
    const answers = ['one', 'two', 'three'].map((content, index) => send(content, index + 1))
    await until(() => expect(live.status.reason).toBe('unreachable'))
    const contents: string[] = []
    peer.onFrame = (frame, socket) => {
      if (frame.type !== 'send_message') return
      contents.push(frame.content)
      socket.send(ack(contents.length))
    }
    peer.refuseHttpWith = undefined
    if (transport === 'web_socket') peer.refuseWith = undefined
    expect((await Promise.all(answers)).map(({ ok }) => ok)).toEqual([true, true, true])
    expect(contents).toEqual(['one', 'two', 'three'])
  })

  test('L11: close ends everything', async () => {
    await open()
    follow(STREAM, 0)
    await peer.asked(STREAM, 0)
    live.close()
    await until(() => expect(peer.sockets.every((socket) => !socket.open)).toBe(true))
    expect(live.status).toMatchObject({ state: 'closed', reason: 'ended' })
  })
})

describe('an event stream in whose browser somebody else has signed in', () => {
  const STRANGER = '0197a5c0-0000-7000-8000-0000000000bb'

  beforeEach(async () => {
    peer.refuseWith = 400
    connect({ http: { baseUrl: peer.baseUrl }, userId: USER })
    await vi.waitUntil(() => live.state === 'live', { timeout: 4_000, interval: 2 })
    peer.userId = STRANGER
  })

  test('L16: goes on to no other stream as them', async () => {
    const follower = follow(STREAM, 3)
    // It may have hung up before anything could be sent.
    void peer.asked(STREAM, 3).then(
      (socket) => socket.send(replay(3), change(4), subscribed(4)),
      () => undefined,
    )
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
    expect(seqs(follower)).toEqual([])
  })

  test('L16: sends nothing in their name', async () => {
    expect(await send('mine', 1)).toMatchObject({ ok: false, error: { code: 'client.closed' } })
    expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' })
    expect(peer.sockets.flatMap((socket) => socket.all('send_message'))).toEqual([])
  })
})

test('S2: what came too late to be read whole over REST goes again', async () => {
  peer.refuseWith = 400
  connect({ http: { baseUrl: peer.baseUrl } })
  await until(() => expect(live.state).toBe('live'))
  const answer = send('one', 1)
  await peer.sent(0)
  peer.onFrame = (frame, socket) => {
    if (frame.type === 'send_message') socket.send(ack(1))
  }
  peer.current.send({ type: 'error', client_id: clientId(1), code: 'request.too_slow', message: 'Too slow.' })
  expect(await answer).toMatchObject({ ok: true, value: { seq: 1 } })
})

describe('which transport', () => {
  test('L16: without a place for it, a refused upgrade is tried again and again', async () => {
    peer.refuseWith = 400
    connect()
    await until(() => expect(seen.filter(({ reason }) => reason === 'unreachable').length).toBeGreaterThan(3))
    expect(peer.sockets).toEqual([])
  })

  test('L16: one failed handshake is not enough, and a server that does not answer over REST either', async () => {
    peer.refuseWith = peer.refuseHttpWith = 503
    connect({ http: { baseUrl: peer.baseUrl } })
    await until(() => expect(seen.filter(({ reason }) => reason === 'unreachable').length).toBeGreaterThan(3))
    peer.refuseWith = undefined
    await until(() => expect(live.state).toBe('live'))
    expect(peer.current.transport).toBe('web_socket')
  })

  test('L17: a visitor comes over the event stream, with no session, and sends nothing', async () => {
    peer.isSignedIn = false
    connect({ http: { baseUrl: peer.baseUrl, visitor: true } })
    const follower = follow(STREAM, 0)
    const socket = await peer.asked(STREAM, 0)
    socket.send(replay(0), change(1), subscribed(1))
    await until(() => expect(seqs(follower)).toEqual([1]))
    expect(peer.sockets.map(({ transport, askedSession }) => [transport, askedSession])).not.toContainEqual(
      expect.arrayContaining(['web_socket']),
    )
    expect(live.stats.sessionId).toBeUndefined()
  })

  test('L17: who was signed in and comes as a visitor is signed out', async () => {
    peer.refuseWith = 400
    peer.isSignedIn = false
    connect({ http: { baseUrl: peer.baseUrl } })
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
  })

  test('L17: over 50 streams, and what is no name of one, are refused one by one', async () => {
    peer.isSignedIn = false
    connect({ http: { baseUrl: peer.baseUrl, visitor: true } })
    await until(() => expect(live.state).toBe('live'))
    const nonsense = follow('nonsense', 0)
    const followers = Array.from({ length: 51 }, (_, index) =>
      follow(`channel:0197a5c0-0000-7000-8000-${String(index).padStart(12, '0')}`, 0),
    )
    await until(() => expect(nonsense.errors).toEqual(['live.unknown_stream']))
    await until(() => expect(followers.flatMap(({ errors }) => errors)).toEqual(['live.too_many_subscriptions']))
    await until(() => expect(peer.current.all('subscribe')).toHaveLength(50))
  })
})
