import { DEMO_DISPLAY_NAME, DEMO_USER_ID, DEMO_USERNAME } from '@glasshouse/contracts'
import type { IdentityPorts } from './ports.ts'

/**
 * The account in whose name visitors write. Made once, safe to call at each start; it stays when visitors may write no more, since what
 * they wrote has its name.
 */
export async function ensureDemoUser({ accounts, clock }: Pick<IdentityPorts, 'accounts' | 'clock'>): Promise<void> {
  const account = { id: DEMO_USER_ID, username: DEMO_USERNAME, displayName: DEMO_DISPLAY_NAME }
  await accounts.ensureHouseAccount(account, clock.nowMs())
}
