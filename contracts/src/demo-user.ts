import type { UserId } from '@glasshouse/kernel'

/**
 * In whose name visitors who have not signed in write in the Lobby, with `LOBBY_ACCESS=demo`. The same in every house, as the Lobby is:
 * identity keeps the account, chat writes in its name, and nobody signs in as it.
 */
export const DEMO_USER_ID = '01900000-0000-7000-8000-000000000002' as UserId
export const DEMO_USERNAME = 'demo-bot'
export const DEMO_DISPLAY_NAME = 'Demo Bot'
