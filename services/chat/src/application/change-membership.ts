/** What the three use cases about a member have in common: who asks, what the facts allow, and who is told. */
import { failure, may, mayInChannel, type Caller, type Failure, type Member } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { isLobby } from '../domain/lobby.ts'
import type { ChannelFacts, MembershipDecision, MembershipFault, MembershipRights } from '../domain/membership.ts'
import { announceMemberships } from './announce-memberships.ts'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import type { StoredMembershipChanges } from './ports.ts'
import { explainRestriction } from './explain-restriction.ts'
import { toMember } from './wire.ts'

export interface NamedMember {
  readonly channelId: ChannelId
  readonly userId: UserId
}

type Decide = (facts: ChannelFacts, rights: MembershipRights) => Result<MembershipDecision, MembershipFault>

/** Changes what was decided by the facts of the moment, and tells all whom it concerns. */
export async function changeMembership(
  context: ChatContext,
  caller: Caller | undefined,
  change: NamedMember & { readonly decide: Decide },
): Promise<Result<StoredMembershipChanges, Failure>> {
  const permitted = requirePermission(caller, 'member.change')
  if (!permitted.ok) return permitted
  const { channelId, userId, decide } = change
  const rights = rightsOf(permitted.value, channelId)
  const changed = await context.ports.members.change(channelId, [userId, permitted.value.userId], (facts) =>
    decide(facts, rights),
  )
  if (changed === undefined) return err(failure('not_found'))
  if (!changed.ok) {
    if (changed.error !== 'banned') return err(toMembershipFailure(changed.error))
    const isSelf = userId === permitted.value.userId
    return err(await explainRestriction(context, { channelId, userId }, { kind: 'banned', isSelf }))
  }
  await announceMemberships(context, channelId, changed.value.changes)
  return changed
}

/** The member as they are now; whoever has left meanwhile is none. */
export async function readMember(
  { ports, names }: ChatContext,
  { channelId, userId }: NamedMember,
): Promise<Result<Member, Failure>> {
  const member = await ports.members.find(channelId, userId)
  if (member === undefined) return err(failure('not_found'))
  return ok(toMember(member, (await names.find(new Set([userId])))(userId)))
}

export function rightsOf({ userId, role }: Caller, channelId: ChannelId): MembershipRights {
  return {
    actorId: userId,
    seesPublic: may(role, 'channel.read_public') || isLobby(channelId),
    joinsPublic: may(role, 'member.join_public'),
    administersPublic: may(role, 'channel.administer_public'),
    may: mayInChannel,
  }
}

export function toMembershipFailure(fault: MembershipFault): Failure {
  switch (fault) {
    case 'hidden':
    case 'not_a_member':
      return failure('not_found')
    case 'not_allowed':
      return failure('permission.denied', { message: 'Your role in this channel does not allow this.' })
    case 'archived':
      return failure('channel.archived')
    case 'banned':
      return failure('channel.banned')
    case 'fixed':
      return failure('channel.fixed')
    case 'last_owner':
      return failure('channel.last_owner')
  }
}
