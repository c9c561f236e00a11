import type { Caller, Failure } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'
import { decideRemove } from '../domain/membership.ts'
import { changeMembership, type NamedMember } from './change-membership.ts'
import type { ChatContext } from './context.ts'

/** Removes somebody from a channel, or leaves it oneself. A private channel that nobody is in any more is archived. */
export async function removeMember(
  context: ChatContext,
  caller: Caller | undefined,
  named: NamedMember,
): Promise<Result<undefined, Failure>> {
  const changed = await changeMembership(context, caller, {
    ...named,
    decide: (facts, rights) => decideRemove(facts, rights, named.userId),
  })
  return changed.ok ? ok(undefined) : changed
}
