import Type, { type Static } from 'typebox'
import { CLOSED, Id, RateLimit, Seq, StreamName, Timestamp } from './fields.ts'
import { CHANNEL_DESCRIPTION_LENGTH_MAX, CHANNEL_NAME_LENGTH_MAX } from './limits.ts'

export const Channel = Type.Object({
  id: Id,
  type: Type.Literal('public'),
  name: Type.String(),
  description: Type.String(),
  /** The room that every visitor finds first. */
  is_lobby: Type.Boolean(),
  rate_limit: RateLimit,
  /** Null for channels that the house made by itself. */
  created_by: Type.Union([Id, Type.Null()]),
  created_at: Timestamp,
  changed_seq: Seq,
  /** Whether the caller is a member. */
  joined: Type.Boolean(),
  member_count: Type.Integer({ minimum: 0 }),
})
export type Channel = Static<typeof Channel>

export const CreateChannelRequest = Type.Object(
  {
    type: Type.Literal('public'),
    name: Type.String({
      minLength: 1,
      maxLength: CHANNEL_NAME_LENGTH_MAX,
      description: 'Unique without case among channels',
    }),
    description: Type.Optional(Type.String({ maxLength: CHANNEL_DESCRIPTION_LENGTH_MAX })),
  },
  CLOSED,
)
export type CreateChannelRequest = Static<typeof CreateChannelRequest>

/** A snapshot of one channel: `{stream, seq}` was read before the row, so `subscribe {after: seq}` misses nothing. */
export const ChannelSnapshot = Type.Intersect([Channel, Type.Object({ stream: StreamName, seq: Seq })])
export type ChannelSnapshot = Static<typeof ChannelSnapshot>

export const ChannelList = Type.Object({ items: Type.Array(Channel), next: Type.Union([Type.String(), Type.Null()]) })
export type ChannelList = Static<typeof ChannelList>
