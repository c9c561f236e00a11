import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { followChannel } from '../examples/follow-channel.ts'
import { followUnread } from '../examples/follow-unread.ts'
import { listChannels } from '../examples/list-channels.ts'
import { sayHello } from '../examples/say-hello.ts'
import { showWhoIsHere } from '../examples/show-who-is-here.ts'
import { createApi, LiveConnection } from './index.ts'
import { change, CHANNEL, LivePeer, replay, STREAM, subscribed, USER } from './live-peer.contract.ts'

describe('README.md', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const quoted = [...readme.matchAll(/```ts example=(\S+)\n(.*?)```/gs)].map(
    ([, name = '', code = '']) => [name, code] as const,
  )

  test.each(quoted)('quotes examples/%s.ts as it is', async (name, code) => {
    expect(await readFile(new URL(`../examples/${name}.ts`, import.meta.url), 'utf8')).toBe(code)
  })

  test('quotes all of them', () => {
    expect(quoted.map(([name]) => name)).toEqual([
      'list-channels',
      'say-hello',
      'follow-channel',
      'follow-unread',
      'show-who-is-here',
    ])
  })
})

describe('the examples run', () => {
  let peer: LivePeer
  let rest: Server
  let baseUrl = ''
  let answers: Record<string, unknown> = {}

  beforeEach(async () => {
    peer = await LivePeer.start()
    rest = createServer((request, response) => {
      const answer = answers[`${request.method} ${request.url}`]
      response.writeHead(answer === undefined ? 404 : 200)
      response.end(JSON.stringify(answer ?? {}))
    })
    rest.listen(0, '127.0.0.1')
    await once(rest, 'listening')
    baseUrl = `http://127.0.0.1:${(rest.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    await peer[Symbol.asyncDispose]()
    rest.closeAllConnections()
    rest.close()
    await once(rest, 'close')
  })

  test('list-channels', async () => {
    answers = {
      'POST /api/users/login': { token: 'a.b.c' },
      'GET /api/channels?limit=100': { items: [{ name: 'lobby' }, { name: 'tea' }], next: null },
    }
    expect(await listChannels(baseUrl, 'ada', 'correct horse')).toEqual(['lobby', 'tea'])
  })

  test('say-hello', async () => {
    peer.onFrame = (frame, socket) => {
      if (frame.type !== 'send_message') return
      const { id, timestamp, status } = change(7)
      socket.send({ type: 'ack', client_id: frame.client_id ?? '', id, seq: 7, timestamp, status })
    }
    expect(await sayHello(peer.url.replace('ws', 'http').replace('/ws', ''), 'a.b.c', CHANNEL)).toBe(7)
  })

  test('follow-unread, through a mark of unread and a reset', async () => {
    const me = '0197a5c0-0000-7000-8000-0000000000a9' as UserId
    const own = { channel_id: CHANNEL, muted: false, favourite: false, section: null }
    const channel = { ...own, read_seq: 2, mark: null as object | null, head: 2, unread: [] as number[], mentions: [] }
    const say = (seq: number): void => {
      answers = { 'GET /api/unread': { stream: `user:${me}`, seq, channels: [channel], threads: [], group_ids: [] } }
    }
    say(1)
    const live = new LiveConnection({ url: peer.url })
    const counts = await followUnread(createApi({ baseUrl }), live, me, () => {})
    const unread = () => counts.channel(CHANNEL)?.unread
    const socket = await peer.socket(0)
    await socket.wait('resume')
    const mine = `user:${me}` as const
    const restored = { type: 'subscribed', stream: mine, seq: 1, recovered: true } as const
    socket.send(restored, replay(2), change(3), subscribed(3), change(4))
    await vi.waitFor(() => expect(unread()).toEqual([3, 4]))
    // Marked on another device: what was before is asked for.
    Object.assign(channel, { read_seq: 4, mark: { seq: 1, at: 2 }, head: 4, unread: [1, 2, 3, 4] })
    say(2)
    const marked = { ...own, read_seq: 4, mark: { seq: 1, at: 2 } }
    socket.send({ type: 'own_channel_changed', stream: mine, changed_seq: 2, ...marked })
    await vi.waitFor(() => expect(unread()).toEqual([1, 2, 3, 4]))
    Object.assign(channel, { head: 90, unread: [1, 2, 88] })
    say(2)
    socket.send({ type: 'reset', stream: STREAM, seq: 89 })
    expect((await socket.wait('subscribe')).at(0)).toMatchObject({ stream: STREAM, after: 90 })
    expect(unread()).toEqual([1, 2, 88])
    live.close()
  })

  test('show-who-is-here', async () => {
    const live = new LiveConnection({ url: peer.url })
    const lines: string[] = []
    live.connect()
    const end = showWhoIsHere(live, CHANNEL as ChannelId, [USER], (line) => lines.push(line))
    const socket = await peer.socket(0)
    await socket.wait('subscribe')
    await socket.wait('watch_presence')
    const stream = `typing:${CHANNEL}`
    const ada = { user_id: USER, username: 'ada', display_name: 'Ada' }
    socket.send(
      { type: 'subscribed', stream, seq: 0, recovered: false, ephemeral: true },
      { type: 'presence', user_id: USER, state: 'active' },
      { type: 'typing', stream, channel_id: CHANNEL, ...ada },
    )
    await vi.waitFor(() => expect(lines).toEqual([`${USER} is active`, 'typing: ada']))
    end()
    await socket.wait('unsubscribe')
    live.close()
  })

  test('follow-channel, through a reset', async () => {
    const { type: _type, ...first } = change(1)
    const path = `GET /api/channels/${CHANNEL}/messages`
    answers = { [path]: { items: [first], next: null, stream: STREAM, seq: 1 } }
    const live = new LiveConnection({ url: peer.url })
    const timeline = await followChannel(createApi({ baseUrl }), live, CHANNEL as ChannelId)
    const socket = await peer.socket(0)
    await socket.wait('subscribe')
    socket.send(replay(1), change(2), subscribed(2), change(3))
    await vi.waitFor(() => expect(timeline.messages.map(({ seq }) => seq)).toEqual([1, 2, 3]))
    const { type: _other, ...latest } = change(90)
    answers = { [path]: { items: [latest], next: 'more', stream: STREAM, seq: 90 } }
    socket.send({ type: 'reset', stream: STREAM, seq: 89 })
    expect((await socket.wait('subscribe', 2)).at(1)).toMatchObject({ after: 90 })
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([90])
    live.close()
  })
})
