/** What may become of the members of a channel. The facts are those of one moment, under the lock of the channel's head. */
import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import { isConversation, type ChannelType } from './channel-access.ts'

export type ChannelRole = 'owner' | 'moderator' | 'member'

export interface ChannelFacts {
  readonly type: ChannelType
  readonly archived: boolean
  readonly memberCount: number
  readonly ownerCount: number
  /** The roles of those whom the change is about, and of who asks for it; whoever is missing is no member. */
  readonly roles: ReadonlyMap<UserId, ChannelRole>
  /** Of the same people those who must not come in now. */
  readonly banned: ReadonlySet<UserId>
}

export interface MembershipChange {
  readonly userId: UserId
  readonly membership: 'joined' | 'left'
  /** What they are from then on; `member` for who left. */
  readonly role: ChannelRole
}

/** Empty when nothing has to change. */
export interface MembershipDecision {
  readonly changes: readonly MembershipChange[]
  /** Nobody is left who could find it. */
  readonly archives?: true
}

export type MembershipFault =
  /** For who asks there is no such channel. */
  | 'hidden'
  | 'not_allowed'
  | 'not_a_member'
  | 'archived'
  | 'banned'
  /** A conversation keeps its people, and the Lobby its name. */
  | 'fixed'
  /** A private channel would be without an owner. */
  | 'last_owner'

export type ChannelAction =
  'channel.edit' | 'channel.archive' | 'member.add' | 'member.remove' | 'member.set_role' | 'member.restrict'

/** What who asks may do here: by their role in the channel, and by the house's. */
export interface MembershipRights {
  readonly actorId: UserId
  /** May see a public channel without being in it. */
  readonly seesPublic: boolean
  readonly joinsPublic: boolean
  /** Has an owner's rights in public channels. */
  readonly administersPublic: boolean
  may(role: ChannelRole | undefined, what: ChannelAction): boolean
}

type Decision = Result<MembershipDecision, MembershipFault>

const NOTHING: MembershipDecision = { changes: [] }

export function decideAdd(facts: ChannelFacts, rights: MembershipRights, userId: UserId): Decision {
  const acting = actingRole(facts, rights)
  if (!acting.ok) return acting
  if (isConversation(facts.type)) return facts.roles.has(userId) ? ok(NOTHING) : err('fixed')
  const isSelf = userId === rights.actorId
  const isAllowed =
    isSelf && facts.type === 'public'
      ? rights.joinsPublic || facts.roles.has(userId)
      : rights.may(acting.value, 'member.add')
  if (!isAllowed) return err('not_allowed')
  if (facts.roles.has(userId)) return ok(NOTHING)
  if (facts.archived) return err('archived')
  if (facts.banned.has(userId)) return err('banned')
  return ok({ changes: [{ userId, membership: 'joined', role: 'member' }] })
}

export function decideRole(
  facts: ChannelFacts,
  rights: MembershipRights,
  wanted: { readonly userId: UserId; readonly role: ChannelRole },
): Decision {
  const { userId, role } = wanted
  const acting = actingRole(facts, rights)
  if (!acting.ok) return acting
  if (isConversation(facts.type)) return err('fixed')
  if (!rights.may(acting.value, 'member.set_role')) return err('not_allowed')
  const before = facts.roles.get(userId)
  if (before === undefined) return err('not_a_member')
  if (before === role) return ok(NOTHING)
  if (facts.archived) return err('archived')
  if (before === 'owner' && keepsAnOwner(facts)) return err('last_owner')
  return ok({ changes: [{ userId, membership: 'joined', role }] })
}

export function decideRemove(facts: ChannelFacts, rights: MembershipRights, userId: UserId): Decision {
  const acting = actingRole(facts, rights)
  if (!acting.ok) return acting
  if (isConversation(facts.type)) return err('fixed')
  const before = facts.roles.get(userId)
  const isSelf = userId === rights.actorId
  // A moderator is no judge of other moderators.
  const isAllowed = isSelf || (rights.may(acting.value, 'member.remove') && outranks(acting.value, before))
  if (!isAllowed) return err('not_allowed')
  if (before === undefined) return err('not_a_member')
  const changes: MembershipChange[] = [{ userId, membership: 'left', role: 'member' }]
  if (facts.type !== 'private') return ok({ changes })
  if (facts.memberCount === 1) return ok({ changes, archives: true })
  return before === 'owner' && keepsAnOwner(facts) ? err('last_owner') : ok({ changes })
}

/** Public ones can do without: administrators have an owner's rights there. */
function keepsAnOwner({ type, ownerCount }: ChannelFacts): boolean {
  return type === 'private' && ownerCount === 1
}

/** What who asks is here; refuses when for them there is no such channel. */
export function actingRole(
  facts: Pick<ChannelFacts, 'type' | 'roles'>,
  rights: MembershipRights,
): Result<ChannelRole | undefined, MembershipFault> {
  const role = facts.roles.get(rights.actorId)
  if (facts.type === 'public' && rights.administersPublic) return ok('owner')
  if (role === undefined && (facts.type !== 'public' || !rights.seesPublic)) return err('hidden')
  return ok(role)
}

const RANKS: Readonly<Record<ChannelRole, number>> = { member: 0, moderator: 1, owner: 2 }

function outranks(role: ChannelRole | undefined, other: ChannelRole | undefined): boolean {
  return role === 'owner' || (role !== undefined && other !== undefined && RANKS[role] > RANKS[other])
}
