import type { ChannelId } from '@glasshouse/kernel'
import { assert } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import type { StoredMembership } from './ports.ts'
import { memberChanged, ownMembershipChanged, usersOfChannels } from './wire.ts'

/**
 * After the commit: tells those who watch the channel, and each person in their own stream. What is lost on this way is told by the
 * relay.
 */
export async function announceMemberships(
  { ports, names, listeners, pokeRelay }: ChatContext,
  channelId: ChannelId,
  changes: readonly StoredMembership[],
): Promise<void> {
  if (changes.length === 0) return
  pokeRelay()
  if (!listeners.wantsChanges) return
  const found = await ports.channels.find(channelId, undefined)
  assert(found !== undefined, 'a channel with members is there')
  const { channel } = found
  const people = usersOfChannels([channel])
  for (const { userId } of changes) people.add(userId)
  const naming = { settings: ports.settings, nameOf: await names.find(people) }
  for (const change of changes) {
    listeners.change(memberChanged(channel, change, naming.nameOf(change.userId)))
    const own = { ...change, changedSeq: change.userSeq }
    listeners.change(ownMembershipChanged(channel, own, naming))
  }
}
