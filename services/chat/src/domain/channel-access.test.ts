import { newId, type ChannelId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { decideRead } from './channel-access.ts'
import { LOBBY_ID } from './lobby.ts'

const staff = { signedIn: true, readPublicChannels: true, readLobby: true }
const guest = { signedIn: true, readPublicChannels: false, readLobby: true }
const anonymous = { signedIn: false, readPublicChannels: false, readLobby: true }
const room = newId<ChannelId>()

test.each([
  { who: 'staff', rights: staff, channel: room, access: 'off', decision: 'allowed' },
  { who: 'staff', rights: staff, channel: LOBBY_ID, access: 'off', decision: 'allowed' },
  { who: 'a guest', rights: guest, channel: room, access: 'read', decision: 'hidden' },
  { who: 'a guest', rights: guest, channel: LOBBY_ID, access: 'off', decision: 'allowed' },
  { who: 'a visitor', rights: anonymous, channel: room, access: 'read', decision: 'sign_in' },
  { who: 'a visitor', rights: anonymous, channel: LOBBY_ID, access: 'read', decision: 'allowed' },
  { who: 'a visitor', rights: anonymous, channel: LOBBY_ID, access: 'off', decision: 'sign_in' },
] as const)('AC-1: $who, LOBBY_ACCESS=$access: $decision', ({ rights, channel, access, decision }) => {
  expect(decideRead(rights, channel, access)).toBe(decision)
})
