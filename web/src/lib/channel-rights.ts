import { mayInChannel, type Channel, type ChannelRole, type User } from '@glasshouse/contracts'
import { isConversation } from './channel-title.ts'

export interface ChannelRights {
  /** What one acts as: administrators as owners in public channels. */
  readonly role: ChannelRole | undefined
  readonly edit: boolean
  readonly archive: boolean
  readonly add: boolean
  readonly remove: boolean
  readonly setRole: boolean
  /** Says whether new accounts join it. */
  readonly setDefault: boolean
  readonly leave: boolean
}

/** What the one who looks may do with a channel; the server decides. */
export function channelRights(channel: Pick<Channel, 'type' | 'role' | 'joined'>, user: User | null): ChannelRights {
  const acts = user?.role === 'admin' && channel.type === 'public' ? 'owner' : (channel.role ?? undefined)
  const role = user === null || isConversation(channel) ? undefined : acts
  return {
    role,
    edit: mayInChannel(role, 'channel.edit'),
    archive: mayInChannel(role, 'channel.archive'),
    add: mayInChannel(role, 'member.add'),
    remove: mayInChannel(role, 'member.remove'),
    setRole: mayInChannel(role, 'member.set_role'),
    setDefault: user?.role === 'admin' && channel.type === 'public',
    leave: channel.joined && !isConversation(channel),
  }
}
