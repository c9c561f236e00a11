import { isLobby, type LobbyAccess } from './lobby.ts'
import type { ChannelId } from '@glasshouse/kernel'

/**
 * Everybody in the house can find a public channel; all others do not exist for those outside them. A direct or group channel has no
 * name and keeps its people.
 */
export type ChannelType = 'public' | 'private' | 'direct' | 'group'

export function isConversation(type: ChannelType): boolean {
  return type === 'direct' || type === 'group'
}

/** Which way somebody stands to a channel. */
export interface ChannelStanding {
  readonly type: ChannelType
  readonly isMember: boolean
}

/** What the permission table grants to somebody, as far as reading channels goes. */
export interface ReaderRights {
  readonly signedIn: boolean
  readonly readPublicChannels: boolean
  readonly readOwnChannels: boolean
  readonly readLobby: boolean
}

export type ReadDecision = 'allowed' | 'sign_in' | 'hidden'

/**
 * Whether somebody may read a channel; undefined when there is none. Who has not signed in learns nothing of what exists, only that
 * signing in may help.
 */
export function decideRead(
  rights: ReaderRights,
  channel: { readonly id: ChannelId; readonly standing: ChannelStanding | undefined },
  lobbyAccess: LobbyAccess,
): ReadDecision {
  const { id, standing } = channel
  if (!rights.signedIn && !(isLobby(id) && rights.readLobby && lobbyAccess !== 'off')) return 'sign_in'
  if (standing === undefined) return 'hidden'
  if (standing.isMember && rights.readOwnChannels) return 'allowed'
  const isOpen = standing.type === 'public' && (rights.readPublicChannels || (isLobby(id) && rights.readLobby))
  return isOpen ? 'allowed' : 'hidden'
}
