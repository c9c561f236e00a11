import {
  UNREAD_SEQS_MAX,
  type ChangeFrame,
  type Unread,
  type UnreadChannel,
  type UnreadThread,
} from '@glasshouse/contracts'
import { describe, expect, test } from 'vitest'
import { change, CHANNEL, USER } from './live-peer.contract.ts'
import { UnreadCounts } from './unread-counts.ts'

const ME = '0197a5c0-0000-7000-8000-0000000000a9'
const OWN = `user:${ME}` as const
const ROOT = '0197a5c0-0000-7000-9000-000000000003'

const counted: UnreadChannel = {
  channel_id: CHANNEL,
  head: 6,
  read_seq: 3,
  mark: null,
  muted: false,
  favourite: false,
  section: null,
  unread: [4, 6],
  mentions: [6],
}
const thread: UnreadThread = {
  channel_id: CHANNEL,
  thread_id: ROOT,
  head: 6,
  read_seq: 3,
  mark: null,
  unread: [5],
  mentions: [],
}

function countsOf(fields: Partial<UnreadChannel> = {}, threads: readonly UnreadThread[] = []): UnreadCounts {
  const counts = new UnreadCounts(ME)
  counts.replace(readOf(fields, threads))
  return counts
}

function readOf(fields: Partial<UnreadChannel> = {}, threads: readonly UnreadThread[] = []): Unread {
  return { stream: OWN, seq: 10, channels: [{ ...counted, ...fields }], threads: [...threads], group_ids: ['crew'] }
}

function own(changedSeq: number, fields: Partial<UnreadChannel> = {}): ChangeFrame {
  const { head: _head, unread: _unread, mentions: _mentions, ...kept } = { ...counted, ...fields }
  return { type: 'own_channel_changed', stream: OWN, changed_seq: changedSeq, ...kept }
}

const unreadIn = (counts: UnreadCounts): unknown => counts.channel(CHANNEL)?.unread

describe('what is unread', () => {
  test('U1: is the read, and what the streams have brought since', () => {
    const counts = countsOf()
    expect(counts.stale).toBe(false)
    expect(counts.total).toEqual({ unread: 2, mentions: 1 })
    expect(counts.apply({ ...change(7), mentions: [{ kind: 'group', name: 'crew', id: 'crew' }] })).toBe(true)
    expect(counts.channel(CHANNEL)).toMatchObject({ unread: [4, 6, 7], mentions: [6, 7] })
    expect(counts.apply({ ...change(8), user_id: ME })).toBe(false)
    const { content: _content, status: _status, ...left } = change(4)
    expect(counts.apply({ ...left, type: 'message_deleted', changed_seq: 9 })).toBe(true)
    expect(unreadIn(counts)).toEqual([6, 7])
    expect(counts.apply(own(11, { read_seq: 6 }))).toBe(true)
    expect(counts.channel(CHANNEL)).toMatchObject({ unread: [7], mentions: [7], read_seq: 6 })
    expect(counts.headOf(CHANNEL)).toBe(9)
  })

  test('U1: an edit may call somebody, and may no longer', () => {
    const counts = countsOf()
    const edited = { ...change(4), type: 'message_updated' as const }
    counts.apply({ ...edited, changed_seq: 7, mentions: [{ kind: 'user', name: 'me', id: ME }] })
    expect(counts.channel(CHANNEL)?.mentions).toEqual([4, 6])
    counts.apply({ ...edited, changed_seq: 8, mentions: [{ kind: 'user', name: 'ada', id: USER }] })
    expect(counts.channel(CHANNEL)?.mentions).toEqual([6])
  })

  test('U1: replies are counted in the threads that one follows, and nowhere else', () => {
    const counts = countsOf({}, [thread])
    counts.apply({ ...change(7), thread_id: ROOT })
    counts.apply({ ...change(8), thread_id: '0197a5c0-0000-7000-9000-000000000001' })
    expect(counts.thread(ROOT)?.unread).toEqual([5, 7])
    expect(unreadIn(counts)).toEqual([4, 6])
    const { head: _head, unread: _unread, mentions: _mentions, ...kept } = thread
    const changed = { type: 'own_thread_changed' as const, stream: OWN, ...kept }
    counts.apply({ ...changed, changed_seq: 11, following: false })
    expect(counts.thread(ROOT)).toBeUndefined()
    // Who replies has read up to there.
    counts.apply({ ...changed, changed_seq: 12, following: true, read_seq: 9 })
    expect(counts.thread(ROOT)?.unread).toEqual([])
    expect(counts.stale).toBe(false)
  })

  test('U1: what is muted is in no total, but for mentions', () => {
    const counts = countsOf({}, [thread])
    expect(counts.total).toEqual({ unread: 3, mentions: 1 })
    counts.apply(own(11, { muted: true }))
    expect(counts.total).toEqual({ unread: 0, mentions: 1 })
  })

  test('U2: what is known already is no news', () => {
    const counts = countsOf()
    expect(counts.apply(change(6))).toBe(false)
    expect(counts.apply(own(10, { read_seq: 6 }))).toBe(false)
    expect(counts.apply({ ...change(7), channel_id: USER, stream: `channel:${USER}` })).toBe(false)
    expect(unreadIn(counts)).toEqual([4, 6])
  })

  test('U3: a mark that goes back, a full list that shrinks, and a channel that one joins must be read again', () => {
    const marked = countsOf({ read_seq: 6, unread: [], mentions: [] })
    marked.apply(own(11, { read_seq: 6, mark: { seq: 4, at: 11 } }))
    expect(marked.stale).toBe(true)
    marked.replace(readOf({ mark: { seq: 4, at: 11 }, read_seq: 6 }))
    expect(marked.stale).toBe(false)

    const full = countsOf({ head: 300, unread: Array.from({ length: UNREAD_SEQS_MAX }, (_, index) => 10 + index) })
    expect(full.apply({ ...change(301) })).toBe(false)
    full.apply(own(11, { read_seq: 10 }))
    expect(full.stale).toBe(true)
    const all = countsOf({ head: 300, unread: Array.from({ length: UNREAD_SEQS_MAX }, (_, index) => 10 + index) })
    all.apply(own(11, { read_seq: 300 }))
    expect([all.stale, unreadIn(all)]).toEqual([false, []])

    const joined = countsOf()
    joined.apply(own(11, { channel_id: USER }))
    expect(joined.stale).toBe(true)
  })

  test('U4: what comes while it is read is counted after it', () => {
    const counts = countsOf()
    counts.beginRead()
    counts.apply(change(7))
    counts.apply(change(8))
    counts.replace(readOf({ head: 7, unread: [4, 6, 7] }))
    expect(unreadIn(counts)).toEqual([4, 6, 7, 8])
    expect(counts.headOf(CHANNEL)).toBe(8)
    counts.beginRead()
    counts.endRead()
    expect(counts.stale).toBe(true)
  })
})
