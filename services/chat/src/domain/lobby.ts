import type { ChannelId } from '@glasshouse/kernel'

/** The room that every visitor finds first. Made at the first start, the same in every house, so that links to it are known. */
export const LOBBY_ID = '01900000-0000-7000-8000-000000000001' as ChannelId
export const LOBBY_NAME = 'lobby'

/** Whether anonymous visitors may read the Lobby, or are asked to sign in. */
export type LobbyAccess = 'read' | 'off'

export function isLobby(channelId: ChannelId): boolean {
  return channelId === LOBBY_ID
}
