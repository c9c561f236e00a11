import type { Member } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { currentMembers, mayRestrict, type MemberChange } from './member-list.ts'

const member = (name: string, role: Member['role'], changedSeq: number): Member => ({
  user_id: name,
  username: name,
  display_name: name,
  role,
  joined_at: '2026-11-20T09:30:00.000Z',
  changed_seq: changedSeq,
})

const change = (name: string, role: Member['role'] | null, changedSeq: number): [string, MemberChange] => [
  name,
  {
    type: 'member_changed',
    stream: 'channel:c',
    channel_id: 'c',
    changed_seq: changedSeq,
    user_id: name,
    username: name,
    display_name: name,
    membership: role === null ? 'left' : 'joined',
    role,
    channel_type: 'private',
  },
]

test('members are as the stream left them: owners first, then moderators, then by name', () => {
  const read = [
    member('zoe', 'member', 2),
    member('ann', 'member', 3),
    member('mia', 'owner', 4),
    member('old', 'member', 5),
  ]
  const changes = new Map([change('zoe', 'moderator', 7), change('old', null, 8), change('new', 'member', 9)])
  expect(currentMembers(read, changes).map(({ username, role }) => [username, role])).toEqual([
    ['mia', 'owner'],
    ['zoe', 'moderator'],
    ['ann', 'member'],
    ['new', 'member'],
  ])
})

test('what was read after a change knows it already', () => {
  const changes = new Map([change('ann', null, 3), change('zoe', 'owner', 4)])
  const now = currentMembers([member('ann', 'member', 6), member('zoe', 'member', 5)], changes)
  expect(now.map(({ username, role }) => [username, role])).toEqual([
    ['ann', 'member'],
    ['zoe', 'member'],
  ])
})

test.each([
  ['owner', false, 'moderator', true],
  ['owner', false, 'owner', false],
  ['moderator', false, 'member', true],
  ['moderator', false, 'moderator', false],
  ['member', false, 'member', false],
  [undefined, false, 'member', false],
  ['owner', true, 'owner', true],
] as const)('%s (administrator: %s) may mute a %s: %s', (role, isAdmin, theirs, expected) => {
  expect(mayRestrict(role, isAdmin, { role: theirs })).toBe(expected)
})
