import type { Caller, Failure, Member } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'
import { decideAdd } from '../domain/membership.ts'
import { changeMembership, readMember, type NamedMember } from './change-membership.ts'
import type { ChatContext } from './context.ts'
import { findPeopleToAdd } from './find-people.ts'

/** Adds somebody to a channel, or joins a public one oneself. Whoever is in it already stays as they are. */
export async function putMember(
  context: ChatContext,
  caller: Caller | undefined,
  named: NamedMember,
): Promise<Result<{ readonly member: Member; readonly added: boolean }, Failure>> {
  // Who there is, everybody who is signed in may know; whether the channel is there, they may not.
  const people = await findPeopleToAdd(context, [named.userId], () => 'user_id')
  const changed = await changeMembership(context, caller, {
    ...named,
    decide: (facts, rights) => {
      const decided = decideAdd(facts, rights, named.userId)
      return decided.ok && !people.ok ? ok({ changes: [] }) : decided
    },
  })
  if (!changed.ok) return changed
  if (!people.ok) return people
  const member = await readMember(context, named)
  return member.ok ? ok({ member: member.value, added: changed.value.changes.length > 0 }) : member
}
