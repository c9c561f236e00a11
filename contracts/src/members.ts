import Type, { type Static } from 'typebox'
import { ChannelRole } from './channels.ts'
import { CLOSED, Id, Seq, StreamName, Timestamp } from './fields.ts'

/** Somebody who is in a channel. */
export const Member = Type.Object({
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
  role: ChannelRole,
  joined_at: Timestamp,
  /** The place in the channel's stream of the last change of this membership. */
  changed_seq: Seq,
  /** The name could not be found out just now. */
  degraded: Type.Optional(Type.Boolean()),
})
export type Member = Static<typeof Member>

/** Longest first. `{stream, seq}` is the place of the channel's stream, read before the rows. */
export const MemberList = Type.Object({
  items: Type.Array(Member),
  next: Type.Union([Type.String(), Type.Null()]),
  stream: StreamName,
  seq: Seq,
})
export type MemberList = Static<typeof MemberList>

export const ChangeMemberRequest = Type.Object({ role: ChannelRole }, CLOSED)
export type ChangeMemberRequest = Static<typeof ChangeMemberRequest>
