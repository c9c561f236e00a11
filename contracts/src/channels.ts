import Type, { type Static } from 'typebox'
import { CLOSED, Id, RateLimit, Seq, StreamName, Timestamp } from './fields.ts'
import {
  CHANNEL_DESCRIPTION_LENGTH_MAX,
  CHANNEL_FIRST_MEMBERS_MAX,
  CHANNEL_NAME_LENGTH_MAX,
  CHANNEL_TOPIC_LENGTH_MAX,
} from './limits.ts'
import { Restriction } from './moderation.ts'
import { PublicUser } from './users.ts'

/**
 * Everybody in the house can find a public channel; all others do not exist for those outside them. A direct or group channel is the
 * people in it: it has no name, and there is one for each set of people.
 */
export const ChannelType = Type.Union([
  Type.Literal('public'),
  Type.Literal('private'),
  Type.Literal('direct'),
  Type.Literal('group'),
])
export type ChannelType = Static<typeof ChannelType>

/** What a member is in a channel. See CHANNEL_PERMISSIONS. */
export const ChannelRole = Type.Union([Type.Literal('owner'), Type.Literal('moderator'), Type.Literal('member')])
export type ChannelRole = Static<typeof ChannelRole>

export const Moderation = Type.Union([Type.Literal('on'), Type.Literal('off')])
export type Moderation = Static<typeof Moderation>

export const Channel = Type.Object({
  id: Id,
  type: ChannelType,
  /** Empty for a direct or group channel: it is called by its people. */
  name: Type.String(),
  /** What it is about just now. */
  topic: Type.String(),
  /** What it is for. */
  description: Type.String(),
  /** Of a direct or group channel: all who are in it. */
  people: Type.Optional(Type.Array(PublicUser)),
  /** The room that every visitor finds first. */
  is_lobby: Type.Boolean(),
  rate_limit: RateLimit,
  /** Null for channels that the house made by itself. */
  created_by: Type.Union([Id, Type.Null()]),
  created_at: Timestamp,
  /** It can be read, not written. */
  archived: Type.Boolean(),
  /** New accounts join it. */
  is_default: Type.Boolean(),
  /** Messages that break a rule wait for a moderator. */
  moderation: Moderation,
  changed_seq: Seq,
  /** Whether the caller is a member. */
  joined: Type.Boolean(),
  /** What the caller is in it; null for whoever is no member. */
  role: Type.Union([ChannelRole, Type.Null()]),
  member_count: Type.Integer({ minimum: 0 }),
})
export type Channel = Static<typeof Channel>

const ChannelName = Type.String({
  minLength: 1,
  maxLength: CHANNEL_NAME_LENGTH_MAX,
  description: 'Of public and private channels; unique without case among public ones',
})

export const CreateChannelRequest = Type.Object(
  {
    type: ChannelType,
    name: Type.Optional(ChannelName),
    description: Type.Optional(Type.String({ maxLength: CHANNEL_DESCRIPTION_LENGTH_MAX })),
    members: Type.Optional(
      Type.Array(Id, { maxItems: CHANNEL_FIRST_MEMBERS_MAX, description: 'People who are in it from the beginning' }),
    ),
  },
  CLOSED,
)
export type CreateChannelRequest = Static<typeof CreateChannelRequest>

/** What is left out stays as it is. */
export const UpdateChannelRequest = Type.Object(
  {
    name: Type.Optional(ChannelName),
    topic: Type.Optional(Type.String({ maxLength: CHANNEL_TOPIC_LENGTH_MAX })),
    description: Type.Optional(Type.String({ maxLength: CHANNEL_DESCRIPTION_LENGTH_MAX })),
    /** Slow mode; null: as everywhere. */
    rate_limit: Type.Optional(Type.Union([RateLimit, Type.Null()])),
    is_default: Type.Optional(Type.Boolean()),
    moderation: Type.Optional(Moderation),
  },
  CLOSED,
)
export type UpdateChannelRequest = Static<typeof UpdateChannelRequest>

/** A snapshot of one channel: `{stream, seq}` was read before the row, so `subscribe {after: seq}` misses nothing. */
export const ChannelSnapshot = Type.Intersect([
  Channel,
  Type.Object({
    stream: StreamName,
    seq: Seq,
    /** What keeps the caller from writing here, while it does; changes of it come by their own stream. */
    restriction: Type.Optional(Restriction),
  }),
])
export type ChannelSnapshot = Static<typeof ChannelSnapshot>

/** `{stream, seq}` is the place of the caller's own stream, `user:<id>`, read before the rows: their memberships change there. */
export const ChannelList = Type.Object({
  items: Type.Array(Channel),
  next: Type.Union([Type.String(), Type.Null()]),
  stream: StreamName,
  seq: Seq,
})
export type ChannelList = Static<typeof ChannelList>
