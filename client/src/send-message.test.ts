import type { ServerFrame } from '@glasshouse/contracts'
import { parseId } from '@glasshouse/kernel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LiveConnection } from './live-connection.ts'
import { CHANNEL, LivePeer, type PeerSocket } from './live-peer.contract.ts'
import type { LiveOptions } from './live-types.ts'

/** Rules S1 to S9 of SPEC.md. */
let peer: LivePeer
let live: LiveConnection

beforeEach(async () => {
  peer = await LivePeer.start()
})
afterEach(async () => {
  live.close()
  await peer[Symbol.asyncDispose]()
})

function connect(options: Partial<LiveOptions> = {}): LiveConnection {
  live = new LiveConnection({ url: () => peer.url, backoffMs: { min: 5, max: 20 }, ...options })
  live.connect()
  return live
}

const id = (number: number): string => `0197a5c0-0000-7000-a000-${String(number).padStart(12, '0')}`
const send = (content: string, clientId?: string): ReturnType<LiveConnection['sendMessage']> =>
  live.sendMessage({ channel_id: CHANNEL, content, ...(clientId === undefined ? {} : { client_id: clientId }) })

function ack(clientId: string | undefined, seq: number): ServerFrame {
  const fields = { id: id(9_000 + seq), seq, timestamp: '2026-11-20T09:30:00.000Z', status: 'visible' } as const
  return { type: 'ack', ...fields, ...(clientId === undefined ? {} : { client_id: clientId }) }
}

const contents = (socket: PeerSocket): string[] => socket.all('send_message').map(({ content }) => content)

describe('sendMessage', () => {
  test('S1: answers with the ack, and makes a client_id', async () => {
    connect()
    const answer = live.sendMessage({ channel_id: CHANNEL, content: 'hello', thread_id: id(7), draft_version: 5 })
    const socket = await peer.socket(0)
    const [frame] = await socket.wait('send_message')
    expect(frame).toEqual({
      type: 'send_message',
      channel_id: CHANNEL,
      content: 'hello',
      thread_id: id(7),
      draft_version: 5,
      client_id: expect.any(String) as string,
    })
    expect(parseId(frame?.client_id ?? '')).toBeDefined()
    expect(live.stats.queued).toBe(1)
    socket.send(ack(frame?.client_id, 3))
    expect(await answer).toEqual({
      ok: true,
      value: {
        client_id: frame?.client_id,
        id: id(9_003),
        seq: 3,
        timestamp: '2026-11-20T09:30:00.000Z',
        status: 'visible',
      },
    })
    expect(live.stats.queued).toBe(0)
    expect(live.stats.ackMs).toBeGreaterThan(0)
  })

  test('S2: a lost ack: sent again over the next connection, with the same client_id, in the same order', async () => {
    connect()
    const answers = [send('one', id(1)), send('two', id(2)), send('three', id(3))]
    const first = await peer.socket(0)
    await first.wait('send_message', 3)
    first.send(ack(id(2), 2))
    await answers[1]
    first.cut()
    const second = await peer.socket(1)
    const again = await second.wait('send_message', 2)
    expect(again).toEqual([
      { type: 'send_message', channel_id: CHANNEL, content: 'one', client_id: id(1) },
      { type: 'send_message', channel_id: CHANNEL, content: 'three', client_id: id(3) },
    ])
    second.send(ack(id(1), 1), ack(id(3), 3))
    expect(await Promise.all(answers)).toMatchObject([
      { value: { seq: 1 } },
      { value: { seq: 2 } },
      { value: { seq: 3 } },
    ])
  })

  test('S2: what is sent while offline waits, and goes out in order', async () => {
    peer.refuseWith = 503
    connect()
    const answers = ['one', 'two', 'three'].map((content, index) => send(content, id(index)))
    await vi.waitFor(() => expect(live.status.reason).toBe('unreachable'))
    peer.onFrame = (frame, socket) => {
      if (frame.type === 'send_message') socket.send(ack(frame.client_id, 1))
    }
    peer.refuseWith = undefined
    expect(await Promise.all(answers)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }])
    expect(contents(await peer.socket(0))).toEqual(['one', 'two', 'three'])
  })

  test('S3: a refusal is of its own message only, and says when to go on', async () => {
    connect()
    const refused = send('spam', id(1))
    const taken = send('fine', id(2))
    const socket = await peer.socket(0)
    await socket.wait('send_message', 2)
    const error = {
      type: 'error',
      code: 'message.rate_limited',
      message: 'Too many messages.',
      retry_after_ms: 1_200,
    } as const
    socket.send({ ...error, client_id: id(1), path: 'content' }, ack(id(2), 5))
    expect(await refused).toEqual({
      ok: false,
      error: {
        code: 'message.rate_limited',
        message: 'Too many messages.',
        retryAfterMs: 1_200,
        path: 'content',
        status: 0,
      },
    })
    expect(await taken).toMatchObject({ ok: true })
  })

  test('S4: a server that restarts has not refused: the message waits for the next connection', async () => {
    connect()
    const answer = send('hello', id(1))
    const first = await peer.socket(0)
    await first.wait('send_message')
    first.send({ type: 'error', code: 'server.restarting', message: 'Restarting.', client_id: id(1) })
    first.close(4503)
    live.connect()
    await vi.waitFor(() => {
      live.connect()
      expect(peer.sockets.length).toBe(2)
    })
    const second = await peer.socket(1)
    await second.wait('send_message')
    second.send(ack(id(1), 1))
    expect(await answer).toMatchObject({ ok: true })
  })

  test('S4: and when it says so and stays, it is left', async () => {
    peer.heartbeatMs = 10
    connect({ answerTimeoutMs: 30 })
    void send('hello', id(1))
    const first = await peer.socket(0)
    await first.wait('send_message')
    first.send({ type: 'error', code: 'server.restarting', message: 'Restarting.', client_id: id(1) })
    const second = await peer.socket(1)
    expect(await second.wait('send_message')).toHaveLength(1)
  })

  test('S5: the queue is bounded', async () => {
    connect({ queuedMax: 2, url: 'ws://127.0.0.1:1/ws' })
    void send('one')
    void send('two')
    expect(await send('three')).toMatchObject({ ok: false, error: { code: 'client.queue_full' } })
    expect(live.stats.queued).toBe(2)
  })

  test('S5: and so is what is on its way', async () => {
    connect({ inFlightMax: 2 })
    const answers = [1, 2, 3].map((number) => send(`message ${number}`, id(number)))
    const socket = await peer.socket(0)
    await socket.wait('send_message', 2)
    socket.send({ type: 'pong' })
    await socket.wait('ping')
    expect(socket.all('send_message')).toHaveLength(2)
    socket.send(ack(id(1), 1))
    await socket.wait('send_message', 3)
    socket.send(ack(id(2), 2), ack(id(3), 3))
    await Promise.all(answers)
  })

  test('S6: it sends no faster than it may, and all of it', async () => {
    let nowMs = 0
    const waits: { run: () => void; delayMs: number }[] = []
    const timers = {
      set: (run: () => void, delayMs: number): object => {
        const wait = { run, delayMs }
        waits.push(wait)
        return wait
      },
      clear: () => {},
    }
    connect({ sendsPerSecondMax: 2, clock: { nowMs: () => nowMs, monotonicMs: () => nowMs }, timers })
    peer.onFrame = (frame, socket) => {
      if (frame.type === 'send_message') socket.send(ack(frame.client_id, 1))
    }
    const answers = [1, 2, 3].map((number) => send(`message ${number}`, id(number)))
    const socket = await peer.socket(0)
    await Promise.all(answers.slice(0, 2))
    expect(socket.all('send_message')).toHaveLength(2)
    const pause = waits.find(({ delayMs }) => delayMs === 500)
    nowMs = 500
    pause?.run()
    expect(await answers[2]).toMatchObject({ ok: true })
  })

  test('S7: the same message twice at once is one; another with its client_id is a conflict', async () => {
    connect()
    const answers = [send('hello', id(1)), send('hello', id(1).toUpperCase())]
    expect(await send('other', id(1))).toMatchObject({ ok: false, error: { code: 'message.client_id_conflict' } })
    const socket = await peer.socket(0)
    const [frame] = await socket.wait('send_message')
    socket.send(ack(frame?.client_id?.toUpperCase(), 1))
    expect(await Promise.all(answers)).toMatchObject([{ value: { seq: 1 } }, { value: { seq: 1 } }])
    expect(contents(socket)).toEqual(['hello'])
  })

  test.each([
    [{ channel_id: 'lobby', content: 'x' }, 'channel_id'],
    [{ channel_id: CHANNEL, content: 'x', client_id: 'mine' }, 'client_id'],
    [{ channel_id: CHANNEL, content: 'x', thread_id: 'that' }, 'thread_id'],
    [{ channel_id: CHANNEL, content: '' }, 'content'],
    [{ channel_id: CHANNEL, content: 'x'.repeat(10_001) }, 'content'],
    [{ channel_id: CHANNEL, content: '😀'.repeat(10_001) }, 'content'],
  ])('S8: what could not be a message is refused here (%#)', async (message, path) => {
    connect()
    expect(await live.sendMessage(message)).toMatchObject({ ok: false, error: { code: 'request.invalid', path } })
    expect(live.stats.queued).toBe(0)
  })

  test('S8: the longest message is counted in code points', async () => {
    connect()
    void send('😀'.repeat(10_000))
    const socket = await peer.socket(0)
    expect(await socket.wait('send_message')).toHaveLength(1)
  })

  test('S9: closing gives all back, and nothing can be sent after it', async () => {
    connect()
    const answer = send('hello')
    live.close()
    expect(await answer).toMatchObject({ ok: false, error: { code: 'client.closed' } })
    expect(await send('again')).toMatchObject({ ok: false, error: { code: 'client.closed' } })
  })

  test('S9: a message that no connection gets an answer to is given back', async () => {
    peer.heartbeatMs = 5
    connect({ answerTimeoutMs: 10 })
    expect(await send('hello')).toMatchObject({ ok: false, error: { code: 'client.unanswered' } })
    const frames = peer.sockets.flatMap((socket) => socket.all('send_message'))
    expect(frames).toHaveLength(3)
    expect(new Set(frames.map(({ client_id }) => client_id)).size).toBe(1)
  })
})
