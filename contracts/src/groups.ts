import Type, { type Static } from 'typebox'
import { CLOSED, Id, NewUsername, Timestamp } from './fields.ts'
import { GROUP_DESCRIPTION_LENGTH_MAX, GROUP_MEMBERS_MAX } from './limits.ts'

/** People who are mentioned together, as `@name`. */
export const UserGroup = Type.Object({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  created_by: Id,
  created_at: Timestamp,
  member_count: Type.Integer({ minimum: 0 }),
})
export type UserGroup = Static<typeof UserGroup>

export const UserGroupMember = Type.Object({
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
})
export type UserGroupMember = Static<typeof UserGroupMember>

export const UserGroupWithMembers = Type.Intersect([UserGroup, Type.Object({ members: Type.Array(UserGroupMember) })])
export type UserGroupWithMembers = Static<typeof UserGroupWithMembers>

/** All there are: their number is bounded. */
export const UserGroupList = Type.Object({ items: Type.Array(UserGroup) })
export type UserGroupList = Static<typeof UserGroupList>

const description = Type.Optional(Type.String({ maxLength: GROUP_DESCRIPTION_LENGTH_MAX }))

export const CreateUserGroupRequest = Type.Object(
  { name: NewUsername, description, members: Type.Optional(Type.Array(Id, { maxItems: GROUP_MEMBERS_MAX })) },
  CLOSED,
)
export type CreateUserGroupRequest = Static<typeof CreateUserGroupRequest>

export const UpdateUserGroupRequest = Type.Object({ name: Type.Optional(NewUsername), description }, CLOSED)
export type UpdateUserGroupRequest = Static<typeof UpdateUserGroupRequest>
