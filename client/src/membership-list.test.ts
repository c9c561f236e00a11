import type { ChangeFrame, Channel } from '@glasshouse/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MembershipList } from './membership-list.ts'

const ME = '0197a5c0-0000-7000-8000-0000000000aa'
const idOf = (index: number): string => `0197a5c0-0000-7000-8000-00000000000${index}`

function channel(index: number, fields: Partial<Channel> = {}): Channel {
  return {
    id: idOf(index),
    type: 'private',
    name: `room ${9 - index}`,
    topic: '',
    description: '',
    archived: false,
    is_default: false,
    moderation: 'off',
    is_lobby: false,
    rate_limit: { count: 50, window_s: 10 },
    created_by: null,
    created_at: '2026-11-20T09:30:00.000Z',
    changed_seq: 1,
    joined: true,
    role: 'member',
    member_count: 1,
    ...fields,
  }
}

function joined(index: number, changedSeq: number, fields: Partial<Channel> = {}): ChangeFrame {
  const shown = channel(index, fields)
  return { ...left(index, changedSeq), membership: 'joined', role: shown.role, channel: shown }
}

function left(index: number, changedSeq: number): ChangeFrame & { type: 'member_changed' } {
  return {
    type: 'member_changed',
    stream: `user:${ME}`,
    channel_id: idOf(index),
    changed_seq: changedSeq,
    user_id: ME,
    username: 'ada',
    display_name: 'Ada',
    membership: 'left',
    role: null,
    channel_type: 'private',
  }
}

const names = (list: MembershipList): string[] => list.channels.map(({ name }) => name)

describe("the list of one's channels", () => {
  test('M1: is the snapshot and what changed since: the Lobby first, then by name', () => {
    const list = new MembershipList()
    list.replace({ items: [channel(1), channel(2), channel(3, { name: 'lobby', is_lobby: true })], seq: 3 })
    expect(names(list)).toEqual(['lobby', 'room 7', 'room 8'])
    expect(list.apply(joined(4, 4))).toBe(true)
    expect(list.apply(left(2, 5))).toBe(true)
    expect(list.apply(joined(1, 6, { role: 'owner', name: 'a room' }))).toBe(true)
    expect(names(list)).toEqual(['lobby', 'a room', 'room 5'])
    expect(list.get(idOf(1))?.role).toBe('owner')
    expect(list.get(idOf(2))).toBeUndefined()
  })

  test('M2: what is known already, what the snapshot has, and what is of another stream is no news', () => {
    const list = new MembershipList()
    list.replace({ items: [channel(1)], seq: 3 })
    expect(list.apply(left(1, 3))).toBe(false)
    expect(list.apply(joined(2, 2))).toBe(false)
    expect(list.apply({ ...left(1, 9), stream: `channel:${idOf(1)}` })).toBe(false)
    expect(list.apply(left(1, 4))).toBe(true)
    expect(list.apply(left(1, 4))).toBe(false)
    expect(list.channels).toEqual([])
  })

  test('M2: a list that did not change is the same list', () => {
    const list = new MembershipList()
    list.replace({ items: [channel(1)], seq: 1 })
    const before = list.channels
    list.apply(left(1, 1))
    expect(list.channels).toBe(before)
  })

  test('M3: after a reset the snapshot is all that counts', () => {
    const list = new MembershipList()
    list.replace({ items: [channel(1)], seq: 1 })
    list.apply(left(1, 5))
    list.replace({ items: [channel(1), channel(2)], seq: 9 })
    expect(list.apply(left(2, 8))).toBe(false)
    expect(names(list)).toEqual(['room 7', 'room 8'])
  })

  test('M1 M2 M3: whatever comes twice, late or after a new snapshot, it ends as a fresh read does', () => {
    const action = fc.record({ channel: fc.nat(4), leaves: fc.boolean() })
    const delivery = fc.record({ at: fc.nat(100), snapshot: fc.integer({ min: 0, max: 6 }) })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), fc.array(delivery, { maxLength: 80 }), (actions, deliveries) => {
        // What `changes` would show: the last of each channel; and live, all of them.
        const frames = actions.map(({ channel: index, leaves }, at) =>
          leaves ? left(index, at + 1) : joined(index, at + 1, { member_count: at }),
        )
        const stateAt = (seq: number): Channel[] => {
          const last = new Map(
            frames.slice(0, seq).map((frame) => [frame.type === 'member_changed' ? frame.channel_id : '', frame]),
          )
          return [...last.values()].flatMap((frame) => (frame.type === 'member_changed' ? (frame.channel ?? []) : []))
        }
        const list = new MembershipList()
        list.replace({ items: [], seq: 0 })
        let known = 0
        for (const { at, snapshot } of deliveries) {
          const seq = frames.length === 0 ? 0 : at % (frames.length + 1)
          const frame = frames[seq - 1]
          // A snapshot is never older than what it replaces: the stream goes on from it.
          if (snapshot === 0 && seq >= known) list.replace({ items: stateAt((known = seq)), seq })
          else if (frame !== undefined) list.apply(frame)
        }
        for (const frame of frames.slice(known)) list.apply(frame)
        const fresh = new MembershipList()
        fresh.replace({ items: stateAt(frames.length), seq: frames.length })
        expect(list.channels).toEqual(fresh.channels)
      }),
      { numRuns: 500 },
    )
  })
})
