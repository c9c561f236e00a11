import { DEMO_USER_ID, type Caller, type ChannelRole, type Failure, type Member } from '@glasshouse/contracts'
import { err, type Result } from '@glasshouse/kernel'
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
    decide: (facts, rights) => {
      const decided = decideRole(facts, rights, wanted)
      // Whoever comes along acts as the demo user.
      return decided.ok && decided.value.changes.length > 0 && wanted.userId === DEMO_USER_ID ? err('fixed') : decided
    },
  })
  return changed.ok ? readMember(context, wanted) : changed
}
