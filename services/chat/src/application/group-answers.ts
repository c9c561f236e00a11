import { failure, type Failure, type UserGroup, type UserGroupWithMembers } from '@glasshouse/contracts'
import type { UserId } from '@glasshouse/kernel'
import type { GroupFault, StoredGroup } from './ports.ts'
import type { NameOf } from './wire.ts'

export function toUserGroup(group: StoredGroup): UserGroup {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    created_by: group.createdBy,
    created_at: new Date(group.createdAtMs).toISOString(),
    member_count: group.memberCount,
  }
}

/** The members by name. */
export function toUserGroupWithMembers(
  { group, memberIds }: { readonly group: StoredGroup; readonly memberIds: readonly UserId[] },
  nameOf: NameOf,
): UserGroupWithMembers {
  const members = memberIds.map((id) => {
    const { username, displayName } = nameOf(id)
    return { user_id: id, username, display_name: displayName }
  })
  return { ...toUserGroup(group), members: members.toSorted((a, b) => (a.username < b.username ? -1 : 1)) }
}

export function groupFailure(fault: GroupFault): Failure {
  switch (fault) {
    case 'not_found':
      return failure('not_found')
    case 'name_taken':
      return failure('group.name_taken', { path: 'name' })
    case 'too_many':
      return failure('group.too_many')
    case 'too_many_members':
      return failure('group.too_many_members')
  }
}
