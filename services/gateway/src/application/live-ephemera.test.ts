import {
  channelStream,
  typingStream,
  type Caller,
  type ChangeFrame,
  type Role,
  type ServerFrame,
} from '@glasshouse/contracts'
import { newId, type AuthSessionId, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { describe, expect, it, vi } from 'vitest'
import { MemoryAuthentication, MemoryCommands, newMessage, silentLog } from '../adapters/gateway-fixture.ts'
import { MemoryLiveSessionStore } from '../adapters/memory-live-session-store.ts'
import { MemoryPresenceSource } from '../adapters/memory-presence-source.ts'
import { MemoryStreamSource } from '../adapters/memory-stream-source.ts'
import { MemoryTypingSource } from '../adapters/memory-typing-source.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { LiveHub, type OpenConnection } from './live-hub.ts'
import { encodeLine } from './line-encoding.ts'
import type { SocketWire } from './ports.ts'

/** A wire that takes bytes, or holds them until it is let. One frame a line. */
class LineWire implements SocketWire {
  readonly kind = 'web_socket'
  text = ''
  takes = true
  write(bytes: Uint8Array): boolean {
    this.text += Buffer.from(bytes).toString('utf8')
    return this.takes
  }
  pauseReading(): void {}
  resumeReading(): void {}
  ping(): void {}
  close(): void {}

  of<Type extends ServerFrame['type']>(type: Type): Extract<ServerFrame, { type: Type }>[] {
    const frames = this.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ServerFrame)
    return frames.filter((frame): frame is Extract<ServerFrame, { type: Type }> => frame.type === type)
  }
}

interface Client extends OpenConnection {
  readonly wire: LineWire
  readonly caller: Caller
  send(frame: object): void
}

class Hub {
  readonly source = new MemoryStreamSource()
  readonly presence: MemoryPresenceSource
  readonly hub: LiveHub
  nowMs = Date.now()
  hidden: ChannelId | undefined
  encoded = 0

  constructor(options: { limits?: Partial<LiveLimits>; presence?: MemoryPresenceSource; hidden?: ChannelId } = {}) {
    this.hidden = options.hidden
    this.presence = options.presence ?? new MemoryPresenceSource((caller) => caller.role !== 'guest')
    this.hub = new LiveHub(
      {
        source: this.source,
        typing: new MemoryTypingSource((_caller, stream) => !stream.includes(this.hidden ?? 'none')),
        presence: this.presence,
        commands: new MemoryCommands(this.source),
        authentication: new MemoryAuthentication(),
        clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs },
        log: silentLog,
        encode: (frame) => {
          this.encoded++
          return encodeLine(frame)
        },
        sessionStore: new MemoryLiveSessionStore(),
      },
      { presenceIntervalMs: 1, sweepIntervalMs: 5, ...options.limits },
    )
    void this.hub.start()
  }

  connect(more: { userId?: UserId; role?: Role } = {}): Client {
    const wire = new LineWire()
    const caller: Caller = {
      userId: more.userId ?? newId<UserId>(),
      username: 'ada',
      displayName: 'Ada',
      role: more.role ?? 'user',
      sessionId: newId<AuthSessionId>(),
      door: 'token',
      expiresAtMs: this.nowMs + 86_400_000,
    }
    const open = this.hub.connect({ wire, caller, address: '127.0.0.1' })
    return { wire, caller, ...open, send: (frame) => open.frames.text(JSON.stringify(frame)) }
  }

  [Symbol.dispose](): void {
    this.hub.stop()
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await tick()
}

const tea = newId<ChannelId>()
const stream = typingStream({ channelId: tea, threadId: undefined })

describe('typing over the live door', () => {
  it('M1 asks the permission again when something happened in the channel that nobody here was told of', async () => {
    using hub = new Hub()
    const channel = channelStream(tea)
    hub.source.create(channel)
    const client = hub.connect()
    client.send({ type: 'subscribe', stream })
    await settle()
    hub.hidden = tea
    hub.source.announce(hub.source.commit(channel, newMessage(channel, 'all who watch hear this')))
    hub.source.advance(channel)
    await settle()
    expect(hub.hub.typing.size).toBe(1)
    hub.source.commit(channel, newMessage(channel, 'and this may have been a removal'))
    hub.source.advance(channel)
    await settle()
    expect(hub.hub.typing.size).toBe(0)
    expect(client.wire.of('error')).toMatchObject([{ code: 'live.unknown_stream', stream }])
  })

  it('M1 says that it is ephemeral, asks the permission, and is bounded', async () => {
    const hidden = newId<ChannelId>()
    using hub = new Hub({ hidden, limits: { ephemeralStreamsMax: 2 } })
    const client = hub.connect()
    client.send({ type: 'subscribe', stream: stream.toUpperCase().replace('TYPING', 'typing') })
    client.send({ type: 'subscribe', stream: `typing:${hidden}` })
    await settle()
    expect(client.wire.of('subscribed')).toEqual([
      { type: 'subscribed', stream, seq: 0, recovered: false, ephemeral: true },
    ])
    expect(client.wire.of('error')).toMatchObject([{ code: 'live.unknown_stream', stream: `typing:${hidden}` }])
    for (let more = 0; more < 2; more++) client.send({ type: 'subscribe', stream: `typing:${newId()}` })
    client.send({ type: 'subscribe', stream, after: 3 })
    client.send({ type: 'resume', streams: { [stream]: 3 } })
    client.send({ type: 'subscribe', stream: 'typing:nothing' })
    client.send({ type: 'subscribe', stream: `${stream}:${newId()}:${newId()}` })
    await settle()
    const refused = client.wire
      .of('error')
      .slice(1)
      .map(({ code, path }) => `${code} ${path}`)
    expect(refused.toSorted((a, b) => a.localeCompare(b))).toEqual([
      'live.invalid_frame after',
      'live.invalid_frame after',
      'live.invalid_frame stream',
      'live.too_many_subscriptions undefined',
      'live.unknown_stream undefined',
    ])
    expect(client.connection.positions().size).toBe(0)
  })

  it('M1 asks once for a stream that is asked for again before the answer', async () => {
    using hub = new Hub()
    const client = hub.connect()
    const asked = vi.spyOn(hub.hub, 'openTyping')
    for (let time = 0; time < 10; time++) client.send({ type: 'subscribe', stream })
    await settle()
    expect(asked).toHaveBeenCalledTimes(1)
    expect(client.wire.of('subscribed')).toHaveLength(1)
    client.send({ type: 'subscribe', stream })
    await settle()
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('M3 reaches whoever shows the place, and no window of the person who types; encoded once', async () => {
    using hub = new Hub()
    const typist = hub.connect()
    const window = hub.connect({ userId: typist.caller.userId })
    const others = Array.from({ length: 20 }, () => hub.connect())
    const elsewhere = hub.connect()
    const thread = newId<MessageId>()
    for (const client of [window, ...others]) client.send({ type: 'subscribe', stream })
    elsewhere.send({ type: 'subscribe', stream: typingStream({ channelId: tea, threadId: thread }) })
    await settle()
    const before = hub.encoded
    typist.send({ type: 'typing', channel_id: tea })
    await settle()
    expect(hub.encoded - before).toBe(1)
    for (const { wire } of others) expect(wire.of('typing')).toHaveLength(1)
    for (const { wire } of [typist, window, elsewhere]) expect(wire.of('typing')).toEqual([])
    typist.send({ type: 'typing', channel_id: tea, thread_id: thread })
    await settle()
    expect(elsewhere.wire.of('typing')).toMatchObject([{ thread_id: thread, user_id: typist.caller.userId }])
    for (const { wire } of others) expect(wire.of('typing')).toHaveLength(1)
  })

  it('M3 is not heard after `unsubscribe`, also when that overtakes the permission; nothing is held then', async () => {
    using hub = new Hub()
    const [typist, client] = [hub.connect(), hub.connect()]
    client.send({ type: 'subscribe', stream })
    client.send({ type: 'unsubscribe', stream })
    await settle()
    typist.send({ type: 'typing', channel_id: tea })
    await settle()
    expect(client.wire.of('subscribed')).toEqual([])
    expect(client.wire.of('typing')).toEqual([])
    client.send({ type: 'subscribe', stream })
    await settle()
    expect(hub.hub.typing.size).toBe(1)
    client.connection.disconnected()
    expect(hub.hub.typing.size).toBe(0)
  })

  it('M10 ends with the watch of the channel, in its threads too, and also while it is asked', async () => {
    using hub = new Hub()
    const channel = channelStream(tea)
    hub.source.create(channel)
    const inThread = typingStream({ channelId: tea, threadId: newId<MessageId>() })
    const [typist, removed, stays] = [hub.connect(), hub.connect(), hub.connect()]
    for (const client of [removed, stays]) client.send({ type: 'subscribe', stream })
    await settle()
    removed.send({ type: 'subscribe', stream: inThread })
    const leaves = (changed_seq: number): ChangeFrame => ({
      type: 'member_changed',
      stream: channel,
      channel_id: tea,
      changed_seq,
      user_id: removed.caller.userId,
      username: 'ada',
      display_name: 'Ada',
      membership: 'left',
      channel_type: 'private',
      role: null,
    })
    hub.source.announce(hub.source.commit(channel, leaves))
    typist.send({ type: 'typing', channel_id: tea })
    await settle()
    expect(removed.wire.of('typing')).toEqual([])
    expect(removed.wire.of('error')).toMatchObject([
      { code: 'live.unknown_stream', stream },
      { code: 'live.unknown_stream', stream: inThread },
    ])
    expect(removed.wire.of('subscribed').map((frame) => frame.stream)).toEqual([stream])
    expect(stays.wire.of('typing')).toHaveLength(1)
  })

  it('M2 is refused with an error where one may not write', async () => {
    using hub = new Hub({ hidden: tea })
    const client = hub.connect()
    client.send({ type: 'typing', channel_id: tea })
    await settle()
    expect(client.wire.of('error')).toMatchObject([{ code: 'not_found' }])
  })

  it('M4 is dropped for a connection that does not take its frames, and never makes it lag', async () => {
    using hub = new Hub({ limits: { unsentFramesMax: 10 } })
    const channel = `channel:${tea}` as typeof stream
    hub.source.create(channel)
    const [typist, slow] = [hub.connect(), hub.connect()]
    slow.send({ type: 'subscribe', stream })
    slow.send({ type: 'subscribe', stream: channel })
    await settle()
    slow.wire.takes = false
    const say = (text: string): void => hub.source.announce(hub.source.commit(channel, newMessage(channel, text)))
    say('blocks')
    await settle()
    for (let turn = 0; turn < 50; turn++) typist.send({ type: 'typing', channel_id: tea })
    await settle()
    say('waits')
    slow.wire.takes = true
    slow.connection.written()
    await settle()
    expect(slow.wire.of('typing')).toEqual([])
    expect(slow.wire.of('lagged')).toEqual([])
    expect(slow.wire.of('new_message').map(({ content }) => content)).toEqual(['blocks', 'waits'])
    typist.send({ type: 'typing', channel_id: tea })
    await settle()
    expect(slow.wire.of('typing')).toHaveLength(1)
  })
})

describe('presence over the live door', () => {
  const states = (client: Client, userId: UserId): string[] =>
    client.wire
      .of('presence')
      .filter((frame) => frame.user_id === userId)
      .map(({ state }) => state)

  it('M5 tells once of each person who comes to the screen, and then of their changes; of nobody else', async () => {
    using hub = new Hub()
    const [watcher, shown, other] = [hub.connect(), hub.connect(), hub.connect()]
    const nobody = newId<UserId>()
    watcher.send({ type: 'watch_presence', user_ids: [shown.caller.userId, nobody] })
    await settle()
    expect(states(watcher, shown.caller.userId)).toEqual(['active'])
    expect(states(watcher, nobody)).toEqual(['offline'])
    watcher.send({ type: 'watch_presence', user_ids: [shown.caller.userId, other.caller.userId, shown.caller.userId] })
    await settle()
    expect(states(watcher, shown.caller.userId)).toEqual(['active'])
    expect(states(watcher, other.caller.userId)).toEqual(['active'])
    shown.send({ type: 'presence', state: 'away' })
    await vi.waitFor(() => expect(states(watcher, shown.caller.userId)).toEqual(['active', 'away']))
    watcher.send({ type: 'watch_presence', user_ids: [other.caller.userId] })
    shown.send({ type: 'presence', state: 'active' })
    other.send({ type: 'presence', state: 'away' })
    await vi.waitFor(() => expect(states(watcher, other.caller.userId)).toEqual(['active', 'away']))
    expect(states(watcher, shown.caller.userId)).toEqual(['active', 'away'])
    watcher.connection.disconnected()
    expect(hub.hub.people.size).toBe(0)
  })

  it('M5 is refused to a role that may not know it', async () => {
    using hub = new Hub()
    const guest = hub.connect({ role: 'guest' })
    guest.send({ type: 'watch_presence', user_ids: [guest.caller.userId] })
    await settle()
    expect(guest.wire.of('error')).toMatchObject([{ code: 'permission.denied' }])
    expect(hub.hub.people.size).toBe(0)
  })

  it('M8 counts what a person does as activity, and a session that came back by itself as none', async () => {
    using hub = new Hub()
    const [watcher, person] = [hub.connect(), hub.connect()]
    const { userId } = person.caller
    watcher.send({ type: 'watch_presence', user_ids: [userId] })
    person.send({ type: 'presence', state: 'away' })
    await vi.waitFor(() => expect(states(watcher, userId).at(-1)).toBe('away'))
    person.send({ type: 'typing', channel_id: tea })
    await vi.waitFor(() => expect(states(watcher, userId).at(-1)).toBe('active'))
    person.connection.disconnected()
    await vi.waitFor(() => expect(states(watcher, userId).at(-1)).toBe('offline'))
    const { sessionId: authSessionId } = person.caller
    const id = person.connection.sessionId
    const found = { id, userId, authSessionId, positions: new Map(), detachedAtMs: undefined }
    hub.hub.connect({ wire: new LineWire(), caller: person.caller, address: '127.0.0.1', found })
    await vi.waitFor(() => expect(states(watcher, userId).at(-1)).toBe('away'))
  })

  it('M4 is said in its newest form to a connection that has drained', async () => {
    using hub = new Hub()
    const [watcher, person] = [hub.connect(), hub.connect()]
    const { userId } = person.caller
    watcher.send({ type: 'watch_presence', user_ids: [userId] })
    await settle()
    watcher.wire.takes = false
    watcher.send({ type: 'ping' })
    await settle()
    const text = async (said: string): Promise<void> => {
      const reads = hub.presence.reads
      hub.presence.said.set(userId, { status: { text: said } })
      hub.presence.changed([userId])
      await vi.waitFor(() => expect(hub.presence.reads).toBeGreaterThan(reads))
    }
    for (const said of ['one', 'two', 'three']) await text(said)
    await settle()
    watcher.wire.takes = true
    watcher.connection.written()
    await settle()
    expect(watcher.wire.of('presence').map(({ status }) => status?.text)).toEqual([undefined, 'three'])
  })

  it('M7 asks again when something ends by itself', async () => {
    using hub = new Hub()
    const [watcher, person] = [hub.connect(), hub.connect()]
    const { userId } = person.caller
    const until = new Date(hub.nowMs + 60_000).toISOString()
    hub.presence.said.set(userId, { state: 'do_not_disturb', do_not_disturb_until: until })
    watcher.send({ type: 'watch_presence', user_ids: [userId] })
    await settle()
    hub.presence.said.clear()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(states(watcher, userId)).toEqual(['do_not_disturb'])
    hub.nowMs += 60_000
    await vi.waitFor(() => expect(states(watcher, userId)).toEqual(['do_not_disturb', 'active']))
  })

  it('M9 waits while it cannot be read, and tells then', async () => {
    const presence = new MemoryPresenceSource()
    const find = vi.spyOn(presence, 'find').mockRejectedValue(new Error('away'))
    using hub = new Hub({ presence })
    const watcher = hub.connect()
    const nobody = newId<UserId>()
    watcher.send({ type: 'watch_presence', user_ids: [nobody] })
    await vi.waitFor(() => expect(find.mock.calls.length).toBeGreaterThan(2))
    expect(watcher.wire.of('presence')).toEqual([])
    find.mockRestore()
    await vi.waitFor(() => expect(states(watcher, nobody)).toEqual(['offline']))
  })

  it('M9 remembers nobody who has left the screen, however many were on it while nothing could be read', async () => {
    const presence = new MemoryPresenceSource()
    vi.spyOn(presence, 'find').mockRejectedValue(new Error('away'))
    using hub = new Hub({ presence })
    const watcher = hub.connect()
    const last = newId<UserId>()
    for (let screen = 0; screen < 100; screen++) {
      watcher.send({ type: 'watch_presence', user_ids: [newId(), newId()] })
      await settle()
    }
    watcher.send({ type: 'watch_presence', user_ids: [last] })
    await settle()
    expect(hub.hub.people.size).toBe(1)
    expect(hub.hub.people.waiting).toBeLessThanOrEqual(1)
  })

  it('M6 costs n people who come at once, with k of them on each screen, n times k frames and not n times n', async () => {
    const [peopleCount, shownCount] = [5_000, 40]
    using hub = new Hub({ limits: { presenceIntervalMs: 20 } })
    const ids = Array.from({ length: peopleCount }, () => newId<UserId>())
    const shownBy = (index: number): UserId[] =>
      Array.from({ length: shownCount }, (_, at) => ids[(index + at * 7) % peopleCount] ?? ids[0]!)
    const clients: Client[] = []
    for (const [index, userId] of ids.entries()) {
      const client = hub.connect({ userId })
      client.send({ type: 'watch_presence', user_ids: shownBy(index) })
      clients.push(client)
      // In waves: those who come later are shown to those who are here as offline first.
      if (index % 100 === 99) await tick()
    }
    const last = (client: Client): Map<string, string> =>
      new Map(client.wire.of('presence').map(({ user_id, state }) => [user_id, state]))
    const allActive = (client: Client): void => {
      expect([...last(client).values()]).toEqual(Array.from({ length: shownCount }, () => 'active'))
    }
    for (const client of clients) await vi.waitFor(() => allActive(client), { timeout: 20_000 })
    const count = (): number => {
      let frames = 0
      for (const { wire } of clients) frames += wire.text.split('"type":"presence"').length - 1
      return frames
    }
    // Everybody tells of themselves while the others come: what is shown is told at most twice, before and after.
    expect(count()).toBeGreaterThanOrEqual(peopleCount * shownCount)
    expect(count()).toBeLessThanOrEqual(2 * peopleCount * shownCount)
    // Each person was read once for all who watch, and once more for having come: not once for each who watches.
    expect(hub.presence.reads).toBeLessThan(peopleCount / 10)
    // And they all turn away at once.
    const before = count()
    for (const client of clients) client.send({ type: 'presence', state: 'away' })
    const isAway = (client: Client): void => expect(new Set(last(client).values())).toEqual(new Set(['away']))
    for (const client of clients) await vi.waitFor(() => isAway(client), { timeout: 20_000 })
    expect(count() - before).toBeLessThanOrEqual(2 * peopleCount * shownCount)
  })
})
