import { DEMO_USER_ID, failure, GROUP_MEMBERS_MAX, type Caller, type Failure } from '@glasshouse/contracts'
import { err, type GroupId, type Result, type UserId } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { groupFailure } from './group-answers.ts'

interface GroupMember {
  readonly groupId: GroupId
  readonly userId: UserId
}

/** Once more changes nothing. */
export async function addGroupMember(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  { groupId, userId }: GroupMember,
): Promise<Result<void, Failure>> {
  const permitted = requirePermission(caller, 'group.manage')
  if (!permitted.ok) return permitted
  const nameOf = await names.find(new Set([userId]))
  if (nameOf(userId).degraded || userId === DEMO_USER_ID) return err(failure('not_found'))
  const added = await ports.groups.addMember(groupId, userId, { membersMax: GROUP_MEMBERS_MAX })
  return added.ok ? added : err(groupFailure(added.error))
}

/** Once more changes nothing. */
export async function removeGroupMember(
  { ports }: ChatContext,
  caller: Caller | undefined,
  { groupId, userId }: GroupMember,
): Promise<Result<void, Failure>> {
  const permitted = requirePermission(caller, 'group.manage')
  if (!permitted.ok) return permitted
  const removed = await ports.groups.removeMember(groupId, userId)
  return removed.ok ? removed : err(groupFailure(removed.error))
}
