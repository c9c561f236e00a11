import { failure, type Caller, type Failure, type UserGroupWithMembers } from '@glasshouse/contracts'
import { err, ok, type GroupId, type Result } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toUserGroupWithMembers } from './group-answers.ts'

export async function getGroup(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  groupId: GroupId,
): Promise<Result<UserGroupWithMembers, Failure>> {
  const permitted = requirePermission(caller, 'group.read')
  if (!permitted.ok) return permitted
  const found = await ports.groups.find(groupId)
  if (found === undefined) return err(failure('not_found'))
  return ok(toUserGroupWithMembers(found, await names.find(new Set(found.memberIds))))
}
