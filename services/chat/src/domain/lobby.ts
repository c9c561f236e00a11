import type { ChannelId } from '@glasshouse/kernel'

/** The room that every visitor finds first. Made at the first start, the same in every house, so that links to it are known. */
export const LOBBY_ID = '01900000-0000-7000-8000-000000000001' as ChannelId
export const LOBBY_NAME = 'lobby'

/** Whether anonymous visitors may write in the Lobby as the demo user, or read it only, or are asked to sign in. */
export type LobbyAccess = 'demo' | 'read' | 'off'

export function isLobby(channelId: ChannelId): boolean {
  return channelId === LOBBY_ID
}
