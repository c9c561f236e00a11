/**
 * Whatever the order in which pages, live changes, replays, repeats and acks come in, the view ends in the state of a fresh read.
 *
 * A small model of the server keeps a log of changes; a commands-style run moves both: the server changes, and what it says is
 * delivered late, twice, or as a replay in which numbers are skipped. At the end everything is delivered and the two are compared.
 */
import type { ChangeFrame, Message, MessageList, Reaction } from '@glasshouse/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHANNEL, STREAM, USER } from './live-peer.contract.ts'
import { MessageTimeline } from './message-timeline.ts'

type Row = { -readonly [Key in keyof Message]: Message[Key] }

type Touch = 'edit' | 'delete' | 'react' | 'pin'

/** Deleted messages stay in a view that saw them; a fresh read has those only that have replies. */
const isRead = ({ deleted, reply_count: replyCount }: Message): boolean => deleted !== true || replyCount !== undefined

class ModelServer {
  readonly rows: Row[] = []
  head = 0

  post(threadRoot: number | undefined, clientId: string | undefined): ChangeFrame {
    const roots = this.rows.filter(({ thread_id }) => thread_id === undefined)
    const root = threadRoot === undefined ? undefined : roots[threadRoot % Math.max(1, roots.length)]
    const seq = ++this.head
    const row: Row = {
      id: `0197a5c0-0000-7000-9000-${String(seq).padStart(12, '0')}`,
      stream: STREAM,
      channel_id: CHANNEL,
      seq,
      changed_seq: seq,
      user_id: USER,
      username: 'ada',
      display_name: 'Ada',
      content: `first words ${seq}`,
      timestamp: new Date(seq).toISOString(),
      status: 'visible',
    }
    if (root !== undefined && root.deleted !== true) row.thread_id = root.id
    if (clientId !== undefined) row.client_id = clientId
    this.rows.push(row)
    return this.frame(row)
  }

  /** Returns the changes that it makes: a reply's deletion changes its root too. */
  touch(index: number, how: Touch): ChangeFrame[] {
    const row = this.rows[index % Math.max(1, this.rows.length)]
    if (row === undefined || row.deleted === true) return []
    row.changed_seq = ++this.head
    switch (how) {
      case 'edit':
        row.content = `other words ${this.head}`
        row.edited_at = new Date(this.head).toISOString()
        return [this.frame(row)]
      case 'pin':
        if (row.pinned_at === undefined) row.pinned_at = new Date(this.head).toISOString()
        else delete row.pinned_at
        return [this.frame(row)]
      case 'react':
        return [this.#react(row)]
      case 'delete':
        return this.#delete(row)
    }
  }

  /** One more, or none any more. */
  #react(row: Row): ChangeFrame {
    const count = ((row.reactions?.[0]?.count ?? 0) + 1) % 4
    const reactions: Reaction[] = count === 0 ? [] : [{ emoji: '👍', count, usernames: ['ada'] }]
    if (count === 0) delete row.reactions
    else row.reactions = reactions
    const { id, seq, changed_seq } = row
    return { type: 'reaction_changed', stream: STREAM, channel_id: CHANNEL, id, seq, changed_seq, reactions }
  }

  #delete(row: Row): ChangeFrame[] {
    for (const field of ['edited_at', 'pinned_at', 'reactions'] as const) delete row[field]
    Object.assign(row, { content: '', deleted: true })
    const deleted = this.frame(row)
    const root = this.rows.find(({ id }) => id === row.thread_id)
    if (root === undefined) return [deleted]
    root.changed_seq = ++this.head
    return [deleted, this.frame(root)]
  }

  /** What `changes(after)` answers: each thing once, in its current state. */
  changes(after: number): ChangeFrame[] {
    const changed = this.rows.filter(({ changed_seq }) => changed_seq > after)
    return changed.toSorted((a, b) => a.changed_seq - b.changed_seq).map((row) => this.frame(row))
  }

  page(before: number, limit: number): Pick<MessageList, 'items' | 'next' | 'seq'> {
    const older = this.rows.filter(({ seq }) => seq < before).map((row) => this.state(row))
    const shown = older.filter(isRead).toReversed()
    const items = shown.slice(0, limit)
    return { items, next: shown.length > limit ? 'more' : null, seq: this.head }
  }

  repliesTo({ id }: Row): Row[] {
    return this.rows.filter(({ thread_id, deleted }) => thread_id === id && deleted !== true)
  }

  /** A row as it is read now. */
  state(row: Row): Message {
    const replies = this.repliesTo(row)
    const last = replies.at(-1)
    const counts = last && { reply_count: replies.length, last_reply_at: last.timestamp, last_reply_seq: last.seq }
    return { ...row, ...counts }
  }

  frame(row: Row): ChangeFrame {
    const state = this.state(row)
    if (row.deleted !== true) return { type: row.seq === row.changed_seq ? 'new_message' : 'message_updated', ...state }
    const { content: _content, status: _status, deleted: _deleted, ...left } = state
    return { type: 'message_deleted', ...left }
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      root: fc.option(fc.nat(9), { nil: undefined }),
      mine: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('touch' as const),
      index: fc.nat(99),
      how: fc.constantFrom<Touch[]>('edit', 'delete', 'react', 'react', 'pin'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), index: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replay' as const), back: fc.nat(10) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('readPage' as const), limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mergePage' as const), index: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ack' as const), index: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('trim' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('trimNewest' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('startAnew' as const), limit: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('openThread' as const), index: fc.nat(9) }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

class Run {
  readonly server = new ModelServer()
  readonly timeline: MessageTimeline
  openThreadId: string | undefined
  /** Said and not delivered, oldest first; and all that was ever said. */
  readonly #undelivered: ChangeFrame[] = []
  readonly #said: ChangeFrame[] = []
  readonly #pages: { readonly page: ReturnType<ModelServer['page']>; readonly before: number }[] = []
  readonly #unacked: Message[] = []
  #cursor: number
  #mine = 0

  constructor(posts: number, limits: { windowMax: number; outsideMax: number }) {
    for (let index = 0; index < posts; index++) this.server.post(index % 3 === 0 ? index : undefined, undefined)
    this.timeline = new MessageTimeline(limits)
    const page = this.server.page(Infinity, 4)
    this.timeline.replace(page)
    this.#cursor = page.seq
  }

  take(next: Step): void {
    switch (next.do) {
      case 'post': {
        const clientId = next.mine ? `mine-${this.#mine++}` : undefined
        const frame = this.server.post(next.root, clientId)
        this.#say([frame])
        if (frame.type === 'new_message' && next.mine) this.#unacked.push(frame)
        break
      }
      case 'touch':
        this.#say(this.server.touch(next.index, next.how))
        break
      case 'deliver':
        for (const frame of this.#undelivered.splice(0, next.count)) this.#apply(frame)
        break
      case 'repeat': {
        const delivered = this.#said.filter(({ changed_seq }) => changed_seq <= this.#cursor)
        const frame = delivered[next.index % Math.max(1, delivered.length)]
        if (frame !== undefined) this.timeline.apply(frame)
        break
      }
      case 'replay':
        for (const frame of this.server.changes(Math.max(0, this.#cursor - next.back))) this.timeline.apply(frame)
        this.#cursor = this.server.head
        this.#undelivered.length = 0
        break
      case 'readPage': {
        const before = this.timeline.fromSeq ?? 0
        this.#pages.push({ page: this.server.page(before, next.limit), before })
        break
      }
      case 'mergePage': {
        const [read] = this.#pages.splice(next.index % Math.max(1, this.#pages.length), 1)
        if (read !== undefined) this.timeline.mergeOlder(read.page, read.before)
        break
      }
      case 'ack':
        this.#ack(this.#unacked.splice(next.index % Math.max(1, this.#unacked.length), 1))
        break
      case 'trim':
        this.timeline.keepNewest(next.count)
        break
      case 'trimNewest':
        this.timeline.keepOldest(next.count)
        break
      case 'startAnew':
        this.#startAnew(next.limit)
        break
      case 'openThread':
        this.#openThread(next.index)
    }
  }

  finish(): void {
    for (const frame of this.#undelivered.splice(0)) this.#apply(frame)
    this.#ack(this.#unacked.splice(0))
  }

  /** As a `reset` and "to the newest" do: the page, and then what follows it. */
  #startAnew(limit: number): void {
    const page = this.server.page(Infinity, limit)
    this.openThreadId = undefined
    this.timeline.holdThread(undefined)
    this.timeline.replace(page)
    this.#cursor = page.seq
    this.#undelivered.length = 0
  }

  #openThread(index: number): void {
    const roots = this.server.rows.filter((row) => row.thread_id === undefined && isRead(this.server.state(row)))
    const root = roots[index % Math.max(1, roots.length)]
    if (root === undefined) return
    const items = this.server.repliesTo(root).map((row) => this.server.state(row))
    this.timeline.holdThread(root.id)
    const merged = this.timeline.mergeThread({ root: this.server.state(root), items, seq: this.server.head })
    if (!merged) throw new Error('a thread that was read just now was refused as stale')
    this.openThreadId = root.id
  }

  #say(frames: readonly ChangeFrame[]): void {
    this.#undelivered.push(...frames)
    this.#said.push(...frames)
  }

  #apply(frame: ChangeFrame): void {
    this.timeline.apply(frame)
    this.#cursor = Math.max(this.#cursor, frame.changed_seq)
  }

  /** The sender shows what it wrote, at the place that the ack gave it, whether the stream brought it already or not. */
  #ack(messages: readonly Message[]): void {
    for (const message of messages) this.timeline.apply({ ...message, type: 'new_message' })
  }
}

const runs = fc.record({
  posts: fc.nat(30),
  steps: fc.array(step, { minLength: 1, maxLength: 150, size: 'max' }),
})

/** The thread that is open, as the view has it: its root last, for that may have been deleted. */
function heldThread({ timeline, openThreadId = '' }: Run): unknown {
  const messages = [...timeline.replies(openThreadId), timeline.get(openThreadId)]
  return messages.filter((message) => message !== undefined && isRead(message))
}

function freshThread({ server, openThreadId }: Run): unknown {
  const root = server.rows.find(({ id }) => id === openThreadId)
  if (root === undefined) return []
  return [...server.repliesTo(root), root].map((row) => server.state(row)).filter(isRead)
}

function check(run: Run, windowMax: number): void {
  const { timeline, server } = run
  const shown = timeline.messages.filter(isRead)
  const last = timeline.detached ? (timeline.messages.at(-1)?.seq ?? 0) : Infinity
  const fresh = server
    .page(Infinity, Infinity)
    .items.filter(({ seq, thread_id }) => thread_id === undefined && seq >= (timeline.fromSeq ?? 0) && seq <= last)
    .toReversed()
  expect(shown).toEqual(fresh)
  expect(heldThread(run)).toEqual(freshThread(run))
  // With the tenth above it that the timeline takes.
  expect(timeline.messages.length).toBeLessThanOrEqual(windowMax * 1.1 + 1)
}

test('the window is what a fresh read of it gives, whatever came in which order', () => {
  fc.assert(
    fc.property(runs, ({ posts, steps }) => {
      const run = new Run(posts, { windowMax: 1_000, outsideMax: 1_000 })
      for (const each of steps) run.take(each)
      run.finish()
      check(run, 1_000)
    }),
    { seed: 20_261_120, numRuns: 1_000 },
  )
})

test('and also when most of it was let go', () => {
  fc.assert(
    fc.property(runs, fc.constantFrom(12, 5), fc.constantFrom(8, 2), ({ posts, steps }, windowMax, outsideMax) => {
      const run = new Run(posts, { windowMax, outsideMax })
      // A reply that was let go is counted for good, so its deletion would show with the next read only.
      for (const each of steps)
        run.take(each.do === 'touch' && each.how === 'delete' ? { ...each, how: 'react' } : each)
      run.finish()
      check(run, windowMax)
    }),
    { seed: 20_261_120, numRuns: 1_000 },
  )
})
