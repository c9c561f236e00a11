import type { Caller, ChannelRole, Failure, Member } from '@glasshouse/contracts'
import type { Result } from '@glasshouse/kernel'
import { decideRole } from '../domain/membership.ts'
import { changeMembership, readMember, type NamedMember } from './change-membership.ts'
import type { ChatContext } from './context.ts'

export async function changeMemberRole(
  context: ChatContext,
  caller: Caller | undefined,
  wanted: NamedMember & { readonly role: ChannelRole },
): Promise<Result<Member, Failure>> {
  const changed = await changeMembership(context, caller, {
    ...wanted,
    decide: (facts, rights) => decideRole(facts, rights, wanted),
  })
  return changed.ok ? readMember(context, wanted) : changed
}
