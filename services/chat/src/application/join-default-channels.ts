import type { UserEvent } from '@glasshouse/contracts'
import { ok, parseId, type UserId } from '@glasshouse/kernel'
import { announceMemberships } from './announce-memberships.ts'
import type { ChatContext } from './context.ts'

/**
 * A new account joins the channels that are set for it; guests and programs do not. Told twice, nothing happens twice: whoever was in
 * such a channel once, and left it, stays out.
 */
export async function joinDefaultChannels(context: ChatContext, event: UserEvent): Promise<void> {
  if (event.event_type !== 'user_created' || event.bot || event.role === 'guest') return
  const userId = parseId<UserId>(event.user_id)
  if (userId === undefined) return
  const { channels, members } = context.ports
  for (const channelId of await channels.defaultsNeverJoined(userId)) {
    const joined = await members.change(channelId, [userId], (facts) => {
      const staysOut = facts.archived || facts.roles.has(userId) || facts.banned.has(userId)
      return ok({ changes: staysOut ? [] : [{ userId, membership: 'joined', role: 'member' }] })
    })
    if (joined?.ok === true) await announceMemberships(context, channelId, joined.value.changes)
  }
}
