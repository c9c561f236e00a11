import type { ChangeFrame, Message, Reaction } from '@glasshouse/contracts'
import { describe, expect, test } from 'vitest'
import { change, CHANNEL, STREAM, USER } from './live-peer.contract.ts'
import { MessageTimeline } from './message-timeline.ts'

/** Rules T1 to T9 of SPEC.md; that order makes no difference is in the fuzz test beside this one. */
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
const deleted = (seq: number, changedSeq: number, fields: Partial<Message> = {}): ChangeFrame => {
  const { content: _content, status: _status, ...left } = message(seq, fields)
  return { ...left, type: 'message_deleted', changed_seq: changedSeq }
}
const reacted = (seq: number, changedSeq: number, ...reactions: Reaction[]): ChangeFrame => {
  const { id } = message(seq)
  return { type: 'reaction_changed', stream: STREAM, channel_id: CHANNEL, id, seq, changed_seq: changedSeq, reactions }
}
const thumbs = (count: number): Reaction => ({ emoji: '👍', count, usernames: ['bob'] })
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
    expect(
      timeline.apply({
        ...joined,
        display_name: 'Ada',
        membership: 'joined',
        role: 'member',
        channel_type: 'public',
        changed_seq: 8,
      }),
    ).toBe(false)
  })

  test('T3: a deleted message keeps its place and loses its content; one that was never seen is not shown', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5, { reactions: [{ emoji: '👍', count: 1, usernames: ['bob'] }] })], 5))
    timeline.apply(deleted(5, 6))
    expect(timeline.messages).toEqual([message(5, { changed_seq: 6, content: '', deleted: true })])
    timeline.apply(deleted(7, 8))
    timeline.apply(change(7))
    expect(seqs(timeline)).toEqual([5])
  })

  test('T3: of a message that was deleted before it was seen, what is left is shown for the sake of its replies', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5)], 5))
    const counts = { reply_count: 1, last_reply_seq: 7, last_reply_at: message(7).timestamp }
    timeline.apply({ ...message(7, { thread_id: message(6).id }), type: 'new_message' })
    timeline.apply(deleted(6, 8, counts))
    expect(timeline.messages[1]).toEqual(message(6, { changed_seq: 8, content: '', deleted: true, ...counts }))
  })

  test('T9: a change of reactions changes nothing else, and without any there is no list', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5, { content: 'kept' })], 5))
    expect(timeline.apply(reacted(5, 6, thumbs(1)))).toBe(true)
    expect(timeline.messages).toEqual([message(5, { changed_seq: 6, content: 'kept', reactions: [thumbs(1)] })])
    expect(timeline.apply(reacted(5, 6, thumbs(2)))).toBe(false)
    timeline.apply(reacted(5, 7))
    expect(timeline.messages).toEqual([message(5, { changed_seq: 7, content: 'kept' })])
  })

  test('T9: reactions of a message that is not known wait for it, and are put to the page that was read before them', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5)], 5))
    const readBefore = page([message(3), message(4)], 5)
    timeline.apply(reacted(3, 6, thumbs(1)))
    timeline.apply(reacted(3, 7, thumbs(2)))
    expect(timeline.get(message(3).id)).toBeUndefined()
    expect(timeline.mergeOlder(readBefore, 5)).toBe('merged')
    expect(timeline.messages[0]).toEqual(message(3, { changed_seq: 7, reactions: [thumbs(2)] }))
  })

  test('T9: an old text that came back by a repeat does not stay because somebody reacted to the message', () => {
    const timeline = new MessageTimeline({ outsideMax: 10 })
    timeline.replace(page([message(50)], 60))
    // The two oldest of these are let go.
    for (let seq = 31; seq <= 41; seq++)
      timeline.apply({ ...message(seq, { changed_seq: seq + 40, content: 'edited' }), type: 'message_updated' })
    timeline.apply({ ...message(31, { changed_seq: 61 }), type: 'message_updated' })
    expect(timeline.get(message(31).id)?.content).toBe(message(31).content)
    timeline.apply(reacted(31, 90, thumbs(1)))
    const edited = message(31, { changed_seq: 71, content: 'edited' })
    expect(timeline.mergeOlder(page([edited], 89), 50)).toBe('merged')
    expect(timeline.messages[0]).toEqual({ ...edited, changed_seq: 90, reactions: [thumbs(1)] })
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

  test('T4: what was read before the newest page is stale: nothing will bring what changed between', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(5)], 5))
    const readBefore = page([message(3)], 5)
    timeline.replace(page([message(5)], 6))
    expect(timeline.mergeOlder(readBefore, 5)).toBe('stale')
    expect(timeline.mergeThread({ root: message(3), items: [], seq: 5 })).toBe(false)
    expect(timeline.mergeOlder(page([message(3)], 6), 5)).toBe('merged')
  })

  test('T2: a repeat from before the newest page does not bring a deleted message back', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([message(3), message(5)], 7))
    expect(timeline.apply(change(4))).toBe(false)
    expect(seqs(timeline)).toEqual([3, 5])
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

describe('letting go', () => {
  const history = [1, 2, 3, 4, 5, 6].map((seq) => message(seq))

  test('T5: of the oldest, which can be read again', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page(history, 6, null))
    timeline.keepNewest(2)
    expect(seqs(timeline)).toEqual([5, 6])
    expect(timeline.fromSeq).toBe(5)
    expect(timeline.reachesStart).toBe(false)
    expect(timeline.mergeOlder(page(history.slice(0, 4), 6, null), 5)).toBe('merged')
    expect(seqs(timeline)).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('T5: of the newest: what is new then is not shown next to a gap, what changes within is', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page(history, 6, null))
    timeline.keepOldest(3)
    expect(timeline.detached).toBe(true)
    timeline.apply(change(7))
    timeline.apply({ ...message(2, { changed_seq: 8, content: 'edited' }), type: 'message_updated' })
    expect(timeline.messages.map(({ content }) => content)).toEqual([message(1).content, 'edited', message(3).content])
    timeline.replace(page([message(6), message(7)], 8))
    expect(timeline.detached).toBe(false)
    expect(seqs(timeline)).toEqual([6, 7])
  })
})

test('T5: beginning with a page of the past, the window is detached, and grows into the past', () => {
  const timeline = new MessageTimeline()
  timeline.replace(page([message(4), message(5)], 9), 7)
  expect(timeline.detached).toBe(true)
  timeline.apply(change(10))
  expect(timeline.mergeOlder(page([message(3)], 10, null), 4)).toBe('merged')
  expect(seqs(timeline)).toEqual([3, 4, 5])
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
    expect(timeline.get(root.id)).toMatchObject({ reply_count: 2, last_reply_seq: 10 })
    expect(timeline.get(message(4).id)).toBeUndefined()
  })

  test('T6: an open thread stays whole while all around it is let go', () => {
    const timeline = new MessageTimeline({ windowMax: 10, outsideMax: 5 })
    timeline.replace(page([message(20)], 20))
    timeline.holdThread(root.id)
    timeline.mergeThread({ root, items: [reply(3)], seq: 20 })
    for (let seq = 21; seq <= 120; seq++) timeline.apply(change(seq))
    expect(timeline.get(root.id)?.content).toBe(root.content)
    expect(timeline.replies(root.id).map(({ seq }) => seq)).toEqual([3])
    timeline.holdThread(undefined)
    for (let seq = 121; seq <= 220; seq++) timeline.apply(change(seq))
    expect(timeline.get(root.id)).toBeUndefined()
  })
})

describe("one's own message", () => {
  test('T7: is put in by its ack, and what the stream brings of it later is a repeat', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([], 0, null))
    const mine = change(1, { client_id: MINE })
    expect(timeline.apply(mine)).toBe(true)
    expect(timeline.apply(mine)).toBe(false)
    expect(seqs(timeline)).toEqual([1])
  })

  test('T7: its ack puts back neither an edited text nor a deleted message', () => {
    const timeline = new MessageTimeline()
    timeline.replace(page([], 0, null))
    timeline.apply({ ...message(1, { changed_seq: 3, content: 'edited' }), type: 'message_updated' })
    timeline.apply(deleted(2, 4))
    timeline.apply(change(1, { client_id: MINE }))
    timeline.apply(change(2, { client_id: MINE }))
    expect(timeline.messages.map(({ content }) => content)).toEqual(['edited'])
  })
})
