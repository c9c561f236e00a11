import type { ChangeFrame, Message } from '@glasshouse/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MessageTimeline } from './message-timeline.ts'

const CHANNEL = '0197a5c0-0000-7000-8000-000000000001'

function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `0197a5c0-0000-7000-8000-${seq.toString(16).padStart(12, '0')}`,
    stream: `channel:${CHANNEL}`,
    channel_id: CHANNEL,
    seq,
    changed_seq: seq,
    user_id: '0197a5c0-0000-7000-8000-00000000aaaa',
    username: 'ana',
    display_name: 'Ana',
    content: `message ${seq}`,
    timestamp: '2026-11-20T09:30:00.000Z',
    status: 'visible',
    ...more,
  }
}

const added = (seq: number, more: Partial<Message> = {}) => ({ type: 'new_message' as const, ...message(seq, more) })
const edited = (seq: number, changedSeq: number, content: string) => ({
  type: 'message_updated' as const,
  ...message(seq, { changed_seq: changedSeq, content }),
})
function deleted(seq: number, changedSeq: number): Extract<ChangeFrame, { type: 'message_deleted' }> {
  const { id, stream, channel_id } = message(seq)
  return { type: 'message_deleted', id, stream, channel_id, seq, changed_seq: changedSeq }
}

function timelineOf(page: readonly Message[], reachesStart = false): MessageTimeline {
  const timeline = new MessageTimeline()
  timeline.replace(page, reachesStart)
  return timeline
}
const seqs = (timeline: MessageTimeline): number[] => timeline.messages.map((each) => each.seq)

describe('pages', () => {
  test('newest first in, oldest first out; the next page comes before', () => {
    const timeline = timelineOf([message(9), message(8)])
    expect(seqs(timeline)).toEqual([8, 9])
    expect(timeline.fromSeq).toBe(8)
    timeline.mergeOlder([message(7), message(5)], true)
    expect(seqs(timeline)).toEqual([5, 7, 8, 9])
    expect(timeline.reachesStart).toBe(true)
  })

  test('replies are left out, and a page of replies alone moves the window', () => {
    const timeline = timelineOf([message(9)])
    timeline.mergeOlder([message(8, { thread_id: message(1).id }), message(7, { thread_id: message(1).id })], false)
    expect(seqs(timeline)).toEqual([9])
    expect(timeline.fromSeq).toBe(7)
  })

  test('an empty channel takes its first message', () => {
    const timeline = timelineOf([], true)
    expect(timeline.apply(added(1))).toBe(true)
    expect(seqs(timeline)).toEqual([1])
  })
})

describe('changes', () => {
  test('a repeat changes nothing', () => {
    const timeline = timelineOf([message(1)])
    timeline.apply(added(2))
    const before = timeline.messages
    expect(timeline.apply(added(2))).toBe(false)
    expect(timeline.messages).toBe(before)
  })

  test('an older state never replaces a newer one', () => {
    const timeline = timelineOf([message(1)])
    timeline.apply(edited(1, 7, 'second'))
    expect(timeline.apply(edited(1, 5, 'first'))).toBe(false)
    expect(timeline.messages[0]?.content).toBe('second')
  })

  test('a deleted message keeps its place and loses its content', () => {
    const timeline = timelineOf([message(2), message(1)])
    timeline.apply(deleted(1, 3))
    expect(timeline.messages[0]).toMatchObject({ seq: 1, content: '', deleted: true, username: 'ana' })
  })

  test('a change before the window makes no gap, and is not lost when its page arrives late', () => {
    const timeline = timelineOf([message(9)])
    expect(timeline.apply(edited(5, 12, 'newer'))).toBe(false)
    expect(seqs(timeline)).toEqual([9])
    timeline.mergeOlder([message(5)], false)
    expect(timeline.messages[0]?.content).toBe('newer')
  })

  test('a deletion that overtakes its page wins', () => {
    const timeline = timelineOf([message(9)])
    timeline.apply(deleted(5, 12))
    timeline.mergeOlder([message(5)], false)
    expect(timeline.messages[0]?.deleted).toBe(true)
  })
})

describe('bounds', () => {
  const page = Array.from({ length: 10 }, (_, index) => message(10 - index))

  test('the oldest go, and can be read again', () => {
    const timeline = timelineOf(page, true)
    timeline.keepNewest(3)
    expect(seqs(timeline)).toEqual([8, 9, 10])
    expect(timeline.fromSeq).toBe(8)
    expect(timeline.reachesStart).toBe(false)
    timeline.mergeOlder([message(7)], false)
    expect(seqs(timeline)).toEqual([7, 8, 9, 10])
  })

  test('the newest go: what is new is not shown next to a gap', () => {
    const timeline = timelineOf(page, true)
    timeline.keepOldest(4)
    expect(timeline.detached).toBe(true)
    expect(timeline.apply(added(11))).toBe(false)
    expect(timeline.apply(edited(2, 12, 'edited'))).toBe(true)
    expect(seqs(timeline)).toEqual([1, 2, 3, 4])
    timeline.replace([message(11), message(10)], false)
    expect(timeline.detached).toBe(false)
    expect(seqs(timeline)).toEqual([10, 11])
  })
})

test('any order of the same changes and pages gives the same end', () => {
  const changes = [
    added(6),
    edited(3, 7, 'x'),
    edited(6, 8, 'y'),
    deleted(4, 9),
    edited(3, 10, 'z'),
    added(11),
    edited(2, 12, 'w'),
  ]
  const older = [message(3), message(2), message(1)]
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...changes, ...changes], { minLength: 2 * changes.length, maxLength: 2 * changes.length }),
      fc.integer({ min: 0, max: changes.length }),
      (order, pageAt) => {
        const timeline = timelineOf([message(5), message(4)])
        order.forEach((change, index) => {
          if (index === pageAt) timeline.mergeOlder(older, true)
          timeline.apply(change)
        })
        expect(seqs(timeline)).toEqual([1, 2, 3, 4, 5, 6, 11])
        expect(timeline.messages.map((each) => each.content)).toEqual([
          'message 1',
          'w',
          'z',
          '',
          'message 5',
          'y',
          'message 11',
        ])
        expect(timeline.messages[3]?.deleted).toBe(true)
      },
    ),
    { seed: 3, numRuns: 500 },
  )
})
