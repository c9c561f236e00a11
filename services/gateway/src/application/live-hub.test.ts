import {
  channelStream,
  userStream,
  type Caller,
  type ChangeFrame,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import { newId, systemClock, type AuthSessionId, type ChannelId, type UserId } from '@glasshouse/kernel'
import { describe, expect, it } from 'vitest'
import { MemoryAuthentication, MemoryCommands, newMessage, silentLog } from '../adapters/gateway-fixture.ts'
import { MemoryLiveSessionStore } from '../adapters/memory-live-session-store.ts'
import { MemoryPresenceSource } from '../adapters/memory-presence-source.ts'
import { MemoryStreamSource } from '../adapters/memory-stream-source.ts'
import { MemoryTypingSource } from '../adapters/memory-typing-source.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { LiveHub, type OpenConnection } from './live-hub.ts'
import { encodeLine } from './line-encoding.ts'
import type { SocketWire } from './ports.ts'

/** A wire that counts its writes; one frame a line. What it has taken is its own: the memory is written to again. */
class LineWire implements SocketWire {
  readonly kind = 'web_socket'
  readonly writes: Uint8Array[] = []
  lastMemory: ArrayBufferLike | undefined
  closedWith: number | undefined
  takes = true
  isRead = true

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes.slice())
    this.lastMemory = bytes.buffer
    return this.takes
  }
  pauseReading(): void {
    this.isRead = false
  }
  resumeReading(): void {
    this.isRead = true
  }
  ping(): void {}
  close(code: number): void {
    this.closedWith = code
  }

  get frames(): ServerFrame[] {
    const lines = Buffer.concat(this.writes).toString('utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as ServerFrame)
  }
}

class Hub {
  readonly source: MemoryStreamSource
  readonly hub: LiveHub

  constructor(limits: Partial<LiveLimits> = {}, mayOpen?: ConstructorParameters<typeof MemoryStreamSource>[0]) {
    this.source = new MemoryStreamSource(mayOpen)
    this.hub = new LiveHub(
      {
        source: this.source,
        commands: new MemoryCommands(this.source),
        typing: new MemoryTypingSource(),
        presence: new MemoryPresenceSource(),
        authentication: new MemoryAuthentication(),
        clock: systemClock,
        log: silentLog,
        encode: encodeLine,
        sessionStore: new MemoryLiveSessionStore(),
      },
      { readRetryDelayMs: 1, ...limits },
    )
    void this.hub.start()
  }

  newStream(): StreamName {
    const stream = channelStream(newId<ChannelId>())
    this.source.create(stream)
    return stream
  }

  connect(): OpenConnection & { wire: LineWire } {
    const wire = new LineWire()
    const caller: Caller = {
      userId: newId<UserId>(),
      username: 'ada',
      displayName: 'Ada',
      role: 'user',
      sessionId: newId<AuthSessionId>(),
      door: 'token',
      expiresAtMs: Date.now() + 60_000,
    }
    return { wire, ...this.hub.connect({ wire, caller, address: '127.0.0.1' }) }
  }

  say(stream: StreamName, content: string): void {
    this.source.announce(this.source.commit(stream, newMessage(stream, content)))
  }

  [Symbol.dispose](): void {
    this.hub.stop()
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await tick()
}

describe('the live hub', () => {
  it('L28 handles a crowd of frames a few at a time, in order, and others between', async () => {
    using house = new Hub({ framesAtOnceMax: 4, sliceMs: 0 })
    const [crowd, other] = [house.connect(), house.connect()]
    const writers: LineWire[] = []
    for (const { wire } of [crowd, other]) {
      wire.write = (bytes) => {
        writers.push(wire)
        return LineWire.prototype.write.call(wire, bytes)
      }
    }
    const answered = (): number[] => crowd.wire.frames.flatMap((frame) => (frame.type === 'pong' ? [frame.t ?? 0] : []))
    for (let t = 1; t <= 10; t++) crowd.frames.text(JSON.stringify({ type: 'ping', t }))
    other.frames.text(JSON.stringify({ type: 'ping', t: 1 }))
    expect(crowd.wire.isRead).toBe(false)
    let gone = false
    crowd.frames.whenAllHandled(() => (gone = true))
    expect(gone).toBe(false)
    await expect.poll(answered).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(writers.indexOf(other.wire)).toBeLessThan(writers.lastIndexOf(crowd.wire))
    expect(gone).toBe(true)
    expect(crowd.wire.isRead).toBe(true)
  })

  it('L16 writes once per connection and tick, whatever happened in it', async () => {
    using house = new Hub()
    const streams = [house.newStream(), house.newStream()]
    const clients = Array.from({ length: 20 }, () => house.connect())
    for (const client of clients) for (const stream of streams) client.connection.subscribe(stream, undefined)
    await settle()
    for (const client of clients) client.wire.writes.length = 0
    for (let index = 0; index < 50; index++) for (const stream of streams) house.say(stream, `m${index}`)
    clients[0]?.frames.text(
      JSON.stringify({ type: 'send_message', channel_id: streams[0]?.slice('channel:'.length), content: 'mine' }),
    )
    await settle()
    for (const client of clients) expect(client.wire.writes).toHaveLength(1)
    expect(clients[0]?.wire.frames).toHaveLength(102)
    expect(clients[1]?.wire.frames).toHaveLength(101)
  })

  it('L16 shares one buffer among connections with the same content', async () => {
    using house = new Hub()
    const stream = house.newStream()
    const [a, b] = [house.connect(), house.connect()]
    for (const client of [a, b]) client.connection.subscribe(stream, undefined)
    await settle()
    house.say(stream, 'one')
    house.say(stream, 'two')
    await settle()
    expect(a.wire.writes.at(-1)).toEqual(b.wire.writes.at(-1))
    expect(a.wire.lastMemory).toBe(b.wire.lastMemory)
  })

  it('L6 reads no more from a client while more is being asked for than it may watch, and answers all of it', async () => {
    using house = new Hub({ subscriptionsMax: 3 })
    const streams = [house.newStream(), house.newStream(), house.newStream()]
    const resume = JSON.stringify({ type: 'resume', streams: Object.fromEntries(streams.map((stream) => [stream, 0])) })
    const openMany = house.source.openMany.bind(house.source)
    const store = Promise.withResolvers<undefined>()
    house.source.openMany = (requests) => store.promise.then(() => openMany(requests))
    const client = house.connect()
    client.frames.text(resume)
    await settle()
    expect(client.wire.isRead).toBe(true)
    client.frames.text(resume)
    expect(client.wire.isRead).toBe(false)
    store.resolve(undefined)
    await settle()
    expect(client.wire.isRead).toBe(true)
    expect(client.wire.frames.filter(({ type }) => type === 'subscribed')).toHaveLength(3)
  })

  it('L12 keeps order within a tick: what was said before `unsubscribed` comes before it', async () => {
    using house = new Hub()
    const stream = house.newStream()
    const client = house.connect()
    client.connection.subscribe(stream, undefined)
    await settle()
    house.say(stream, 'one')
    client.connection.unsubscribe(stream)
    house.say(stream, 'two')
    await settle()
    expect(client.wire.frames.slice(2).map((frame) => frame.type)).toEqual(['new_message', 'unsubscribed'])
  })

  it('L9 starts anew when a stream is subscribed again', async () => {
    using house = new Hub()
    const stream = house.newStream()
    house.say(stream, 'one')
    const client = house.connect()
    client.connection.subscribe(stream, undefined)
    await settle()
    client.connection.subscribe(stream, 0)
    await settle()
    house.say(stream, 'two')
    await settle()
    expect(client.wire.frames.slice(1).map((frame) => frame.type)).toEqual([
      'subscribed',
      'replay',
      'new_message',
      'subscribed',
      'new_message',
    ])
    expect(client.connection.subscriptionCount).toBe(1)
    expect(house.hub.liveCount(stream)).toBe(1)
  })

  it('L9 shares equal reads: a thousand that ask for the same page cost one read', async () => {
    using house = new Hub()
    const stream = house.newStream()
    for (let index = 0; index < 10; index++) house.say(stream, `m${index}`)
    const changes = house.source.changes.bind(house.source)
    let reads = 0
    house.source.changes = async (...args) => {
      reads++
      await tick()
      return changes(...args)
    }
    const clients = Array.from({ length: 1_000 }, () => house.connect())
    for (const client of clients) client.connection.subscribe(stream, 4)
    const arrived = (): number =>
      clients.filter(({ wire }) => wire.frames.some((frame) => frame.type === 'subscribed' && frame.seq === 10)).length
    await expect.poll(arrived).toBe(1_000)
    expect(reads).toBeLessThanOrEqual(5)
  })

  it('L14 hears a late announcement while the store cannot be read (found by live-hub.fuzz.test.ts)', async () => {
    using house = new Hub()
    const stream = house.newStream()
    const client = house.connect()
    client.connection.subscribe(stream, undefined)
    await settle()
    let fail = (): void => {}
    house.source.changes = () => new Promise((_, reject) => (fail = () => reject(new Error('the store is away'))))
    const late = house.source.commit(stream, newMessage(stream, 'late'))
    house.say(stream, 'early')
    await settle()
    house.source.announce(late)
    const attempts = house.hub.limits.readAttemptsMax
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = fail
      before()
      while (attempt < attempts - 1 && fail === before) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await settle()
    expect(client.wire.frames.slice(2)).toMatchObject([
      { type: 'replay', after: 0 },
      { type: 'new_message', content: 'late', changed_seq: 1 },
      { type: 'new_message', content: 'early', changed_seq: 2 },
      { type: 'subscribed', seq: 2 },
    ])
  })

  it('L14 tells no change of a message that only a later page brings, when the store fails between two pages', async () => {
    using house = new Hub({ replayPageChanges: 1, readAttemptsMax: 1 })
    const stream = house.newStream()
    const client = house.connect()
    client.connection.subscribe(stream, undefined)
    await settle()
    const message = house.source.commit(stream, newMessage(stream, 'reacted to'))
    house.source.commit(stream, newMessage(stream, 'between'))
    if (message.type !== 'new_message') throw new Error('no message was made')
    const { id, channel_id, seq } = message
    const reactions = [{ emoji: '👍', count: 1, usernames: ['ada'] }]
    // The first page ends at the second message: the first one stands at its reaction now.
    const updated = { ...message, type: 'message_updated', changed_seq: 3, reactions } as const
    const read = house.source.changes.bind(house.source)
    let reads = 0
    house.source.changes = async (name, after, limit) => {
      reads++
      if (reads === 2) throw new Error('the store is away')
      return updated === undefined || reads === 1
        ? read(name, after, limit)
        : { changes: [updated], through: 3, head: 3 }
    }
    const reacted = { type: 'reaction_changed', stream, id, channel_id, seq, reactions } as const
    house.source.announce(house.source.commit(stream, (changed_seq) => ({ ...reacted, changed_seq })))
    const told = (): ServerFrame | undefined => client.wire.frames.slice(2).at(-1)
    while (told()?.type !== 'subscribed') await new Promise((resolve) => setTimeout(resolve, 1))
    expect(client.wire.frames.slice(2).filter(({ type }) => type !== 'replay')).toMatchObject([
      { type: 'new_message', content: 'between', changed_seq: 2 },
      { type: 'message_updated', content: 'reacted to', changed_seq: 3 },
      { type: 'subscribed', seq: 3 },
    ])
  })

  it('L25 a reset is not dropped, and what comes after it is replayed (found by live-sessions.fuzz.test.ts)', async () => {
    using house = new Hub({ replayChangesMax: 3, unsentFramesMax: 2 })
    const stream = house.newStream()
    const client = house.connect()
    client.connection.subscribe(stream, undefined)
    await settle()
    client.wire.takes = false
    house.say(stream, 'on the way')
    await settle()
    for (let index = 0; index < 5; index++) house.source.commit(stream, newMessage(stream, 'from another process'))
    house.source.advance(stream)
    await settle()
    for (let index = 0; index < 2; index++) house.say(stream, 'over the bound')
    await settle()
    client.wire.takes = true
    client.connection.written()
    await settle()
    expect(client.wire.frames.slice(2)).toMatchObject([
      { type: 'new_message', content: 'on the way' },
      { type: 'reset', seq: 6 },
      { type: 'lagged', streams: [stream] },
      { type: 'replay', after: 6 },
      { type: 'new_message', changed_seq: 7 },
      { type: 'new_message', changed_seq: 8 },
      { type: 'subscribed', seq: 8 },
    ])
  })

  describe('L27 whoever a change removes', () => {
    const removal =
      (stream: StreamName, caller: Caller | undefined) =>
      (changedSeq: number): ChangeFrame => ({
        type: 'member_changed',
        stream,
        channel_id: stream.slice('channel:'.length),
        changed_seq: changedSeq,
        user_id: caller?.userId ?? '',
        username: 'ada',
        display_name: 'Ada',
        membership: 'left',
        role: null,
        channel_type: 'private',
      })
    const told = ({ wire }: { wire: LineWire }): unknown[] =>
      wire.frames.slice(1).map((frame) => ('changed_seq' in frame ? `${frame.type} ${frame.changed_seq}` : frame.type))

    it('gets it last, even within one tick; the others go on, and their session does not know of it any more', async () => {
      using house = new Hub()
      const stream = house.newStream()
      const [ann, ben] = [house.connect(), house.connect()]
      for (const client of [ann, ben]) client.connection.subscribe(stream, undefined)
      await settle()
      house.say(stream, 'before')
      house.source.announce(house.source.commit(stream, removal(stream, ben.connection.caller)))
      house.say(stream, 'after')
      await settle()
      house.say(stream, 'much later')
      await settle()
      expect(told(ben)).toEqual(['subscribed', 'new_message 1', 'member_changed 2'])
      expect(told(ann)).toEqual(['subscribed', 'new_message 1', 'member_changed 2', 'new_message 3', 'new_message 4'])
      expect(ben.connection.isSubscribed(stream)).toBe(false)
      expect([...ben.connection.positions()]).toEqual([])
    })

    it('gets all before it while their socket is full, and it last', async () => {
      using house = new Hub({ unsentFramesMax: 3 })
      const stream = house.newStream()
      const client = house.connect()
      client.connection.subscribe(stream, undefined)
      await settle()
      client.wire.takes = false
      for (const content of ['on the way', 'waits', 'waits']) {
        house.say(stream, content)
        await settle()
      }
      house.source.announce(house.source.commit(stream, removal(stream, client.connection.caller)))
      for (let index = 0; index < 10; index++) house.say(stream, 'after')
      await settle()
      client.wire.takes = true
      client.connection.written()
      await settle()
      expect(told(client)).toEqual([
        'subscribed',
        'new_message 1',
        'new_message 2',
        'new_message 3',
        'member_changed 4',
      ])
    })

    it('gets it at its place while they catch up, and no `subscribed` after it', async () => {
      using house = new Hub()
      const stream = house.newStream()
      for (let index = 0; index < 3; index++) house.source.commit(stream, newMessage(stream, 'old'))
      const client = house.connect()
      const changes = house.source.changes.bind(house.source)
      let goOn = (): void => undefined
      const wait = new Promise<void>((done) => (goOn = done))
      house.source.changes = async (...args) => {
        const page = await changes(...args)
        await wait
        return page
      }
      client.connection.subscribe(stream, 0)
      await settle()
      house.source.announce(house.source.commit(stream, removal(stream, client.connection.caller)))
      house.say(stream, 'after')
      goOn()
      await settle()
      expect(told(client)).toEqual(['replay', 'new_message 1', 'new_message 2', 'new_message 3', 'member_changed 4'])
      expect(client.connection.isSubscribed(stream)).toBe(false)
    })

    it('is refused when it came while they were asking', async () => {
      const out = new Set<string>()
      using house = new Hub({}, (caller) => !out.has(caller?.userId ?? ''))
      const stream = house.newStream()
      const [client, other] = [house.connect(), house.connect()]
      other.connection.subscribe(stream, undefined)
      await settle()
      const openMany = house.source.openMany.bind(house.source)
      let goOn = (): void => undefined
      const wait = new Promise<void>((done) => (goOn = done))
      house.source.openMany = async (...args) => {
        const answer = await openMany(...args)
        await wait
        return answer
      }
      client.connection.subscribe(stream, undefined)
      await settle()
      out.add(client.connection.caller?.userId ?? '')
      house.source.announce(house.source.commit(stream, removal(stream, client.connection.caller)))
      goOn()
      await settle()
      house.say(stream, 'after')
      await settle()
      expect(client.wire.frames.slice(1)).toMatchObject([{ type: 'error', code: 'live.unknown_stream', stream }])
    })

    it('is asked for their permission again when more was missed than is read', async () => {
      const out = new Set<string>()
      using house = new Hub({ replayChangesMax: 3 }, (caller) => !out.has(caller?.userId ?? ''))
      const stream = house.newStream()
      const [ann, ben] = [house.connect(), house.connect()]
      for (const client of [ann, ben]) client.connection.subscribe(stream, undefined)
      await settle()
      out.add(ben.connection.caller?.userId ?? '')
      house.source.commit(stream, removal(stream, ben.connection.caller))
      for (let index = 0; index < 5; index++) house.source.commit(stream, newMessage(stream, 'unheard'))
      house.source.advance(stream)
      await settle()
      house.say(stream, 'after')
      await settle()
      expect(told(ann)).toEqual(['subscribed', 'reset', 'new_message 7'])
      expect(told(ben)).toEqual(['subscribed', 'error'])
    })
  })

  it("L8 `me` is the caller's own streams, by their canonical names", async () => {
    using house = new Hub()
    const client = house.connect()
    const own = userStream(client.connection.caller?.userId ?? newId())
    house.source.create(own)
    const say = (frame: object): void => client.frames.text(JSON.stringify(frame))
    say({ type: 'subscribe', stream: 'me' })
    await settle()
    say({ type: 'unsubscribe', stream: 'me' })
    say({ type: 'resume', streams: { me: 0 } })
    await settle()
    say({ type: 'subscribe', stream: own.toUpperCase().replace('USER', 'user') })
    await settle()
    const answers = client.wire.frames.slice(1)
    expect(answers.map((frame) => frame.type)).toEqual([
      'subscribed',
      'unsubscribed',
      'replay',
      'subscribed',
      'subscribed',
    ])
    for (const frame of answers) expect(frame).toMatchObject({ stream: own })
  })

  it('L7 refuses what would make too many wait for their turn, and serves the others', async () => {
    using house = new Hub({ opensWaitingMax: 1 })
    const streams = [house.newStream(), house.newStream(), house.newStream()]
    const client = house.connect()
    for (const stream of streams) client.connection.subscribe(stream, undefined)
    await settle()
    expect(
      client.wire.frames
        .slice(1)
        .map((frame) => frame.type)
        .sort(),
    ).toEqual(['error', 'subscribed', 'subscribed'])
    expect(client.wire.frames.find((frame) => frame.type === 'error')).toMatchObject({ code: 'server.not_ready' })
  })

  it('A3 asks for what many want with a few questions, those of one connection together', async () => {
    using house = new Hub({ opensPerReadMax: 7 })
    const streams = [house.newStream(), house.newStream(), house.newStream()]
    const questions: (readonly string[])[] = []
    const openMany = house.source.openMany.bind(house.source)
    house.source.openMany = (requests) => {
      questions.push(requests.map(({ stream }) => stream))
      return openMany(requests)
    }
    const clients = Array.from({ length: 9 }, () => house.connect())
    for (const { connection } of clients) connection.subscribeMany(streams.map((stream) => [stream, 0]))
    await expect.poll(() => questions.length).toBe(5)
    await settle()
    // The first comes alone; then two of them with each question, since three would be too many.
    expect(questions).toEqual([streams, ...Array.from({ length: 4 }, () => [...streams, ...streams])])
    for (const { wire } of clients) {
      expect(wire.frames.filter((frame) => frame.type === 'subscribed').map((frame) => frame.stream)).toEqual(streams)
    }
  })

  it('A4 reads once for all who come back, each from its own place', async () => {
    using house = new Hub()
    const stream = house.newStream()
    for (let index = 1; index <= 6; index++) house.source.commit(stream, newMessage(stream, `m${index}`))
    let reads = 0
    const changes = house.source.changes.bind(house.source)
    house.source.changes = (...asked) => {
      reads++
      return changes(...asked)
    }
    const first = house.connect()
    first.connection.subscribe(stream, 1)
    await settle()
    const others = [1, 3, 5].map((after) => ({ after, ...house.connect() }))
    for (const { connection, after } of others) connection.subscribe(stream, after)
    await settle()
    house.say(stream, 'm7')
    const late = house.connect()
    late.connection.subscribe(stream, 4)
    const contents = (wire: LineWire) =>
      wire.frames.flatMap((each) => (each.type === 'new_message' ? [each.content] : []))
    await expect.poll(() => contents(late.wire)).toEqual(['m5', 'm6', 'm7'])
    expect(reads).toBe(1)
    for (const { wire, after } of others) {
      expect(contents(wire)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'].slice(after))
    }
  })

  it.each(['the short cut', 'only the relay'])(
    'A4 does not hand out what was removed meanwhile, told by %s',
    async (teller) => {
      using house = new Hub()
      const stream = house.newStream()
      const secret = house.source.commit(stream, newMessage(stream, 'a secret'))
      const first = house.connect()
      first.connection.subscribe(stream, 0)
      await settle()
      if (secret.type !== 'new_message') throw new Error('what is sent is a new message')
      const { content: _content, ...place } = secret
      const removal = house.source.commit(stream, (changedSeq) => ({
        ...place,
        type: 'message_deleted',
        changed_seq: changedSeq,
      }))
      if (teller === 'the short cut') house.source.announce(removal)
      else house.source.advance(stream)
      const late = house.connect()
      late.connection.subscribe(stream, 0)
      await settle()
      expect(late.wire.frames.slice(1)).toMatchObject([
        { type: 'replay', after: 0 },
        { type: 'message_deleted', changed_seq: 2 },
        { type: 'subscribed', seq: 2 },
      ])
    },
  )

  it('L21 closes a connection whose session ended while it was being opened', () => {
    using house = new Hub()
    const authentication = house.hub.authentication as MemoryAuthentication
    const { caller } = authentication.signIn()
    authentication.endSession(caller.sessionId)
    const wire = new LineWire()
    house.hub.connect({ wire, caller, address: '127.0.0.1' })
    expect(wire.closedWith).toBe(4401)
    expect(house.hub.connectionCount).toBe(0)
  })
})
