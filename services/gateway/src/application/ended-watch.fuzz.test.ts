/** Whoever is removed from a stream gets nothing that was committed after that, whatever was on its way to them. */
import { channelStream, isChange, type Caller, type ChangeFrame, type ServerFrame } from '@glasshouse/contracts'
import { newId, systemClock, type AuthSessionId, type ChannelId, type UserId } from '@glasshouse/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryAuthentication, MemoryCommands, newMessage, silentLog } from '../adapters/gateway-fixture.ts'
import { MemoryLiveSessionStore } from '../adapters/memory-live-session-store.ts'
import { MemoryPresenceSource } from '../adapters/memory-presence-source.ts'
import { MemoryStreamSource } from '../adapters/memory-stream-source.ts'
import { MemoryTypingSource } from '../adapters/memory-typing-source.ts'
import type { LiveConnection } from './live-connection.ts'
import { LiveHub } from './live-hub.ts'
import { encodeLine } from './line-encoding.ts'
import type { SocketWire } from './ports.ts'

const PEOPLE = 3
const LIMITS = {
  unsentFramesMax: 4,
  unsentBytesMax: 2_000,
  heldChangesMax: 2,
  replayPageChanges: 3,
  replayFirstPageChanges: 2,
  recentChangesMax: 4,
  replayChangesMax: 12,
  replaySliceBytes: 500,
  readRetryDelayMs: 1,
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A member, or none, and what their connection was sent. */
class Person implements SocketWire {
  readonly kind = 'web_socket'
  readonly caller: Caller = {
    userId: newId<UserId>(),
    username: 'ada',
    displayName: 'Ada',
    role: 'user',
    sessionId: newId<AuthSessionId>(),
    door: 'token',
    expiresAtMs: Date.now() + 900_000,
  }
  connection: LiveConnection | undefined
  /** Where they were removed; undefined for a member. */
  removedAt: number | undefined
  takes = true
  last: ServerFrame | undefined
  leaks: number[] = []

  write(bytes: Uint8Array): boolean {
    for (const line of Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)) {
      const frame = JSON.parse(line) as ServerFrame
      if ('stream' in frame) this.last = frame
      if (isChange(frame) && frame.changed_seq > (this.removedAt ?? Infinity)) this.leaks.push(frame.changed_seq)
    }
    return this.takes
  }

  take(): void {
    this.takes = true
    this.connection?.written()
  }

  pauseReading(): void {}
  resumeReading(): void {}
  ping(): void {}
  close(): void {}
}

class World {
  readonly stream = channelStream(newId<ChannelId>())
  readonly people = Array.from({ length: PEOPLE }, () => new Person())
  readonly source = new MemoryStreamSource((caller) => {
    return this.people.find(({ caller: { userId } }) => userId === caller?.userId)?.removedAt === undefined
  })
  readonly hub: LiveHub
  #late: ChangeFrame[] = []
  #calls = 0

  constructor() {
    const { source } = this
    const [changes, openMany] = [source.changes.bind(source), source.openMany.bind(source)]
    source.changes = (...args) => this.#slowly(() => changes(...args))
    source.openMany = (...args) => this.#slowly(() => openMany(...args))
    this.hub = new LiveHub(
      {
        source,
        typing: new MemoryTypingSource(),
        presence: new MemoryPresenceSource(),
        commands: new MemoryCommands(source),
        authentication: new MemoryAuthentication(),
        clock: systemClock,
        log: silentLog,
        encode: encodeLine,
        sessionStore: new MemoryLiveSessionStore(),
      },
      LIMITS,
    )
    void this.hub.start()
    source.create(this.stream)
    for (const person of this.people) {
      person.connection = this.hub.connect({ wire: person, caller: person.caller, address: '127.0.0.1' }).connection
    }
  }

  /** The store is seen at some moment between the question and the answer. */
  async #slowly<Value>(ask: () => Promise<Value>): Promise<Value> {
    const slowness = this.#calls++ % 4
    for (let index = 0; index < slowness; index++) await turn()
    const value = await ask()
    for (let index = 0; index < (slowness * 3) % 5; index++) await turn()
    return value
  }

  async perform(step: Step): Promise<void> {
    const person = this.people[step.who] ?? new Person()
    const { connection } = person
    switch (step.kind) {
      case 'say':
        for (let index = 0; index < step.count; index++) this.#commit(newMessage(this.stream, 'x'.repeat(100)), step)
        return
      case 'remove':
      case 'add': {
        const isOut = person.removedAt !== undefined
        if (isOut === (step.kind === 'remove')) return
        const change = this.#commit((seq) => this.#membership(person, isOut ? 'joined' : 'left', seq), step)
        person.removedAt = isOut ? undefined : change.changed_seq
        return
      }
      case 'subscribe':
        if (connection?.isSubscribed(this.stream) === true) return
        return connection?.subscribe(this.stream, [undefined, 0, this.source.head(this.stream)][step.count % 3])
      case 'block':
        person.takes = false
        return
      case 'take':
        return person.take()
      case 'tell':
        if (step.heard) this.source.advance(this.stream)
        else for (const change of this.#late.splice(0)) this.source.announce(change)
        return
      case 'turns':
        for (let index = 0; index < step.count; index++) await turn()
    }
  }

  #commit(make: (changedSeq: number) => ChangeFrame, { heard }: { readonly heard: boolean }): ChangeFrame {
    const change = this.source.commit(this.stream, make)
    if (heard) this.source.announce(change)
    else this.#late.push(change)
    return change
  }

  #membership({ caller }: Person, membership: 'joined' | 'left', changedSeq: number): ChangeFrame {
    return {
      type: 'member_changed',
      stream: this.stream,
      channel_id: this.stream.slice('channel:'.length),
      changed_seq: changedSeq,
      user_id: caller.userId,
      username: caller.username,
      display_name: caller.displayName,
      membership,
      role: membership === 'joined' ? 'member' : null,
      channel_type: 'private',
    }
  }

  /** Everything works; returns when who is in and watches is live, and who is out watches no more. */
  async comeToRest(): Promise<void> {
    const deadline = Date.now() + 5_000
    const subscribed = () => this.people.filter(({ connection }) => connection?.isSubscribed(this.stream))
    do {
      if (Date.now() > deadline) throw new Error('the watchers did not come to rest')
      for (const person of this.people) person.take()
      this.source.advance(this.stream)
      for (let index = 0; index < 12; index++) await turn()
    } while (
      this.hub.liveCount(this.stream) !== subscribed().length ||
      subscribed().some(({ removedAt }) => removedAt !== undefined)
    )
  }
}

const step = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constant('say' as const) },
    { weight: 3, arbitrary: fc.constantFrom('remove' as const, 'add' as const) },
    { weight: 4, arbitrary: fc.constant('subscribe' as const) },
    { weight: 3, arbitrary: fc.constantFrom('block' as const, 'take' as const, 'tell' as const) },
    { weight: 5, arbitrary: fc.constant('turns' as const) },
  ),
  who: fc.nat(PEOPLE - 1),
  count: fc.integer({ min: 1, max: 6 }),
  heard: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

describe('whoever is removed, whatever is on its way', () => {
  it('L27 gets nothing from after their removal, and watches no more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 100, size: 'max' }), async (steps) => {
        const world = new World()
        try {
          for (const each of steps) await world.perform(each)
          await world.comeToRest()
          for (const { leaks } of world.people) expect(leaks).toEqual([])
        } finally {
          world.hub.stop()
        }
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})
