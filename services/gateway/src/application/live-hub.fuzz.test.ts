import {
  channelStream,
  isChange,
  type Caller,
  type ChangeFrame,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import { assert, newId, systemClock, type AuthSessionId, type ChannelId, type UserId } from '@glasshouse/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryAuthentication, MemoryCommands, newMessage, silentLog } from '../adapters/gateway-fixture.ts'
import { MemoryLiveSessionStore } from '../adapters/memory-live-session-store.ts'
import { MemoryStreamSource } from '../adapters/memory-stream-source.ts'
import { MemoryPresenceSource } from '../adapters/memory-presence-source.ts'
import { MemoryTypingSource } from '../adapters/memory-typing-source.ts'
import { LiveHub } from './live-hub.ts'
import type { LiveConnection } from './live-connection.ts'
import { encodeLine } from './line-encoding.ts'
import type { SocketWire } from './ports.ts'

const STREAMS = 2
const CLIENTS = 3
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
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * A client that follows the protocol to the letter: outside of `replay` ... `subscribed` each change is the next one; inside, each is
 * later than the one before; what is replayed begins where it stands. Anything else fails the test.
 */
class StrictClient implements SocketWire {
  readonly kind = 'web_socket'
  readonly #snapshot: (stream: string) => Map<string, ChangeFrame>
  readonly streams = new Map<
    string,
    { cursor: number; replaying: boolean; paused: boolean; state: Map<string, ChangeFrame> }
  >()
  /** The first frame that broke the protocol. */
  violation: unknown
  /** Subscriptions that failed, as the server said. */
  readonly failed = new Set<string>()
  connection: LiveConnection | undefined
  takes = true
  #onTheWay = false

  constructor(snapshot: (stream: string) => Map<string, ChangeFrame>) {
    this.#snapshot = snapshot
  }

  write(bytes: Uint8Array): boolean {
    assert(!this.#onTheWay, 'nothing is written while a write is on its way')
    this.#onTheWay = !this.takes
    try {
      for (const line of Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)) {
        this.#receive(JSON.parse(line) as ServerFrame)
      }
    } catch (error) {
      // Thrown by the test, not into the hub that writes.
      this.violation ??= error
    }
    return this.takes
  }

  take(): void {
    this.takes = true
    if (!this.#onTheWay) return
    this.#onTheWay = false
    this.connection?.written()
  }

  /** Nothing is on its way to it. */
  get quiet(): boolean {
    return !this.#onTheWay && this.connection?.idle === true
  }

  /** Forgets what it had of the stream, as a client that subscribes without a cursor or with an older one does. */
  begin(stream: string, cursor: number | undefined): void {
    const known = this.streams.get(stream)
    const state = cursor !== undefined && known?.cursor === cursor ? known.state : new Map<string, ChangeFrame>()
    this.streams.set(stream, { cursor: cursor ?? -1, replaying: false, paused: true, state })
    this.failed.delete(stream)
  }

  #receive(frame: ServerFrame): void {
    if (isChange(frame)) return this.#change(frame)
    if (frame.type === 'lagged') for (const name of frame.streams) this.#of(name).paused = true
    if (frame.type === 'error' && frame.stream !== undefined) {
      this.failed.add(frame.stream)
      this.streams.delete(frame.stream)
    }
    if (frame.type !== 'replay' && frame.type !== 'subscribed' && frame.type !== 'reset') return
    const at = this.#of(frame.stream)
    at.paused = false
    if (frame.type === 'replay') {
      assert(frame.after === at.cursor, `a replay after ${frame.after} begins where the client stands, at ${at.cursor}`)
      at.replaying = true
      return
    }
    at.replaying = false
    if (frame.type === 'reset' || !frame.recovered) at.state = this.#snapshot(frame.stream)
    else assert(frame.seq >= at.cursor, 'a replay ends where it got to')
    at.cursor = frame.seq
  }

  #change(change: ChangeFrame): void {
    const at = this.#of(change.stream)
    assert(!at.paused, 'a paused stream says nothing')
    if (at.replaying) assert(change.changed_seq > at.cursor, 'a replay is in order')
    else
      assert(change.changed_seq === at.cursor + 1, `live changes are dense: ${change.changed_seq} after ${at.cursor}`)
    at.cursor = change.changed_seq
    const key = 'id' in change ? change.id : change.type
    if ((at.state.get(key)?.changed_seq ?? 0) < change.changed_seq) at.state.set(key, change)
  }

  #of(stream: string): { cursor: number; replaying: boolean; paused: boolean; state: Map<string, ChangeFrame> } {
    const at = this.streams.get(stream)
    if (at === undefined) throw new Error(`a frame of ${stream}, which is not subscribed`)
    return at
  }

  pauseReading(): void {}
  resumeReading(): void {}
  ping(): void {}
  close(): void {}
}

const stream = fc.nat({ max: STREAMS - 1 })
const client = fc.nat({ max: CLIENTS - 1 })
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      stream,
      thing: fc.nat({ max: THINGS - 1 }),
      heard: fc.constantFrom('once', 'once', 'once', 'twice', 'never', 'later'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('burst' as const), stream, count: fc.integer({ min: 5, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('relay' as const), stream }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('announceLate' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      client,
      stream,
      from: fc.constantFrom('now', 'cursor', 'cursor', 'start'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), client, stream }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('block' as const, 'take' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('storeAway' as const, 'storeBack' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

class World {
  readonly source = new MemoryStreamSource()
  readonly names: StreamName[] = []
  readonly clients: StrictClient[] = []
  readonly hub: LiveHub
  readonly #ids = Array.from({ length: THINGS }, () => newId())
  readonly #changes: MemoryStreamSource['changes']
  #late: ChangeFrame[] = []
  #storeAway = false
  #reads = 0

  constructor() {
    this.#changes = this.source.changes.bind(this.source)
    this.source.changes = (...args) => this.#slowChanges(...args)
    const authentication = new MemoryAuthentication()
    this.hub = new LiveHub(
      {
        source: this.source,
        commands: new MemoryCommands(this.source),
        typing: new MemoryTypingSource(),
        presence: new MemoryPresenceSource(),
        authentication,
        clock: systemClock,
        log: silentLog,
        encode: encodeLine,
        sessionStore: new MemoryLiveSessionStore(),
      },
      LIMITS,
    )
    void this.hub.start()
    for (let index = 0; index < STREAMS; index++) {
      const name = channelStream(newId<ChannelId>())
      this.names.push(name)
      this.source.create(name)
    }
    for (let index = 0; index < CLIENTS; index++) {
      const strict = new StrictClient((name) => this.source.snapshot(name as StreamName))
      strict.connection = this.hub.connect({ wire: strict, caller: someone(), address: '127.0.0.1' }).connection
      this.clients.push(strict)
    }
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

  async subscribeAll(): Promise<void> {
    await turn()
    for (const strict of this.clients) for (const name of this.names) this.#subscribe(strict, name, 'now')
    for (let index = 0; index < 3; index++) await turn()
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'commit':
        return this.#commit(this.#name(step.stream), step.thing, step.heard)
      case 'burst':
        for (let index = 0; index < step.count; index++) this.#commit(this.#name(step.stream), index % THINGS, 'once')
        return
      case 'relay':
        return this.source.advance(this.#name(step.stream))
      case 'announceLate':
        for (const change of this.#late.splice(0).toReversed()) this.source.announce(change)
        return
      case 'subscribe':
        return this.#subscribe(this.#client(step.client), this.#name(step.stream), step.from)
      case 'unsubscribe': {
        const [strict, name] = [this.#client(step.client), this.#name(step.stream)]
        strict.connection?.unsubscribe(name)
        return
      }
      case 'block':
        this.#client(step.client).takes = false
        return
      case 'take':
        return this.#client(step.client).take()
      case 'storeAway':
        this.#storeAway = true
        return
      case 'storeBack':
        this.#storeAway = false
        return
      case 'turns':
        for (let index = 0; index < step.count; index++) await turn()
    }
  }

  /** Everything works again; returns when all subscribers are live and at the head. */
  async comeToRest(): Promise<void> {
    this.#storeAway = false
    const deadline = Date.now() + 5_000
    for (;;) {
      for (const strict of this.clients) strict.take()
      for (const name of this.names) this.source.advance(name)
      for (let index = 0; index < 10; index++) await turn()
      if (this.#atRest() || this.clients.some((each) => each.violation !== undefined)) return
      if (Date.now() > deadline) throw new Error('the subscribers did not get to the head')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  #atRest(): boolean {
    return this.names.every((name) => {
      const subscribed = this.clients.filter((each) => each.connection?.isSubscribed(name))
      if (this.hub.liveCount(name) !== subscribed.length) return false
      return subscribed.every((each) => each.streams.get(name)?.cursor === this.source.head(name))
    })
  }

  #commit(name: StreamName, thing: number, heard: string): void {
    const change = this.source.commit(name, (changedSeq) => ({
      ...newMessage(name, `${changedSeq} ${'x'.repeat(100)}`)(changedSeq),
      id: `${this.#ids[thing]}`,
    }))
    if (heard === 'later') this.#late.push(change)
    if (heard === 'once' || heard === 'twice') this.source.announce(change)
    if (heard === 'twice') this.source.announce(change)
  }

  #subscribe(strict: StrictClient, name: StreamName, from: string): void {
    const known = strict.streams.get(name)
    // What is still on the way belongs to the subscription that ends now: a client sees `unsubscribed` between the two.
    if (strict.connection?.isSubscribed(name) === true || !strict.quiet) return
    const after = from === 'now' ? undefined : from === 'start' ? 0 : Math.max(0, known?.cursor ?? 0)
    strict.begin(name, after)
    strict.connection?.subscribe(name, after)
  }

  #name(index: number): StreamName {
    return this.names[index] ?? channelStream(newId<ChannelId>())
  }

  #client(index: number): StrictClient {
    const found = this.clients[index]
    if (found === undefined) throw new Error('there is no such client')
    return found
  }
}

function someone(): Caller {
  return {
    userId: newId<UserId>(),
    username: 'ada',
    displayName: 'Ada',
    role: 'user',
    sessionId: newId<AuthSessionId>(),
    door: 'token',
    expiresAtMs: Date.now() + 900_000,
  }
}

describe('subscribers of the hub, whatever happens', () => {
  it('L9 L14 L25 get each change once, in order, none missing, and end in the state of a fresh read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120, size: 'max' }), async (steps) => {
        const world = new World()
        try {
          await world.subscribeAll()
          for (const each of steps) await world.perform(each)
          await world.comeToRest()
          for (const strict of world.clients) expect(strict.violation).toBeUndefined()
          for (const strict of world.clients) {
            for (const name of world.names) {
              if (strict.connection?.isSubscribed(name) !== true) continue
              expect(strict.streams.get(name)?.state).toEqual(world.source.snapshot(name))
            }
          }
        } finally {
          world.hub.stop()
        }
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})
