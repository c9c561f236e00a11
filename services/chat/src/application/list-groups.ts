import type { Caller, Failure, UserGroupList } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toUserGroup } from './group-answers.ts'

/** All groups, by name. */
export async function listGroups(
  { ports }: ChatContext,
  caller: Caller | undefined,
): Promise<Result<UserGroupList, Failure>> {
  const permitted = requirePermission(caller, 'group.read')
  if (!permitted.ok) return permitted
  return ok({ items: (await ports.groups.list()).map(toUserGroup) })
}
