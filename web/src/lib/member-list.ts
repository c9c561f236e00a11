import { mayInChannel, type ChangeFrame, type ChannelRole, type Member } from '@glasshouse/contracts'

export type MemberChange = Extract<ChangeFrame, { type: 'member_changed' }>

/** The members as they were read, with what the channel's stream has brought since: owners first, then moderators, then by name. */
export function currentMembers(read: readonly Member[], changes: ReadonlyMap<string, MemberChange>): Member[] {
  const members = new Map(read.map((member) => [member.user_id, member]))
  for (const change of changes.values()) {
    const known = members.get(change.user_id)
    if (known !== undefined && known.changed_seq >= change.changed_seq) continue
    if (change.role === null) members.delete(change.user_id)
    else members.set(change.user_id, { ...(known ?? { joined_at: '' }), ...memberOf(change, change.role) })
  }
  return [...members.values()].toSorted(
    (a, b) => RANKS[a.role] - RANKS[b.role] || a.display_name.localeCompare(b.display_name, 'en'),
  )
}

const RANKS = { owner: 0, moderator: 1, member: 2 } as const

function memberOf(change: MemberChange, role: Member['role']): Omit<Member, 'joined_at'> {
  const { user_id, username, display_name, changed_seq } = change
  return { user_id, username, display_name, role, changed_seq }
}

/** Whether who has this role may mute or ban that member, as far as the page can tell: the server knows who is an administrator. */
export function mayRestrict(role: ChannelRole | undefined, isAdmin: boolean, member: Pick<Member, 'role'>): boolean {
  if (role === undefined || !mayInChannel(role, 'member.restrict')) return false
  return isAdmin || RANKS[role] < RANKS[member.role]
}
