import { isLobby, type LobbyAccess } from './lobby.ts'
import type { ChannelId } from '@glasshouse/kernel'

/** What the permission table grants to somebody, as far as reading channels goes. */
export interface ReaderRights {
  readonly signedIn: boolean
  readonly readPublicChannels: boolean
  readonly readLobby: boolean
}

export type ReadDecision = 'allowed' | 'sign_in' | 'hidden'

/** Whether somebody may read a public channel. Who has not signed in learns nothing of what exists, only that signing in may help. */
export function decideRead(rights: ReaderRights, channelId: ChannelId, lobbyAccess: LobbyAccess): ReadDecision {
  if (rights.readPublicChannels) return 'allowed'
  if (isLobby(channelId) && rights.readLobby && (rights.signedIn || lobbyAccess === 'read')) return 'allowed'
  return rights.signedIn ? 'hidden' : 'sign_in'
}
