import {
  failure,
  GROUPS_MAX,
  MENTIONS_OF_ALL,
  type Caller,
  type CreateUserGroupRequest,
  type Failure,
  type UserGroupWithMembers,
} from '@glasshouse/contracts'
import { err, newId, ok, parseId, type GroupId, type Result, type UserId } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { groupFailure } from './group-answers.ts'
import { getGroup } from './get-group.ts'

/** Makes a group of people who can be mentioned together. */
export async function createGroup(
  context: ChatContext,
  caller: Caller | undefined,
  request: CreateUserGroupRequest,
): Promise<Result<UserGroupWithMembers, Failure>> {
  const { ports } = context
  const permitted = requirePermission(caller, 'group.manage')
  if (!permitted.ok) return permitted
  const name = checkGroupName(request.name)
  if (!name.ok) return name
  const members = await findMembers(context, request.members ?? [])
  if (!members.ok) return members
  const id = newId<GroupId>()
  const group = {
    id,
    name: name.value,
    description: (request.description ?? '').trim(),
    createdBy: permitted.value.userId,
    createdAtMs: ports.clock.nowMs(),
    memberIds: members.value,
  }
  const created = await ports.groups.create(group, { groupsMax: GROUPS_MAX })
  return created.ok ? getGroup(context, caller, id) : err(groupFailure(created.error))
}

/** The contract has said what characters a name may have. */
export function checkGroupName(name: string): Result<string, Failure> {
  const isReserved = (MENTIONS_OF_ALL as readonly string[]).includes(name.toLowerCase())
  return isReserved ? err(groupFailure('name_taken')) : ok(name)
}

async function findMembers(
  { names }: ChatContext,
  texts: readonly string[],
): Promise<Result<readonly UserId[], Failure>> {
  const ids = new Set(texts.flatMap((text) => parseId<UserId>(text) ?? []))
  const nameOf = await names.find(ids)
  const unknown = texts.findIndex((text) => {
    const id = parseId<UserId>(text)
    return id === undefined || nameOf(id).degraded
  })
  if (unknown === -1) return ok([...ids])
  return err(failure('request.invalid', { path: `members.${unknown}`, message: `members.${unknown}: is nobody's id.` }))
}
