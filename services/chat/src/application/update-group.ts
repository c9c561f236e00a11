import { failure, type Caller, type Failure, type UpdateUserGroupRequest, type UserGroup } from '@glasshouse/contracts'
import { err, ok, type GroupId, type Result } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { checkGroupName } from './create-group.ts'
import { groupFailure, toUserGroup } from './group-answers.ts'

/** Renames or describes a group. Messages keep the name that they mention; from now on the new one does. */
export async function updateGroup(
  { ports }: ChatContext,
  caller: Caller | undefined,
  request: UpdateUserGroupRequest & { readonly groupId: GroupId },
): Promise<Result<UserGroup, Failure>> {
  const permitted = requirePermission(caller, 'group.manage')
  if (!permitted.ok) return permitted
  const name = request.name === undefined ? undefined : checkGroupName(request.name)
  if (name?.ok === false) return name
  const fields = { name: name?.value, description: request.description?.trim() }
  const updated = await ports.groups.update(request.groupId, fields)
  if (!updated.ok) return err(groupFailure(updated.error))
  const found = await ports.groups.find(request.groupId)
  return found === undefined ? err(failure('not_found')) : ok(toUserGroup(found.group))
}
