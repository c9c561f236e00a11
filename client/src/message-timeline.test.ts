import type { Message } from '@glasshouse/contracts'
import { describe, expect, test } from 'vitest'
import { apiError } from './api-error.ts'
import { change, CHANNEL, STREAM, USER } from './live-peer.contract.ts'
import { MessageTimeline } from './message-timeline.ts'

/** Rules T1 to T7 of SPEC.md; that order makes no difference is in the fuzz test beside this one. */
const MINE = '0197a5c0-0000-7000-a000-000000000001'

function message(seq: number, fields: Partial<Message> = {}): Message {
  const { type: _type, ...rest } = change(seq)
  return { ...rest, ...fields }
}

/** A page of these, newest first; of a history that goes on unless `next` is null. */
const page = (messages: readonly Message[], seq: number, next: string | null = 'more') => ({
  items: messages.toReversed(),
  next,
  seq,
})
const deleted = (seq: number, changedSeq: number) =>
  ({
    type: 'message_deleted',
    stream: STREAM,
    channel_id: CHANNEL,
    id: message(seq).id,
    seq,
    changed_seq: changedSeq,
  }) as const
const acked = (seq: number) => {
  const { id, timestamp, status } = message(seq)
  return { client_id: MINE, id, seq, timestamp, status }
}
const seqs = (timeline: MessageTimeline): number[] => timeline.messages.map(({ seq }) => seq)

describe('the window', () => {
  test('T1: grows at both ends, oldest first', () => {
    const timeline = new MessageTimeline()
    expect(timeline.fromSeq).toBeUndefined()
    timeline.replace(page([message(5), message(6)], 6))
    expect(timeline.apply(change(7))).toBe(true)
    expect(timeline.fromSeq).toBe(5)
    expect(timeline.mergeOlder(page([message(2), message(4)], 7, null), 5)).toBe('merged')
    expect(seqs(timeline)).toEqual([2, 4, 5, 6, 7])
    expect(timeline.reachesStart).toBe(true)
  })

  test('T1: an empty channel is held from its beginning', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([], 2, null))
    expect(timeline.reachesStart).toBe(true)
    timeline.apply(change(3))
    expect(seqs(timeline)).toEqual([3])
  })

  test('T2: an older state never replaces a newer one', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5, { changed_seq: 9, content: 'new' })], 9))
    expect(timeline.apply(change(5))).toBe(false)
    expect(timeline.messages[0]?.content).toBe('new')
  })

  test('T2: what did not change stays the same object, and changes of other things are no news', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5), message(6)], 6))
    const before = timeline.messages
    expect(timeline.messages).toBe(before)
    timeline.apply({ ...message(6, { changed_seq: 7, content: 'edited' }), type: 'message_updated' })
    expect(timeline.messages[0]).toBe(before[0])
    expect(timeline.messages[1]).not.toBe(before[1])
    const joined = {
      type: 'member_changed',
      stream: STREAM,
      channel_id: CHANNEL,
      user_id: USER,
      username: 'ada',
    } as const
    expect(timeline.apply({ ...joined, display_name: 'Ada', membership: 'joined', changed_seq: 8 })).toBe(false)
  })

  test('T3: a deleted message keeps its place and loses its content; one that was never seen is not shown', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5, { reactions: [{ emoji: '👍', count: 1, usernames: ['bob'] }] })], 5))
    timeline.apply(deleted(5, 6))
    expect(timeline.messages).toEqual([message(5, { changed_seq: 6, content: '', deleted: true } as Partial<Message>)])
    timeline.apply(deleted(7, 8))
    timeline.apply(change(7))
    expect(seqs(timeline)).toEqual([5])
  })

  test('T4: a change before the window makes no gap, and is not lost for a page that was read before it', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5)], 5))
    const readBefore = page([message(3), message(4)], 5)
    timeline.apply({ ...message(3, { changed_seq: 6, content: 'edited' }), type: 'message_updated' })
    expect(seqs(timeline)).toEqual([5])
    timeline.mergeOlder(readBefore, 5)
    expect(timeline.messages[0]?.content).toBe('edited')
  })

  test('T4: and when it was let go, that page is refused as stale', () => {
    const timeline = new MessageTimeline({ outsideMax: 2 })
    timeline.replace(page([message(50)], 60))
    const readBefore = page([message(30)], 60)
    for (const seq of [31, 32, 33, 34])
      timeline.apply({ ...message(seq, { changed_seq: seq + 40 }), type: 'message_updated' })
    expect(timeline.mergeOlder(readBefore, 50)).toBe('stale')
    expect(timeline.mergeThread({ root: message(30), items: [], seq: 60 })).toBe(false)
    expect(timeline.mergeOlder(page([message(30)], 74), 50)).toBe('merged')
  })

  test('T5: growing at the head lets the oldest go; a page that was asked for before that leaves a gap', () => {
    const timeline = new MessageTimeline({ windowMax: 10 })
    timeline.replace(page([message(1)], 1, null))
    for (let seq = 2; seq <= 12; seq++) timeline.apply(change(seq))
    expect(timeline.reachesStart).toBe(false)
    expect(timeline.fromSeq).toBeGreaterThan(1)
    expect(seqs(timeline).at(-1)).toBe(12)
    expect(timeline.mergeOlder(page([], 12, null), 1)).toBe('gap')
  })

  test('T5: growing into the past lets the newest go, until the newest page is read again', () => {
    const timeline = new MessageTimeline({ windowMax: 4 })
    timeline.replace(page([message(8), message(9)], 9))
    timeline.mergeOlder(page([message(5), message(6), message(7)], 9), 8)
    expect(timeline.detached).toBe(true)
    timeline.apply(change(10))
    expect(seqs(timeline)).toEqual([5, 6, 7, 8])
    timeline.replace(page([message(9), message(10)], 10))
    expect(timeline.detached).toBe(false)
    expect(seqs(timeline)).toEqual([9, 10])
  })
})

describe('threads', () => {
  const root = message(2, { reply_count: 1, last_reply_seq: 3, last_reply_at: '2026-11-20T09:30:00.000Z' })
  const reply = (seq: number): Message => message(seq, { thread_id: root.id })

  test('T6: replies stand with their root, and those that came since the server counted are added, once each', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([root, reply(3), message(4)], 4, null))
    expect(seqs(timeline)).toEqual([2, 4])
    expect(timeline.messages[0]).toBe(root)
    timeline.apply({ ...reply(5), type: 'new_message' })
    timeline.apply({ ...reply(5), type: 'new_message' })
    timeline.apply({ ...reply(3), type: 'new_message' })
    expect(timeline.messages[0]).toMatchObject({ reply_count: 2, last_reply_seq: 5 })
    expect(timeline.replies(root.id).map(({ seq }) => seq)).toEqual([3, 5])
    timeline.apply(deleted(5, 6))
    expect(timeline.messages[0]).toMatchObject({ reply_count: 1, last_reply_seq: 3 })
  })

  test('T6: a thread that was opened brings the replies that no page had', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(9)], 9))
    expect(timeline.mergeThread({ root, items: [reply(3)], seq: 9 })).toBe(true)
    timeline.apply({ ...reply(10), type: 'new_message' })
    expect(timeline.replies(root.id).map(({ seq }) => seq)).toEqual([3, 10])
    expect(seqs(timeline)).toEqual([9])
  })
})

describe('pending messages', () => {
  const pendingTimeline = (): MessageTimeline => {
    const timeline = new MessageTimeline({ selfUserId: USER })
    timeline.replace(page([], 0, null))
    timeline.addPending({ client_id: MINE, content: 'hello' })
    return timeline
  }

  test('T7: the message comes before its ack', () => {
    const timeline = pendingTimeline()
    expect(timeline.pending).toEqual([{ client_id: MINE, content: 'hello', state: 'sending' }])
    timeline.apply(change(1, { client_id: MINE }))
    expect(timeline.pending).toEqual([])
    timeline.acked(acked(1))
    expect(timeline.pending).toEqual([])
    expect(seqs(timeline)).toEqual([1])
  })

  test('T7: the ack comes first, and shows the message until the stream brings it, with or without its client_id', () => {
    for (const fields of [{ client_id: MINE }, {}]) {
      const timeline = pendingTimeline()
      timeline.acked(acked(1))
      expect(timeline.pending).toEqual([{ client_id: MINE, content: 'hello', state: 'sent', ack: acked(1) }])
      timeline.apply(change(1, fields))
      expect(timeline.pending).toEqual([])
    }
  })

  test('T7: a message that is deleted before its ack comes is gone', () => {
    const timeline = pendingTimeline()
    timeline.apply(deleted(1, 2))
    timeline.acked(acked(1))
    expect(timeline.pending).toEqual([])
    const other = pendingTimeline()
    other.acked(acked(1))
    other.apply(deleted(1, 2))
    expect(other.pending).toEqual([])
  })

  test("T7: another person's message with the same client_id is another message", () => {
    const timeline = pendingTimeline()
    timeline.apply({ ...change(1, { client_id: MINE }), user_id: '0197a5c0-0000-7000-8000-0000000000bb' })
    expect(timeline.pending).toHaveLength(1)
  })

  test('T7: a refused one stays, with the reason, to be sent again or discarded', () => {
    const timeline = pendingTimeline()
    const failure = apiError({ code: 'message.rate_limited', message: 'Too many.', retryAfterMs: 100 })
    timeline.failed(MINE, failure)
    expect(timeline.pending).toEqual([{ client_id: MINE, content: 'hello', state: 'failed', failure }])
    timeline.addPending({ client_id: MINE, content: 'hello' })
    expect(timeline.pending).toEqual([{ client_id: MINE, content: 'hello', state: 'sending' }])
    timeline.discard(MINE)
    expect(timeline.pending).toEqual([])
  })

  test('T7: stored ones stand in their order, before those on their way; a reset leaves them', () => {
    const timeline = pendingTimeline()
    timeline.addPending({ client_id: 'b', content: 'second' })
    timeline.addPending({ client_id: 'c', content: 'third' })
    timeline.acked({ ...acked(8), client_id: 'c' })
    timeline.acked({ ...acked(7), client_id: 'b' })
    timeline.replace(page([], 0, null))
    expect(timeline.pending.map(({ content }) => content)).toEqual(['second', 'third', 'hello'])
  })
})
