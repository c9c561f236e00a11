import type { ChangeFrame, ServerFrame } from '@glasshouse/contracts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ApiError } from './api-error.ts'
import { LiveConnection } from './live-connection.ts'
import { change, CHANNEL, LivePeer, replay, STREAM, subscribed, type PeerSocket } from './live-peer.contract.ts'
import type { LiveOptions, LiveStatus, LiveSubscription, Timers } from './live-types.ts'

/** SPEC.md's rules are cited by number. */
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

function connect(options: Partial<LiveOptions> = {}): LiveConnection {
  live = new LiveConnection({ url: () => peer.url, backoffMs: { min: 5, max: 20 }, ...options })
  live.onState((status) => seen.push(status))
  live.connect()
  return live
}

async function connectLive(options: Partial<LiveOptions> = {}): Promise<PeerSocket> {
  connect(options)
  const socket = await peer.socket(0)
  await until(() => expect(live.state).toBe('live'))
  return socket
}

interface Follower {
  readonly subscription: LiveSubscription
  readonly changes: [seq: number, replay: boolean][]
  readonly resets: number[]
  readonly errors: ApiError[]
  readonly caughtUp: number[]
}

function follow(after?: number, onEach?: (follower: Follower, change: ChangeFrame) => void): Follower {
  const follower: Follower = {
    changes: [],
    resets: [],
    errors: [],
    caughtUp: [],
    subscription: live.subscribe(STREAM, {
      ...(after === undefined ? {} : { after }),
      onChanges: (changes, info) => {
        for (const each of changes) {
          follower.changes.push([each.changed_seq, info.replay])
          onEach?.(follower, each)
        }
      },
      onReset: (seq) => follower.resets.push(seq),
      onError: (error) => follower.errors.push(error),
      onCaughtUp: (seq) => follower.caughtUp.push(seq),
    }),
  }
  return follower
}

const seqsOf = (follower: Follower): number[] => follower.changes.map(([seq]) => seq)

describe('opening', () => {
  test('L1: with the cookie it offers one subprotocol; live once greeted', async () => {
    const socket = await connectLive()
    expect(socket.protocols).toEqual(['glasshouse.v1'])
    expect(seen.map(({ state }) => state)).toEqual(['connecting', 'live'])
    expect(live.stats.sessionId).toBe('0197a5c0-0000-7000-8000-000000000000')
  })

  test('L1: a token travels as a second subprotocol', async () => {
    const socket = await connectLive({ token: () => Promise.resolve('aaa.bbb.ccc') })
    expect(socket.protocols).toEqual(['glasshouse.v1', 'bearer.aaa.bbb.ccc'])
  })

  test('L2: a provider without a token means signed out', async () => {
    connect({ token: () => undefined })
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
    expect(peer.sockets).toEqual([])
  })

  test('L2: a provider that fails is tried again later', async () => {
    let calls = 0
    await connectLive({
      token: () => {
        if (calls++ === 0) throw new Error('no network')
        return 'a.b.c'
      },
    })
    expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'unreachable' }))
  })

  test('L2: an expired token is not tried: a fresh one is asked for', async () => {
    const socket = await connectLive({ token: ({ renew }) => (renew ? 'fresh.b.c' : jwt(Date.now() - 1_000)) })
    expect(socket.protocols[1]).toBe('bearer.fresh.b.c')
  })

  test('L3: a greeting that does not come in time ends the try', async () => {
    connect({ url: () => peer.url, openTimeoutMs: 30, WebSocketImpl: MuteWebSocket })
    await until(() => expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'unreachable' })))
  })

  test('L4: a newer protocol closes for good', async () => {
    peer.protocol = 2
    connect()
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'outdated' }))
  })

  test('an address that can be none is reported, and tried again', async () => {
    const faults: ApiError[] = []
    connect({ url: () => 'no address', onFault: (error) => faults.push(error) })
    await until(() => expect(faults.length).toBeGreaterThan(1))
    expect(live.state).not.toBe('closed')
  })
})

describe('reconnecting', () => {
  test('L5: after a cut it comes back, counts it, and follows from its own cursor', async () => {
    const first = await connectLive()
    const follower = follow(3)
    expect(await first.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 3 }])
    first.send(replay(3), change(4), subscribed(4), change(5))
    await until(() => expect(follower.subscription.seq).toBe(5))
    first.cut()
    const second = await peer.socket(1)
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 5 }])
    second.send(replay(5), change(7), subscribed(7), change(8))
    await until(() => expect(seqsOf(follower)).toEqual([4, 5, 7, 8]))
    expect(live.stats.reconnects).toBe(1)
    expect(seen.map(({ state }) => state)).toEqual(['connecting', 'live', 'offline', 'connecting', 'live'])
    expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'lost' }))
  })

  test('L5: many streams are resumed with one frame', async () => {
    connect()
    const handlers = { onChanges: vi.fn<() => void>(), onReset: vi.fn<() => void>(), onError: vi.fn<() => void>() }
    live.subscribe('channel:a', { after: 1, ...handlers })
    live.subscribe('channel:b', { after: 2, ...handlers })
    live.subscribe('channel:c', handlers)
    const socket = await peer.socket(0)
    expect(await socket.wait('resume')).toEqual([{ type: 'resume', streams: { 'channel:a': 1, 'channel:b': 2 } }])
    expect(socket.all('subscribe')).toEqual([{ type: 'subscribe', stream: 'channel:c' }])
  })

  test('L6: 4503 says restarting, and the first try comes within three seconds', async () => {
    const { timers, delaysMs } = recordedTimers()
    const socket = await connectLive({ timers, random: () => 0.999, backoffMs: { min: 50_000, max: 50_000 } })
    delaysMs.length = 0
    socket.close(4503)
    await until(() => expect(live.status).toMatchObject({ state: 'offline', reason: 'restarting' }))
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(3_000)
    expect(live.status.retryAtMs).toBeDefined()
    live.connect()
    await peer.socket(1)
  })

  test.each([
    [4400, 'protocol'],
    [4408, 'silent'],
    [4429, 'too_fast'],
    [1011, 'lost'],
  ])('L6: %i is followed by another try', async (code, reason) => {
    const socket = await connectLive()
    socket.close(code)
    await peer.socket(1)
    expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason }))
  })

  test('L7: after 4409 it goes on with a new session, not with that one', async () => {
    const first = await connectLive()
    first.close(4409)
    const second = await peer.socket(1)
    expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'replaced' }))
    expect(second.askedSession).toBeUndefined()
    await until(() => expect(live.stats.sessionId).toBe('0197a5c0-0000-7000-8000-000000000001'))
    second.cut()
    expect((await peer.socket(2)).askedSession).toBe('0197a5c0-0000-7000-8000-000000000001')
  })

  test('L8: 4401 with a cookie means signed out', async () => {
    const socket = await connectLive()
    socket.close(4401)
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
  })

  test('L8: 4401 with a token: a fresh one gets one try', async () => {
    const renewals: boolean[] = []
    const token = ({ renew }: { renew: boolean }): string => {
      renewals.push(renew)
      return renew ? 'fresh.b.c' : 'old.b.c'
    }
    const first = await connectLive({ token })
    first.close(4401)
    const second = await peer.socket(1)
    expect(second.protocols[1]).toBe('bearer.fresh.b.c')
    second.close(4401)
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
    expect(renewals).toEqual([false, true])
    expect(peer.sockets).toHaveLength(2)
  })

  test('L9: a refused upgrade: the caller says whether that means signed out', async () => {
    peer.refuseWith = 401
    connect({ isSignedIn: () => Promise.resolve(false) })
    await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
  })

  test.each([
    ['is not known', () => Promise.resolve(undefined)],
    ['cannot be asked', () => Promise.reject(new Error('no network'))],
  ])('L9: it goes on trying when that %s', async (_, isSignedIn) => {
    peer.refuseWith = 503
    connect({ isSignedIn })
    await until(() => expect(seen.filter(({ reason }) => reason === 'unreachable').length).toBeGreaterThan(2))
    peer.refuseWith = undefined
    await until(() => expect(live.state).toBe('live'))
  })

  test('L10: two unanswered pings end the socket', async () => {
    peer.heartbeatMs = 15
    peer.answersPings = false
    await connectLive()
    await until(() => expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'silent' })))
    peer.answersPings = true
    await until(() => expect(live.state).toBe('live'))
  })

  test('L10: answered ones do not', async () => {
    peer.heartbeatMs = 5
    const socket = await connectLive()
    await socket.wait('ping', 6)
    expect(seen.map(({ state }) => state)).toEqual(['connecting', 'live'])
  })

  test('L10: the round trip is measured', async () => {
    await connectLive()
    await until(() => expect(live.stats.rttMs).toBeGreaterThan(0))
    expect(live.stats.framesPerSecond).toBeGreaterThan(0)
  })

  test('L11: close ends everything, once', async () => {
    const socket = await connectLive()
    const follower = follow(0)
    live.close()
    expect(live.status).toEqual({ state: 'closed', reason: 'ended', lagged: false })
    expect(follower.subscription.state).toBe('ended')
    await until(() => expect(socket.open).toBe(false))
    expect(peer.sockets).toHaveLength(1)
  })
})

describe('the session', () => {
  const handlers = { onChanges: vi.fn<() => void>(), onReset: vi.fn<() => void>(), onError: vi.fn<() => void>() }

  test('L14: it is asked for at each reconnect, and what it restored is not asked for again', async () => {
    peer.restore = () => [{ stream: STREAM, seq: 4 }]
    const first = await connectLive()
    expect(first.askedSession).toBeUndefined()
    const follower = follow(3)
    await first.wait('subscribe')
    first.send(replay(3), change(4), subscribed(4), change(5), change(6))
    await until(() => expect(follower.subscription.seq).toBe(6))
    first.cut()
    const second = await peer.socket(1)
    expect(second.askedSession).toBe('0197a5c0-0000-7000-8000-000000000000')
    second.send(replay(4), change(5), change(6), change(7), subscribed(7), change(8))
    await until(() => expect(seqsOf(follower)).toEqual([4, 5, 6, 7, 8]))
    await until(() => expect(follower.subscription.state).toBe('live'))
    expect(second.all('subscribe')).toEqual([])
    expect(live.stats.sessionId).toBe('0197a5c0-0000-7000-8000-000000000000')
  })

  test('L14: what it lacks is asked for, what nobody wants is dropped', async () => {
    peer.restore = () => [
      { stream: 'channel:kept', seq: 7 },
      { stream: 'channel:left', seq: 9 },
    ]
    connect()
    live.subscribe('channel:kept', { after: 8, ...handlers })
    live.subscribe('channel:new', { after: 2, ...handlers })
    const left = live.subscribe('channel:left', { after: 1, ...handlers })
    const first = await peer.socket(0)
    await first.wait('resume')
    live.onState(({ state }) => {
      if (state === 'offline') left.unsubscribe()
    })
    first.cut()
    const second = await peer.socket(1)
    expect(await second.wait('unsubscribe')).toEqual([{ type: 'unsubscribe', stream: 'channel:left' }])
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: 'channel:new', after: 2 }])
  })

  test('L14: where the session is ahead of what is known here, it is asked from the own cursor', async () => {
    peer.restore = () => [{ stream: STREAM, seq: 9 }]
    const first = await connectLive()
    const follower = follow(3)
    await first.wait('subscribe')
    first.cut()
    const second = await peer.socket(1)
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 3 }])
    // Both replays come, in the order in which they were asked for.
    second.send(replay(9), change(10), subscribed(10), replay(3), change(8), change(10), subscribed(10))
    await until(() => expect(seqsOf(follower)).toEqual([8, 10]))
  })

  test('L14: too much since the last answered ping is asked for again from the own cursor, which may be later', async () => {
    peer.restore = () => [{ stream: STREAM, seq: 3 }]
    const first = await connectLive()
    const follower = follow(3)
    await first.wait('subscribe')
    first.send(replay(3), change(90_000), subscribed(90_000))
    await until(() => expect(follower.subscription.seq).toBe(90_000))
    first.cut()
    const second = await peer.socket(1)
    second.send({ type: 'reset', stream: STREAM, seq: 90_001 })
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 90_000 }])
    second.send({ type: 'reset', stream: STREAM, seq: 200_000 })
    await until(() => expect(follower.resets).toEqual([200_000]))
  })

  test('L14: a stream from now on, whose answer was lost, goes on where it was asked for', async () => {
    peer.restore = () => [{ stream: STREAM, seq: 9 }]
    const first = await connectLive()
    const follower = follow()
    await first.wait('subscribe')
    first.cut()
    const second = await peer.socket(1)
    second.send(replay(9), change(10), subscribed(10))
    await until(() => expect(seqsOf(follower)).toEqual([10]))
    expect(second.all('subscribe')).toEqual([])
  })

  test('L15: a new page that wants a stream from now on skips what its session replays', async () => {
    peer.restore = () => [{ stream: STREAM, seq: 3 }]
    connect({ sessionKeeper: { read: () => 'a', write: () => undefined } })
    const follower = follow()
    const socket = await peer.socket(0)
    await socket.wait('subscribe')
    socket.send(replay(3), change(4), subscribed(9, false), change(10))
    await until(() => expect(seqsOf(follower)).toEqual([10]))
    expect(follower.resets).toEqual([])
  })

  test('L14: a stream that is refused now ends its subscription', async () => {
    peer.restore = () => [{ stream: STREAM, seq: 3 }]
    const first = await connectLive()
    const follower = follow(3)
    await first.wait('subscribe')
    first.cut()
    const second = await peer.socket(1)
    second.send({ type: 'error', code: 'live.unknown_stream', message: 'No.', stream: STREAM })
    await until(() => expect(follower.errors.map(({ code }) => code)).toEqual(['live.unknown_stream']))
  })

  test('L14: an unknown session leaves everything to the own cursors', async () => {
    const first = await connectLive()
    follow(3)
    await first.wait('subscribe')
    first.cut()
    const second = await peer.socket(1)
    expect(second.askedSession).toBe('0197a5c0-0000-7000-8000-000000000000')
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 3 }])
    expect(live.stats.sessionId).toBe('0197a5c0-0000-7000-8000-000000000001')
  })

  test('L14: a session with very much that nobody wants is left for a new one', async () => {
    peer.restore = () => Array.from({ length: 101 }, (_, index) => ({ stream: `channel:${index}`, seq: 1 }))
    const first = await connectLive()
    first.cut()
    const second = await peer.socket(1)
    expect((await peer.socket(2)).askedSession).toBeUndefined()
    expect(second.all('unsubscribe')).toEqual([])
  })

  test('L14: `close` leaves it', async () => {
    await connectLive()
    live.close()
    live.connect()
    expect((await peer.socket(1)).askedSession).toBeUndefined()
  })

  test('L15: a keeper hands it to the next page', async () => {
    let kept: string | undefined = '0197a5c0-0000-7000-8000-0000000000ff'
    const sessionKeeper = {
      read: () => kept,
      write: (id: string | undefined) => {
        kept = id
      },
    }
    peer.restore = () => []
    const socket = await connectLive({ sessionKeeper })
    expect(socket.askedSession).toBe('0197a5c0-0000-7000-8000-0000000000ff')
    expect(kept).toBe('0197a5c0-0000-7000-8000-0000000000ff')
    live.close()
    expect(kept).toBeUndefined()
  })
})

describe('waking up', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  beforeEach(() => {
    const browser = new EventTarget()
    vi.stubGlobal('document', page)
    vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser))
    vi.stubGlobal('removeEventListener', browser.removeEventListener.bind(browser))
  })
  afterEach(() => vi.unstubAllGlobals())
  const wake = (): boolean => page.dispatchEvent(new Event('visibilitychange'))

  test('L13: ends a long wait', async () => {
    let nowMs = 0
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
    peer.refuseWith = 503
    connect({ clock, random: () => 0.999, backoffMs: { min: 60_000, max: 60_000 } })
    await until(() => expect(live.state).toBe('offline'))
    peer.refuseWith = undefined
    wake()
    // Not at once: a tab that is looked at and hidden in turns must not flood the server.
    expect(live.state).toBe('offline')
    nowMs = 60_000
    wake()
    await until(() => expect(live.state).toBe('live'))
  })

  test('L13: a socket that died meanwhile is found out soon', async () => {
    const { timers } = recordedTimers((delayMs) => (delayMs === 5_000 ? 20 : delayMs))
    const socket = await connectLive({ timers })
    await until(() => expect(live.stats.rttMs).toBeDefined())
    peer.answersPings = false
    wake()
    await until(() => expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'silent' })))
    expect(socket.all('ping')).toHaveLength(2)
  })
})

describe('tokens', () => {
  test('L12: a fresh one is sent over the open socket before the old one expires', async () => {
    const { timers } = recordedTimers((delayMs) => (delayMs > 60_000 ? 5 : delayMs))
    const old = jwt(Date.now() + 200_000)
    const fresh = jwt(Date.now() + 50_000_000)
    const socket = await connectLive({ timers, token: ({ renew }) => (renew ? fresh : old), openTimeoutMs: 4_000 })
    const [frame] = await socket.wait('authenticate')
    expect(frame).toEqual({ type: 'authenticate', token: fresh })
    expect(socket.open).toBe(true)
  })
})

describe('following a stream', () => {
  test('F1: without `after`, from now on', async () => {
    const socket = await connectLive()
    const follower = follow()
    expect(await socket.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM }])
    expect(follower.subscription.seq).toBeUndefined()
    socket.send(subscribed(9), change(10), change(11))
    await until(() => expect(seqsOf(follower)).toEqual([10, 11]))
    expect(follower.caughtUp).toEqual([9])
    expect(follower.subscription.state).toBe('live')
  })

  test('F2: what was missed comes as replay, may skip, and is told apart from what is live', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(replay(2), change(4), change(9), subscribed(12), change(13))
    await until(() =>
      expect(follower.changes).toEqual([
        [4, true],
        [9, true],
        [13, false],
      ]),
    )
    expect(follower.caughtUp).toEqual([12])
  })

  test('F2: nothing missed needs no replay', async () => {
    const socket = await connectLive()
    const follower = follow(12)
    await socket.wait('subscribe')
    socket.send(subscribed(12), change(13))
    await until(() => expect(seqsOf(follower)).toEqual([13]))
  })

  test('F3: repeats are dropped, live and in a replay', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(replay(2), change(2), change(3), change(3), subscribed(3), change(3), change(4), change(4), change(5))
    await until(() => expect(seqsOf(follower)).toEqual([3, 4, 5]))
  })

  test('F4: a gap outside of a replay is held, and asked for from the cursor', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(subscribed(2), change(3), change(5), change(6))
    expect(await socket.wait('subscribe', 2)).toContainEqual({ type: 'subscribe', stream: STREAM, after: 3 })
    expect(seqsOf(follower)).toEqual([3])
    socket.send(replay(3), change(4), subscribed(4), change(7))
    await until(() => expect(seqsOf(follower)).toEqual([3, 4, 5, 6, 7]))
    expect(socket.all('subscribe')).toHaveLength(2)
  })

  test('F4: a `subscribed` that counts changes which did not come is a gap too', async () => {
    const socket = await connectLive()
    follow(2)
    await socket.wait('subscribe')
    socket.send(subscribed(5))
    expect(await socket.wait('subscribe', 2)).toHaveLength(2)
    socket.send(subscribed(2), subscribed(6))
    expect(await socket.wait('subscribe', 3)).toHaveLength(3)
  })

  test('F5: a replay unasked is taken, when it begins at the cursor or below', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(subscribed(2), change(3), replay(2), change(3), change(6), subscribed(6), change(7))
    await until(() => expect(seqsOf(follower)).toEqual([3, 6, 7]))
    expect(socket.all('subscribe')).toHaveLength(1)
  })

  test('F5: a replay that begins beyond the cursor is left out, and one is asked for', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(subscribed(2), replay(5), change(6), change(9), subscribed(9))
    expect((await socket.wait('subscribe', 2)).at(1)).toEqual({ type: 'subscribe', stream: STREAM, after: 2 })
    socket.send(replay(2), change(4), change(6), change(9), subscribed(9), change(10))
    await until(() => expect(seqsOf(follower)).toEqual([4, 6, 9, 10]))
  })

  test('F5: a replay within a replay takes its place', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(replay(2), change(4), replay(5), change(8), replay(2), change(4), change(6), change(8), subscribed(8))
    await until(() => expect(seqsOf(follower)).toEqual([4, 6, 8]))
    expect(socket.all('subscribe')).toHaveLength(1)
  })

  test('F6: asking without getting further gives the socket up', async () => {
    peer.onFrame = (frame, socket) => {
      if (frame.type === 'subscribe') socket.send(replay(2), subscribed(2), change(9))
    }
    await connectLive()
    const follower = follow(2)
    await peer.socket(1)
    expect(seqsOf(follower)).toEqual([])
    expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'protocol' }))
  })

  test('F7: reset: nothing arrives until a snapshot was loaded, then the stream goes on from it', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send({ type: 'reset', stream: STREAM, seq: 50_000 }, change(50_001))
    await until(() => expect(follower.resets).toEqual([50_000]))
    expect(follower.subscription.state).toBe('reset')
    follower.subscription.restartAt(50_001)
    expect((await socket.wait('subscribe', 2)).at(1)).toEqual({ type: 'subscribe', stream: STREAM, after: 50_001 })
    socket.send(replay(50_001), change(50_002), subscribed(50_002), change(50_003))
    await until(() => expect(seqsOf(follower)).toEqual([50_002, 50_003]))
  })

  test('F7: a replay that left something out is a reset', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(replay(2), change(3), subscribed(90, false))
    await until(() => expect(follower.resets).toEqual([90]))
  })

  test('F7: a reset outlives a reconnect', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send({ type: 'reset', stream: STREAM, seq: 90 })
    await until(() => expect(follower.resets).toEqual([90]))
    socket.cut()
    const second = await peer.socket(1)
    await until(() => expect(live.state).toBe('live'))
    follower.subscription.restartAt(91)
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 91 }])
  })

  test('F8: a cut within a replay loses nothing of it: the next begins behind the last change that came', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(replay(2), change(4), change(7))
    socket.close(1011)
    const second = await peer.socket(1)
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 7 }])
    expect(follower.changes).toEqual([
      [4, true],
      [7, true],
    ])
  })

  test('F9: a refusal ends the subscription, and it is not asked for again', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send({ type: 'error', code: 'live.unknown_stream', message: 'There is no such stream.', stream: STREAM })
    await until(() =>
      expect(follower.errors).toEqual([
        { code: 'live.unknown_stream', message: 'There is no such stream.', status: 0 },
      ]),
    )
    expect(follower.subscription.state).toBe('failed')
    socket.cut()
    const second = await peer.socket(1)
    await second.wait('ping')
    expect(second.all('subscribe')).toEqual([])
    follow(3)
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 3 }])
  })

  test('F9: a refusal that may pass is tried again', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send({ type: 'error', code: 'server.overloaded', message: 'Later.', stream: STREAM, retry_after_ms: 5 })
    await socket.wait('subscribe', 2)
    socket.send(subscribed(2), change(3))
    await until(() => expect(seqsOf(follower)).toEqual([3]))
    expect(follower.errors).toEqual([])
  })

  test("F15: one's own leaving is handed over, and whether the stream goes on is asked", async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    const [me, other] = ['0197a5c0-0000-7000-8000-0000000000aa', '0197a5c0-0000-7000-8000-0000000000bb']
    const left = (changedSeq: number, userId: string): ServerFrame => ({
      type: 'member_changed',
      stream: STREAM,
      channel_id: CHANNEL,
      changed_seq: changedSeq,
      user_id: userId,
      username: 'ada',
      display_name: 'Ada',
      membership: 'left',
      role: null,
      channel_type: 'private',
    })
    live.subscribe(`user:${me}`, { after: 0, onChanges: () => {}, onReset: () => {}, onError: () => {} })
    await socket.wait('subscribe', 2)
    // Within a replay too, which then does not end.
    socket.send(replay(2), change(4), left(5, other), change(6), left(7, me))
    expect((await socket.wait('subscribe', 3)).at(2)).toEqual({ type: 'subscribe', stream: STREAM, after: 7 })
    expect(seqsOf(follower)).toEqual([4, 5, 6, 7])
    socket.send({ type: 'error', code: 'live.unknown_stream', message: 'There is no such stream.', stream: STREAM })
    await until(() => expect(follower.errors).toMatchObject([{ code: 'live.unknown_stream' }]))
    expect(follower.subscription.state).toBe('failed')
  })

  test('F10: after unsubscribe nothing arrives, also within one frame batch', async () => {
    const socket = await connectLive()
    const follower = follow(2, (each, { changed_seq }) => {
      if (changed_seq === 4) each.subscription.unsubscribe()
    })
    await socket.wait('subscribe')
    socket.send(subscribed(2), change(3), change(4), change(5))
    expect(await socket.wait('unsubscribe')).toEqual([{ type: 'unsubscribe', stream: STREAM }])
    const again = follow(4)
    await socket.wait('subscribe', 2)
    socket.send({ type: 'unsubscribed', stream: STREAM }, replay(4), change(5), subscribed(5))
    await until(() => expect(seqsOf(again)).toEqual([5]))
    expect(seqsOf(follower)).toEqual([3, 4])
  })

  test('F10: a stream is followed once per connection', async () => {
    await connectLive()
    follow(2)
    expect(() => follow(2)).toThrow('followed over this connection already')
  })

  test('F11: lagged shows until the stream has caught up', async () => {
    const socket = await connectLive()
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(subscribed(2), { type: 'lagged', streams: [STREAM] })
    await until(() => expect(live.status).toMatchObject({ state: 'live', lagged: true }))
    socket.send(replay(2), change(3), change(8), subscribed(8))
    await until(() => expect(live.status).toMatchObject({ state: 'live', lagged: false }))
    expect(seqsOf(follower)).toEqual([3, 8])
  })

  test('F12: a change of a kind that is newer than this SDK moves the cursor; any other frame is left out', async () => {
    const socket = await connectLive({ onFault: (error) => faults.push(error) })
    const faults: ApiError[] = []
    const follower = follow(2)
    await socket.wait('subscribe')
    socket.send(subscribed(2))
    socket.sendText(JSON.stringify({ type: 'reaction_changed', stream: STREAM, changed_seq: 3 }))
    socket.sendText(JSON.stringify({ type: 'weather', sunny: true }))
    socket.sendText('no JSON')
    socket.send(change(4))
    await until(() => expect(seqsOf(follower)).toEqual([3, 4]))
    expect(faults.map(({ code }) => code)).toEqual(['client.unreadable_answer'])
  })

  test('F14: what a handler throws is reported, and the stream goes on', async () => {
    const reports: unknown[] = []
    const { queueMicrotask } = globalThis
    vi.stubGlobal('queueMicrotask', (run: () => void) =>
      queueMicrotask(() => {
        try {
          run()
        } catch (error) {
          reports.push(error)
        }
      }),
    )
    const socket = await connectLive()
    const follower = follow(2, (_, { changed_seq }) => {
      if (changed_seq === 3) throw new Error('a bug of the program')
    })
    await socket.wait('subscribe')
    socket.send(subscribed(2), change(3), change(4))
    await until(() => expect(seqsOf(follower)).toEqual([3, 4]))
    vi.unstubAllGlobals()
    expect(reports).toEqual([new Error('a bug of the program')])
  })

  test('F13: a subscribe that stays unanswered gives the socket up', async () => {
    peer.heartbeatMs = 10
    const socket = await connectLive({ answerTimeoutMs: 30 })
    follow(2)
    await socket.wait('subscribe')
    const second = await peer.socket(1)
    await second.wait('subscribe')
    expect(seen).toContainEqual(expect.objectContaining({ state: 'offline', reason: 'silent' }))
  })
})

/** A WebSocket that connects and never hands on what it receives. */
class MuteWebSocket extends WebSocket {
  override addEventListener(type: string, ...rest: [never, never?]): void {
    if (type !== 'message') super.addEventListener(type, ...rest)
  }
}

function jwt(expiresAtMs: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ exp: Math.floor(expiresAtMs / 1000), pad: '??>>' })}.x`
}

/** The system's timers, with the delays that were asked for. `changed` may shorten one. */
function recordedTimers(changed = (delayMs: number): number => delayMs): { timers: Timers; delaysMs: number[] } {
  const delaysMs: number[] = []
  const timers: Timers = {
    set: (run, delayMs) => {
      delaysMs.push(delayMs)
      return setTimeout(run, changed(delayMs))
    },
    clear: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
  }
  return { timers, delaysMs }
}
