/**
 * Several devices of one person, each with streams that drop, repeat, replay and begin anew, and with reads that take their time: in the
 * end all of them show the same, and what a fresh read shows.
 *
 * A small model of the server keeps messages, memberships, read positions, marks and followed threads by the rules RD-1 to RD-7 of
 * services/chat/SPEC.md, and the log of each stream. A device follows its own stream and those of the channels that it knows.
 */
import {
  channelStream,
  UNREAD_SEQS_MAX,
  userStream,
  type ChangeFrame,
  type Mention,
  type ReadMark,
  type StreamName,
  type Unread,
} from '@glasshouse/contracts'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnreadCounts } from './unread-counts.ts'

const ME = '0197a5c0-0000-7000-8000-0000000000a1' as UserId
const OTHER = '0197a5c0-0000-7000-8000-0000000000a2'
const GROUP = '0197a5c0-0000-7000-8000-0000000000b1'
const CHANNELS = [1, 2, 3].map((index) => `0197a5c0-0000-7000-8000-0000000000c${index}` as ChannelId)
const OWN = userStream(ME)
const MENTIONS = {
  none: [],
  me: [{ kind: 'user', name: 'me', id: ME }],
  other: [{ kind: 'user', name: 'other', id: OTHER }],
  group: [{ kind: 'group', name: 'crew', id: GROUP }],
  here: [{ kind: 'here', name: 'here' }],
} satisfies Record<string, Mention[]>
type Called = keyof typeof MENTIONS

interface Row {
  readonly id: string
  readonly channelId: ChannelId
  readonly seq: number
  readonly authorId: string
  readonly rootId: string | undefined
  changedSeq: number
  called: Called
  deleted: boolean
}

interface Place {
  changedSeq: number
  readSeq: number
  mark: ReadMark | null
}

interface OwnRow extends Place {
  muted: boolean
}

interface Follow extends Place {
  readonly channelId: ChannelId
  following: boolean
}

interface Membership {
  changedSeq: number
  joined: boolean
  joinedSeq: number
}

const positionOf = ({ readSeq, mark }: Place): number => (mark === null ? readSeq : Math.min(readSeq, mark.seq - 1))

class ModelServer {
  readonly rows: Row[] = []
  readonly memberships = new Map<ChannelId, Membership>()
  readonly own = new Map<ChannelId, OwnRow>()
  readonly follows = new Map<string, Follow>()
  /** What each stream has said, in the state of the time. */
  readonly logs = new Map<string, ChangeFrame[]>()

  constructor() {
    for (const channelId of CHANNELS) this.join(channelId)
  }

  head(stream: string): number {
    return this.logs.get(stream)?.at(-1)?.changed_seq ?? 0
  }

  join(channelId: ChannelId): void {
    if (this.#isIn(channelId)) return
    const joinedSeq = this.#say(channelStream(channelId), (seq) =>
      this.#member(channelStream(channelId), channelId, seq),
    )
    this.#say(OWN, (changedSeq) => {
      this.memberships.set(channelId, { changedSeq, joined: true, joinedSeq })
      return this.#member(OWN, channelId, changedSeq)
    })
  }

  leave(channelId: ChannelId): void {
    const membership = this.memberships.get(channelId)
    if (membership?.joined !== true) return
    this.#say(OWN, (changedSeq) => {
      Object.assign(membership, { changedSeq, joined: false })
      return this.#member(OWN, channelId, changedSeq)
    })
  }

  post(channelId: ChannelId, mine: boolean, { root, called }: { root: number | undefined; called: Called }): void {
    if (mine && !this.#isIn(channelId)) return
    const roots = this.rows.filter((row) => row.channelId === channelId && row.rootId === undefined && !row.deleted)
    const answered = root === undefined ? undefined : roots[root % Math.max(1, roots.length)]
    const authorId = mine ? ME : OTHER
    const seq = this.#say(channelStream(channelId), (changedSeq) => {
      const id = `0197a5c0-0000-7000-9${channelId.slice(-3)}-${String(changedSeq).padStart(12, '0')}`
      const rootId = answered?.id
      const row = { id, channelId, seq: changedSeq, changedSeq, authorId, rootId, called, deleted: false }
      this.rows.push(row)
      return this.#frame(row)
    })
    if (answered === undefined || this.follows.has(answered.id)) return
    const from = [...(answered.authorId === ME ? [answered.seq] : []), ...(called === 'me' ? [seq - 1] : [])]
    const readSeq = mine ? seq : Math.min(...from)
    if (mine || (from.length > 0 && (this.#isIn(channelId) || answered.authorId === ME))) {
      this.#setFollow(answered.id, { channelId, following: true, readSeq, mark: null })
    }
  }

  touch(index: number, how: 'delete' | Called): void {
    const row = this.rows[index % Math.max(1, this.rows.length)]
    if (row === undefined || row.deleted) return
    this.#say(channelStream(row.channelId), (changedSeq) => {
      row.changedSeq = changedSeq
      if (how === 'delete') row.deleted = true
      else row.called = how
      return this.#frame(row)
    })
    const root = how === 'delete' ? this.rows.find(({ id }) => id === row.rootId) : undefined
    if (root === undefined) return
    this.#say(channelStream(root.channelId), (changedSeq) => {
      root.changedSeq = changedSeq
      return this.#frame(root)
    })
  }

  /** As a device asks: in the channel, or in a thread that one follows. */
  read(channelId: ChannelId, place: string | undefined, { seq, unmark }: { seq: number; unmark: boolean }): void {
    const before = this.#placeOf(channelId, place)
    if (before === undefined) return
    const readSeq = Math.max(before.readSeq, Math.min(seq, this.head(channelStream(channelId))))
    const mark = unmark ? null : before.mark
    if (readSeq !== before.readSeq || mark !== before.mark) this.#setPlace(channelId, place, { readSeq, mark })
  }

  mark(channelId: ChannelId, place: string | undefined, seq: number): void {
    const before = this.#placeOf(channelId, place)
    if (before === undefined || before.mark?.seq === seq) return
    this.#setPlace(channelId, place, { readSeq: before.readSeq, mark: { seq, at: this.head(OWN) + 1 } })
  }

  mute(channelId: ChannelId, muted: boolean): void {
    const before = this.#placeOf(channelId, undefined)
    if (before === undefined) return
    this.#say(OWN, (changedSeq) => {
      this.own.set(channelId, { readSeq: before.readSeq, mark: before.mark, changedSeq, muted })
      return this.#ownFrame(channelId)
    })
  }

  follow(index: number, following: boolean): void {
    const roots = this.rows.filter(({ channelId, rootId }) => rootId === undefined && this.#isIn(channelId))
    const root = roots[index % Math.max(1, roots.length)]
    if (root === undefined) return
    const before = this.follows.get(root.id)
    if ((before?.following ?? false) === following) return
    const { channelId } = root
    const head = this.head(channelStream(channelId))
    if (following) this.#setFollow(root.id, { channelId, following, readSeq: head, mark: null })
    else if (before !== undefined) this.#setFollow(root.id, { ...before, following })
  }

  /** What `GET /unread` answers. */
  unread(): Unread {
    const channels = CHANNELS.flatMap((channelId) => {
      const place = this.#placeOf(channelId, undefined)
      if (place === undefined) return []
      const muted = this.own.get(channelId)?.muted ?? false
      return { ...this.#counts(channelId, undefined, place), muted, favourite: false, section: null }
    })
    const threads = [...this.follows].flatMap(([rootId, follow]) => {
      if (!follow.following || !this.#isIn(follow.channelId)) return []
      return { ...this.#counts(follow.channelId, rootId, follow), thread_id: rootId }
    })
    return { stream: OWN, seq: this.head(OWN), channels, threads, group_ids: [GROUP] }
  }

  /** What follows a place of a stream: each thing once, in its current state. */
  changes(stream: string, since: number): ChangeFrame[] {
    const frames =
      stream === OWN
        ? [
            ...[...this.memberships].map(([id, { changedSeq }]) => this.#member(OWN, id, changedSeq)),
            ...[...this.own.keys()].map((id) => this.#ownFrame(id)),
            ...[...this.follows.keys()].map((id) => this.#followFrame(id)),
          ]
        : this.rows.filter((row) => channelStream(row.channelId) === stream).map((row) => this.#frame(row))
    return frames.filter(({ changed_seq }) => changed_seq > since).toSorted((a, b) => a.changed_seq - b.changed_seq)
  }

  #isIn(channelId: ChannelId): boolean {
    return this.memberships.get(channelId)?.joined === true
  }

  #placeOf(channelId: ChannelId, rootId: string | undefined): Place | undefined {
    const membership = this.memberships.get(channelId)
    if (membership?.joined !== true) return undefined
    if (rootId !== undefined) {
      const follow = this.follows.get(rootId)
      return follow?.following === true && follow.channelId === channelId ? follow : undefined
    }
    const own = this.own.get(channelId)
    const { joinedSeq } = membership
    return { changedSeq: 0, readSeq: Math.max(own?.readSeq ?? 0, joinedSeq), mark: own?.mark ?? null }
  }

  #setPlace(channelId: ChannelId, rootId: string | undefined, place: Pick<Place, 'readSeq' | 'mark'>): void {
    const follow = rootId === undefined ? undefined : this.follows.get(rootId)
    if (rootId !== undefined && follow !== undefined) this.#setFollow(rootId, { ...follow, ...place })
    else
      this.#say(OWN, (changedSeq) => {
        this.own.set(channelId, { ...place, changedSeq, muted: this.own.get(channelId)?.muted ?? false })
        return this.#ownFrame(channelId)
      })
  }

  #setFollow(rootId: string, follow: Omit<Follow, 'changedSeq'>): void {
    this.#say(OWN, (changedSeq) => {
      this.follows.set(rootId, { ...follow, changedSeq })
      return this.#followFrame(rootId)
    })
  }

  #counts(channelId: ChannelId, rootId: string | undefined, place: Place) {
    const unread = this.rows
      .filter((row) => row.channelId === channelId && row.rootId === rootId && !row.deleted && row.authorId !== ME)
      .filter(({ seq }) => seq > positionOf(place))
    const mentions = unread.filter(({ called }) => called !== 'none' && called !== 'other')
    return {
      channel_id: channelId,
      read_seq: place.readSeq,
      mark: place.mark,
      head: this.head(channelStream(channelId)),
      unread: unread.slice(0, UNREAD_SEQS_MAX).map(({ seq }) => seq),
      mentions: mentions.slice(0, UNREAD_SEQS_MAX).map(({ seq }) => seq),
    }
  }

  #say(stream: string, make: (changedSeq: number) => ChangeFrame): number {
    const changedSeq = this.head(stream) + 1
    const log = this.logs.get(stream) ?? []
    log.push(make(changedSeq))
    this.logs.set(stream, log)
    return changedSeq
  }

  #member(stream: typeof OWN | `channel:${string}`, channelId: ChannelId, changedSeq: number): ChangeFrame {
    const left = stream === OWN && this.memberships.get(channelId)?.joined === false
    return {
      type: 'member_changed',
      stream,
      channel_id: channelId,
      changed_seq: changedSeq,
      user_id: ME,
      username: 'me',
      display_name: 'Me',
      membership: left ? 'left' : 'joined',
      role: left ? null : 'member',
      channel_type: 'public',
    }
  }

  #ownFrame(channelId: ChannelId): ChangeFrame {
    const { changedSeq, readSeq, mark, muted } = this.own.get(channelId) as OwnRow
    const own = { channel_id: channelId, read_seq: readSeq, mark, muted, favourite: false, section: null }
    return { type: 'own_channel_changed', stream: OWN, changed_seq: changedSeq, ...own }
  }

  #followFrame(rootId: string): ChangeFrame {
    const { changedSeq, channelId, following, readSeq, mark } = this.follows.get(rootId) as Follow
    const own = { channel_id: channelId, thread_id: rootId, following, read_seq: readSeq, mark }
    return { type: 'own_thread_changed', stream: OWN, changed_seq: changedSeq, ...own }
  }

  #frame({ id, channelId, seq, changedSeq, authorId, rootId, called, deleted }: Row): ChangeFrame {
    const left = {
      id,
      stream: channelStream(channelId),
      channel_id: channelId,
      seq,
      changed_seq: changedSeq,
      user_id: authorId,
      username: 'somebody',
      display_name: 'Somebody',
      timestamp: new Date(seq).toISOString(),
      ...(rootId === undefined ? {} : { thread_id: rootId }),
    }
    if (deleted) return { type: 'message_deleted', ...left }
    const message = { ...left, content: `words ${changedSeq}`, status: 'visible' as const, mentions: MENTIONS[called] }
    return { type: seq === changedSeq ? 'new_message' : 'message_updated', ...message }
  }
}

/** One device: what it shows, and how far it has come in each stream. */
class Device {
  readonly counts = new UnreadCounts(ME)
  readonly #server: ModelServer
  readonly #cursors = new Map<string, number>()
  /** Asked for, and what was answered so far. */
  #reading: { answer: Unread | undefined } | undefined

  constructor(server: ModelServer) {
    this.#server = server
    this.ask()
    this.answer()
    this.arrive()
  }

  /** The next of what the stream said, as it was said. */
  deliver(stream: string, count: number): void {
    for (let taken = 0; taken < count; taken++) {
      const cursor = this.#cursors.get(stream)
      const frame = this.#server.logs.get(stream)?.find(({ changed_seq }) => changed_seq > (cursor ?? Infinity))
      if (frame === undefined) return
      this.#take(stream, frame)
    }
  }

  /** The line was cut: what was missed comes once, in its current state. */
  replay(stream: string): void {
    const cursor = this.#cursors.get(stream)
    if (cursor === undefined) return
    for (const frame of this.#server.changes(stream, cursor)) this.#take(stream, frame)
    if (this.#cursors.has(stream)) this.#cursors.set(stream, this.#server.head(stream))
  }

  repeat(stream: string, index: number): void {
    const frame = this.#server.logs.get(stream)?.at(index % Math.max(1, this.#cursors.get(stream) ?? 0))
    if (frame !== undefined && frame.changed_seq <= (this.#cursors.get(stream) ?? 0)) this.counts.apply(frame)
  }

  /** Too much was missed: the stream goes on where the next read stands. */
  reset(stream: string): void {
    if (this.#cursors.delete(stream)) this.#reading = undefined
    this.ask()
  }

  ask(): void {
    if (this.#reading !== undefined) return
    this.counts.beginRead()
    this.#reading = { answer: undefined }
  }

  answer(): void {
    if (this.#reading !== undefined) this.#reading.answer ??= this.#server.unread()
  }

  arrive(): void {
    const answer = this.#reading?.answer
    if (answer === undefined) return
    this.#reading = undefined
    this.counts.replace(answer)
    this.#cursors.set(OWN, Math.max(answer.seq, this.#cursors.get(OWN) ?? 0))
    const streams = new Map(this.counts.channels.map(({ channel_id: id }) => [channelStream(id as ChannelId), id]))
    for (const [stream, id] of streams) {
      if (!this.#cursors.has(stream)) this.#cursors.set(stream, this.counts.headOf(id) ?? 0)
    }
    for (const stream of this.#cursors.keys()) {
      if (stream !== OWN && !streams.has(stream as StreamName)) this.#cursors.delete(stream)
    }
  }

  /** Everything has arrived, and what is not known is read, as often as it takes. */
  rest(): void {
    for (let round = 0; round < 3; round++) {
      if (this.#reading === undefined && this.counts.stale) this.ask()
      this.answer()
      this.arrive()
      for (const stream of this.#cursors.keys()) this.deliver(stream, Infinity)
    }
  }

  shown(): unknown {
    const { channels, threads } = this.counts
    const withoutHead = ({ head: _head, ...rest }: { head: number; channel_id: string }): unknown => rest
    const places = [...channels, ...threads].map(withoutHead)
    return places.map((place) => JSON.stringify(place, Object.keys(place as object).toSorted())).toSorted()
  }

  #take(stream: string, frame: ChangeFrame): void {
    this.#cursors.set(stream, frame.changed_seq)
    this.counts.apply(frame)
    if (frame.type === 'member_changed' && frame.membership === 'left') {
      this.#cursors.delete(channelStream(frame.channel_id as ChannelId))
    }
  }
}

const channel = fc.constantFrom(...CHANNELS)
const stream = fc.constantFrom<string[]>(OWN, ...CHANNELS.map((id) => channelStream(id)))
const called = fc.constantFrom<Called[]>('none', 'none', 'me', 'other', 'group', 'here')
const root = fc.option(fc.nat(5), { nil: undefined })
const device = fc.nat(2)
const place = fc.option(fc.nat(9), { nil: undefined })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('post' as const), channel, mine: fc.boolean(), root, called }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('burst' as const), channel, called }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('touch' as const),
      index: fc.nat(300),
      how: fc.constantFrom<('delete' | Called)[]>('delete', 'delete', 'me', 'none'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      channel,
      place,
      seq: fc.oneof(fc.nat(60), fc.constant(Number.MAX_SAFE_INTEGER)),
      unmark: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('mark' as const), channel, place, seq: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mute' as const), channel, muted: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('follow' as const), index: fc.nat(20), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'leave' as const), channel }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      device,
      stream,
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replay' as const), device, stream }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const), device, stream, index: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), device, stream }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('ask' as const, 'answer' as const, 'arrive' as const), device }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function take(server: ModelServer, devices: readonly Device[], next: Step): void {
  const threadOf = (index: number | undefined): string | undefined =>
    index === undefined ? undefined : [...server.follows.keys()][index]
  const at = (index: number): Device => devices[index] as Device
  switch (next.do) {
    case 'post':
      return server.post(next.channel, next.mine, next)
    case 'burst':
      for (let count = 0; count < 60; count++)
        server.post(next.channel, false, { root: undefined, called: next.called })
      return
    case 'touch':
      return server.touch(next.index, next.how)
    case 'read':
      return server.read(next.channel, threadOf(next.place), next)
    case 'mark':
      return server.mark(next.channel, threadOf(next.place), next.seq)
    case 'mute':
      return server.mute(next.channel, next.muted)
    case 'follow':
      return server.follow(next.index, next.on)
    case 'join':
      return server.join(next.channel)
    case 'leave':
      return server.leave(next.channel)
    case 'deliver':
      return at(next.device).deliver(next.stream, next.count)
    case 'replay':
      return at(next.device).replay(next.stream)
    case 'repeat':
      return at(next.device).repeat(next.stream, next.index)
    case 'reset':
      return at(next.device).reset(next.stream)
    case 'ask':
    case 'answer':
    case 'arrive':
      return at(next.device)[next.do]()
  }
}

test('U1 U2 U3 U4: all devices end at what a fresh read shows, whatever was dropped, repeated or late', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 150, size: 'max' }), (steps) => {
      const server = new ModelServer()
      const devices = [new Device(server), new Device(server), new Device(server)]
      for (const each of steps) take(server, devices, each)
      for (const each of devices) each.rest()
      const fresh = new Device(server)
      for (const each of devices) {
        expect(each.counts.stale).toBe(false)
        expect(each.shown()).toEqual(fresh.shown())
        expect(each.counts.total).toEqual(fresh.counts.total)
      }
    }),
    { seed: 20_261_121, numRuns: 1_000 },
  )
})
