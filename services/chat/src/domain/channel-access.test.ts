import { newId, type ChannelId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { decideRead } from './channel-access.ts'
import { LOBBY_ID } from './lobby.ts'

const staff = { signedIn: true, readPublicChannels: true, readOwnChannels: true, readLobby: true }
const guest = { ...staff, readPublicChannels: false }
const anonymous = { signedIn: false, readPublicChannels: false, readOwnChannels: false, readLobby: true }
const room = newId<ChannelId>()

test.each([
  { who: 'staff', rights: staff, channel: room, access: 'off', decision: 'allowed' },
  { who: 'staff', rights: staff, channel: LOBBY_ID, access: 'off', decision: 'allowed' },
  { who: 'a guest', rights: guest, channel: room, access: 'read', decision: 'hidden' },
  { who: 'a guest', rights: guest, channel: LOBBY_ID, access: 'off', decision: 'allowed' },
  { who: 'a visitor', rights: anonymous, channel: room, access: 'read', decision: 'sign_in' },
  { who: 'a visitor', rights: anonymous, channel: LOBBY_ID, access: 'read', decision: 'allowed' },
  { who: 'a visitor', rights: anonymous, channel: room, access: 'demo', decision: 'sign_in' },
  { who: 'a visitor', rights: anonymous, channel: LOBBY_ID, access: 'demo', decision: 'allowed' },
  { who: 'a visitor', rights: anonymous, channel: LOBBY_ID, access: 'off', decision: 'sign_in' },
] as const)('AC-1: $who, LOBBY_ACCESS=$access: $decision', ({ rights, channel, access, decision }) => {
  const standing = { type: 'public', isMember: false } as const
  expect(decideRead(rights, { id: channel, standing }, access)).toBe(decision)
})

test.each([
  ['staff', staff, 'private', false, 'hidden'],
  ['staff', staff, 'private', true, 'allowed'],
  ['a guest', guest, 'private', false, 'hidden'],
  ['a guest', guest, 'private', true, 'allowed'],
  ['a guest', guest, 'public', true, 'allowed'],
  ['a visitor', anonymous, 'private', false, 'sign_in'],
] as const)('AC-2: %s, %o, %s, member %s: %s', (_who, rights, type, isMember, decision) => {
  expect(decideRead(rights, { id: room, standing: { type, isMember } }, 'read')).toBe(decision)
})

test('AC-2: a channel that is not there looks as one that is hidden', () => {
  expect(decideRead(staff, { id: room, standing: undefined }, 'read')).toBe('hidden')
  expect(decideRead(anonymous, { id: room, standing: undefined }, 'read')).toBe('sign_in')
})
