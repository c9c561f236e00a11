import { failure, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, type GroupId, type Result } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'

export async function deleteGroup(
  { ports }: ChatContext,
  caller: Caller | undefined,
  groupId: GroupId,
): Promise<Result<void, Failure>> {
  const permitted = requirePermission(caller, 'group.manage')
  if (!permitted.ok) return permitted
  return (await ports.groups.remove(groupId)) ? ok() : err(failure('not_found'))
}
