import {
  channelStream,
  isChange,
  type Caller,
  type ChangeFrame,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import {
  assert,
  newId,
  systemClock,
  type AuthSessionId,
  type ChannelId,
  type LiveSessionId,
  type UserId,
} from '@glasshouse/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryAuthentication, MemoryCommands, newMessage, silentLog } from '../adapters/gateway-fixture.ts'
import { MemoryLiveSessionStore } from '../adapters/memory-live-session-store.ts'
import { MemoryPresenceSource } from '../adapters/memory-presence-source.ts'
import { MemoryStreamSource } from '../adapters/memory-stream-source.ts'
import { MemoryTypingSource } from '../adapters/memory-typing-source.ts'
import type { LiveConnection } from './live-connection.ts'
import { LiveHub } from './live-hub.ts'
import type { LiveSessionStore } from './live-session-store.ts'
import { encodeLine } from './line-encoding.ts'
import type { SocketWire } from './ports.ts'

const STREAMS = 2
const CLIENTS = 2
const THINGS = 4
const LIMITS = {
  unsentFramesMax: 6,
  unsentBytesMax: 3_000,
  heldChangesMax: 2,
  replayPageChanges: 3,
  replayFirstPageChanges: 2,
  recentChangesMax: 4,
  replayChangesMax: 25,
  replaySliceBytes: 700,
  readRetryDelayMs: 1,
  readAttemptsMax: 2,
  heartbeatIntervalMs: 0,
  heartbeatsMissedMax: 1_000_000,
  sweepIntervalMs: 1_000_000,
  sessionWriteIntervalMs: 1,
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What is on the way to a client over one socket, until it is received or the socket is cut. */
class Socket implements SocketWire {
  readonly kind = 'web_socket'
  readonly onTheWay: (ServerFrame | { readonly ping: string })[] = []
  connection: LiveConnection | undefined
  takes = true
  cut = false
  #blocked = false

  write(bytes: Uint8Array): boolean {
    const lines = Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)
    this.onTheWay.push(...lines.map((line) => JSON.parse(line) as ServerFrame))
    this.#blocked = !this.takes
    return this.takes
  }

  take(): void {
    this.takes = true
    if (!this.#blocked) return
    this.#blocked = false
    this.connection?.written()
  }

  ping(label: string): void {
    this.onTheWay.push({ ping: label })
  }
  pauseReading(): void {}
  resumeReading(): void {}
  close(): void {
    this.cut = true
  }
}

interface Followed {
  /** All changes up to here are known; undefined until the server has said where it begins. */
  cursor: number | undefined
  /** Where the server's frames are. */
  at: number
  mode: 'waiting' | 'skipping' | 'replaying' | 'live'
  /** Where it began; a client that wanted what comes from then on knows nothing of what was before. */
  since: number
  state: Map<string, ChangeFrame>
}

/** A client that keeps to the protocol: it drops repeats, and asks for what its session lacks. Anything unexpected fails the test. */
class Client {
  readonly caller: Caller = {
    userId: newId<UserId>(),
    username: 'ada',
    displayName: 'Ada',
    role: 'user',
    sessionId: newId<AuthSessionId>(),
    door: 'token',
    expiresAtMs: Date.now() + 900_000,
  }
  readonly followed = new Map<StreamName, Followed>()
  sessionId: LiveSessionId | undefined
  socket: Socket | undefined
  restorations = 0
  #greeted = false
  /** The server was killed: it may not know the last changes of the session. */
  #serverForgot = false
  readonly #snapshot: (stream: StreamName) => Map<string, ChangeFrame>

  constructor(snapshot: (stream: StreamName) => Map<string, ChangeFrame>) {
    this.#snapshot = snapshot
  }

  async connect(hub: LiveHub): Promise<void> {
    this.drop()
    const found = this.sessionId && (await hub.findSession(this.caller, this.sessionId))
    const socket = new Socket()
    this.socket = socket
    const { connection } = hub.connect({ wire: socket, caller: this.caller, address: '127.0.0.1', found })
    socket.connection = connection
  }

  /** The network is gone, with all that was on the way. The server notices now, or when another socket takes the session. */
  drop(noticed = true): void {
    for (const followed of this.followed.values()) followed.mode = 'waiting'
    if (noticed) this.socket?.connection?.disconnected()
    this.socket = undefined
    this.#greeted = false
  }

  killed(): void {
    this.drop(false)
    this.#serverForgot = true
  }

  subscribe(stream: StreamName, from: 'now' | 'cursor' | 'start'): void {
    const socket = this.socket
    if (socket === undefined || socket.onTheWay.length > 0 || socket.connection?.idle !== true) return
    const known = this.followed.get(stream)
    if (known !== undefined) return
    const cursor = from === 'now' ? undefined : 0
    this.followed.set(stream, { cursor, at: 0, mode: 'waiting', since: 0, state: new Map() })
    socket.connection.subscribe(stream, cursor)
  }

  unsubscribe(stream: StreamName): void {
    if (this.socket === undefined || !this.#greeted) return
    this.followed.delete(stream)
    this.socket.connection?.unsubscribe(stream)
  }

  receive(count: number): void {
    for (const each of this.socket?.onTheWay.splice(0, count) ?? []) {
      if ('ping' in each) this.socket?.connection?.ponged(each.ping)
      else this.#receive(each)
    }
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === 'connected') return this.#connected(frame)
    if (isChange(frame)) return this.#change(frame)
    if (frame.type === 'lagged') {
      for (const name of frame.streams) this.#with(name, (followed) => (followed.mode = 'waiting'))
    }
    if (frame.type === 'error' && frame.stream !== undefined) this.#askAgain(frame.stream as StreamName)
    if (frame.type === 'replay') this.#with(frame.stream, (followed) => this.#replay(followed, frame.after))
    if (frame.type === 'reset' || frame.type === 'subscribed') {
      this.#with(frame.stream, (followed) => this.#settled(followed, frame))
    }
  }

  #connected({ resumed, session_id: id, streams }: Extract<ServerFrame, { type: 'connected' }>): void {
    if (resumed) {
      assert(id === this.sessionId, 'a session that is resumed keeps its id')
      this.restorations++
    } else assert(this.sessionId === undefined || this.#serverForgot, 'only a killed server forgets a session')
    this.sessionId = id as LiveSessionId
    this.#greeted = true
    const positions = new Map(streams.map(({ stream, seq }) => [stream as StreamName, seq]))
    for (const [stream, followed] of this.followed) {
      const seq = positions.get(stream)
      if (seq !== undefined && followed.cursor !== undefined && !this.#serverForgot) {
        assert(seq <= followed.cursor, `${seq} is not certain: the client is at ${followed.cursor}`)
      }
      if (seq !== undefined && followed.cursor === undefined) followed.cursor = followed.since = seq
      if (seq === undefined || seq > (followed.cursor ?? 0)) this.#askAgain(stream)
    }
    for (const stream of positions.keys()) {
      if (this.followed.has(stream)) continue
      assert(this.#serverForgot, 'nothing is restored that was unsubscribed')
      this.unsubscribe(stream)
    }
    this.#serverForgot = false
  }

  #askAgain(stream: StreamName): void {
    const followed = this.followed.get(stream)
    if (followed === undefined) return
    followed.mode = 'waiting'
    this.socket?.connection?.subscribe(stream, followed.cursor)
  }

  #replay(followed: Followed, after: number): void {
    if (followed.cursor === undefined) followed.cursor = followed.since = after
    followed.at = after
    // It begins beyond what is known only when the client has asked for another one.
    followed.mode = after > followed.cursor ? 'skipping' : 'replaying'
  }

  #settled(followed: Followed, frame: Extract<ServerFrame, { type: 'reset' | 'subscribed' }>): void {
    if (followed.mode === 'skipping' && frame.type === 'subscribed') {
      followed.mode = 'waiting'
      return
    }
    if (frame.type === 'reset' || !frame.recovered) {
      followed.state = this.#snapshot(frame.stream as StreamName)
      followed.cursor = frame.seq
      followed.since = 0
    } else assert(frame.seq >= followed.at, 'a replay ends where it got to')
    followed.at = frame.seq
    followed.cursor = Math.max(followed.cursor ?? 0, frame.seq)
    followed.mode = 'live'
  }

  #change(change: ChangeFrame): void {
    this.#with(change.stream, (followed) => {
      if (followed.mode === 'skipping') return
      assert(followed.mode !== 'waiting', 'a stream that has not begun says nothing')
      if (followed.mode === 'replaying') assert(change.changed_seq > followed.at, 'a replay is in order')
      else assert(change.changed_seq === followed.at + 1, `dense: ${change.changed_seq} after ${followed.at}`)
      followed.at = change.changed_seq
      if (change.changed_seq <= (followed.cursor ?? 0)) return
      followed.cursor = change.changed_seq
      const key = 'id' in change ? change.id : change.type
      if ((followed.state.get(key)?.changed_seq ?? 0) < change.changed_seq) followed.state.set(key, change)
    })
  }

  /** Of streams that were left something may still be on the way. */
  #with(stream: string, then: (followed: Followed) => void): void {
    const followed = this.followed.get(stream as StreamName)
    if (followed !== undefined) then(followed)
  }
}

const stream = fc.nat({ max: STREAMS - 1 })
const client = fc.nat({ max: CLIENTS - 1 })
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      stream,
      count: fc.constantFrom(1, 1, 1, 4, 40),
      heard: fc.constantFrom('once', 'once', 'once', 'never'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      client,
      stream,
      from: fc.constantFrom('now', 'start'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), client, stream }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('receive' as const), client, count: fc.constantFrom(1, 3, 10, 1_000) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('ping' as const), client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('block' as const, 'take' as const), client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'vanish' as const), client }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('connect' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('storeAway' as const, 'storeBack' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** The store as one process reaches it: not any more, once that process is gone. */
class ProcessStore implements LiveSessionStore {
  readonly #store: LiveSessionStore
  #gone = false

  constructor(store: LiveSessionStore) {
    this.#store = store
  }

  end(): void {
    this.#gone = true
  }

  #reached(): LiveSessionStore {
    if (this.#gone) throw new Error('the process is gone')
    return this.#store
  }

  find: LiveSessionStore['find'] = async (ids) => this.#reached().find(ids)
  write: LiveSessionStore['write'] = async (batch) => this.#reached().write(batch)
  removeOfAuthSessions: LiveSessionStore['removeOfAuthSessions'] = async (ids) =>
    this.#reached().removeOfAuthSessions(ids)
  detachAll: LiveSessionStore['detachAll'] = async (nowMs) => this.#reached().detachAll(nowMs)
  removeDetachedBefore: LiveSessionStore['removeDetachedBefore'] = async (timeMs) =>
    this.#reached().removeDetachedBefore(timeMs)
}

class World {
  readonly source = new MemoryStreamSource()
  readonly names: StreamName[] = []
  readonly clients: Client[] = []
  hub: LiveHub
  readonly #sessions = new MemoryLiveSessionStore()
  #process = new ProcessStore(this.#sessions)
  readonly #ids = Array.from({ length: THINGS }, () => newId())
  readonly #changes: MemoryStreamSource['changes']
  #storeAway = false
  #reads = 0
  #commits = 0

  constructor() {
    this.#changes = this.source.changes.bind(this.source)
    this.source.changes = (...args) => this.#slowChanges(...args)
    for (let index = 0; index < STREAMS; index++) {
      const name = channelStream(newId<ChannelId>())
      this.names.push(name)
      this.source.create(name)
    }
    for (let index = 0; index < CLIENTS; index++) {
      this.clients.push(new Client((name) => this.source.snapshot(name)))
    }
    this.hub = this.#newHub()
  }

  async start(): Promise<void> {
    await this.hub.start()
    for (const each of this.clients) {
      await each.connect(this.hub)
      each.receive(Infinity)
      await turn()
      each.receive(Infinity)
      for (const name of this.names) each.subscribe(name, 'now')
    }
  }

  async perform(step: Step): Promise<void> {
    const each = this.clients['client' in step ? step.client : 0]
    assert(each !== undefined, 'there is such a client')
    const socket = each.socket
    switch (step.kind) {
      case 'commit':
        for (let index = 0; index < step.count; index++) this.#commit(this.#name(step.stream), step.heard === 'once')
        return
      case 'subscribe':
        return each.subscribe(this.#name(step.stream), step.from === 'now' ? 'now' : 'start')
      case 'unsubscribe':
        return each.unsubscribe(this.#name(step.stream))
      case 'receive':
        return each.receive(step.count)
      case 'ping':
        // As the hub's sweep does.
        this.hub.tick.run()
        return socket?.connection?.sweep()
      case 'block':
        if (socket !== undefined) socket.takes = false
        return
      case 'take':
        return socket?.take()
      case 'drop':
        return each.drop()
      case 'vanish':
        return each.drop(false)
      case 'connect':
        return each.connect(this.hub)
      case 'kill':
      case 'restart':
        return this.#restart(step.kind)
      case 'storeAway':
      case 'storeBack':
        this.#storeAway = step.kind === 'storeAway'
        return
      case 'wait':
        return new Promise((resolve) => setTimeout(resolve, 3))
      case 'turns':
        for (let index = 0; index < step.count; index++) await turn()
    }
  }

  async comeToRest(): Promise<void> {
    this.#storeAway = false
    for (const each of this.clients) if (each.socket === undefined) await each.connect(this.hub)
    const deadline = Date.now() + 5_000
    for (;;) {
      for (const each of this.clients) {
        each.socket?.take()
        each.receive(Infinity)
      }
      for (const name of this.names) this.source.advance(name)
      for (let index = 0; index < 10; index++) await turn()
      if (this.#atRest()) return
      if (Date.now() > deadline) throw new Error('the clients did not get to the head')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  #atRest(): boolean {
    return this.clients.every((each) =>
      [...each.followed].every(([name, { cursor, mode }]) => mode === 'live' && cursor === this.source.head(name)),
    )
  }

  async #restart(how: 'kill' | 'restart'): Promise<void> {
    if (how === 'restart') await this.hub.drain()
    this.#process.end()
    this.hub.stop()
    for (const each of this.clients) if (how === 'kill') each.killed()
    for (const each of this.clients) each.drop(false)
    this.#process = new ProcessStore(this.#sessions)
    this.hub = this.#newHub()
    await this.hub.start()
  }

  #newHub(): LiveHub {
    return new LiveHub(
      {
        source: this.source,
        commands: new MemoryCommands(this.source),
        typing: new MemoryTypingSource(),
        presence: new MemoryPresenceSource(),
        authentication: new MemoryAuthentication(),
        clock: systemClock,
        log: silentLog,
        encode: encodeLine,
        sessionStore: this.#process,
      },
      LIMITS,
    )
  }

  /** Reads see the store at some moment between the question and the answer. */
  async #slowChanges(...args: Parameters<MemoryStreamSource['changes']>): ReturnType<MemoryStreamSource['changes']> {
    const slowness = this.#reads++ % 5
    for (let index = 0; index < slowness; index++) await turn()
    if (this.#storeAway) throw new Error('the store is away')
    const page = await this.#changes(...args)
    for (let index = 0; index < (slowness * 3) % 4; index++) await turn()
    return page
  }

  #commit(name: StreamName, heard: boolean): void {
    const thing = this.#commits++ % THINGS
    const change = this.source.commit(name, (changedSeq) => ({
      ...newMessage(name, `${changedSeq} ${'x'.repeat(100)}`)(changedSeq),
      id: `${this.#ids[thing]}`,
    }))
    if (heard) this.source.announce(change)
  }

  #name(index: number): StreamName {
    return this.names[index] ?? channelStream(newId<ChannelId>())
  }
}

describe('sessions that come back, whatever happens', () => {
  it('N3 N15 replay all that did not certainly arrive, over lost sockets, restarts and kills', async () => {
    let restorations = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120, size: 'max' }), async (steps) => {
        const world = new World()
        try {
          await world.start()
          for (const each of steps) await world.perform(each)
          await world.comeToRest()
          for (const each of world.clients) {
            restorations += each.restorations
            for (const [name, { state, since }] of each.followed) {
              const stored = [...world.source.snapshot(name)].filter(([, change]) => change.changed_seq > since)
              expect(state).toEqual(new Map(stored))
            }
          }
        } finally {
          world.hub.stop()
        }
      }),
      { numRuns: 200, interruptAfterTimeLimit: 45_000 },
    )
    expect(restorations).toBeGreaterThan(200)
  }, 60_000)
})
