/** How far one has read, what is unread, and what one set for each channel: one's own alone, the same on every device. */
import Type, { type Static } from 'typebox'
import { CLOSED, Id, Seq, StreamName } from './fields.ts'
import { SECTION_NAME_LENGTH_MAX, UNREAD_SEQS_MAX } from './limits.ts'

/** Set by hand: everything from `seq` on is unread, whatever was read. */
export const ReadMark = Type.Object({
  seq: Seq,
  /** Its place in one's own stream: a read that names it undoes it. */
  at: Seq,
})
export type ReadMark = Static<typeof ReadMark>

const readState = {
  /** What was seen: only grows. */
  read_seq: Seq,
  mark: Type.Union([ReadMark, Type.Null()]),
}

export const ReadState = Type.Object({ channel_id: Id, thread_id: Type.Optional(Id), ...readState })
export type ReadState = Static<typeof ReadState>

const preferences = {
  /** Its unread messages are not counted in any total; mentions are. */
  muted: Type.Boolean(),
  favourite: Type.Boolean(),
  /** Under which name one lists it. */
  section: Type.Union([Type.String(), Type.Null()]),
}

export const ChannelPreferences = Type.Object({ channel_id: Id, ...preferences })
export type ChannelPreferences = Static<typeof ChannelPreferences>

/** What one has of a channel. */
export const OwnChannel = Type.Object({ channel_id: Id, ...readState, ...preferences })
export type OwnChannel = Static<typeof OwnChannel>

/** What one has of a thread. */
export const OwnThread = Type.Object({
  channel_id: Id,
  /** Its root. */
  thread_id: Id,
  following: Type.Boolean(),
  ...readState,
})
export type OwnThread = Static<typeof OwnThread>

const counts = {
  /** The head of the channel's stream at which this was counted. */
  head: Seq,
  /** The oldest unread messages by seq, ascending: when there are that many, there may be more. */
  unread: Type.Array(Seq, { maxItems: UNREAD_SEQS_MAX }),
  /** In the same way, those of the unread that mention one. */
  mentions: Type.Array(Seq, { maxItems: UNREAD_SEQS_MAX }),
}

export const UnreadChannel = Type.Object({ ...OwnChannel.properties, ...counts })
export type UnreadChannel = Static<typeof UnreadChannel>
export const UnreadThread = Type.Object({ ...Type.Omit(OwnThread, ['following']).properties, ...counts })
export type UnreadThread = Static<typeof UnreadThread>

/** Of one moment: `{stream, seq}` is the place of one's own stream, `user:<id>`, then. */
export const Unread = Type.Object({
  stream: StreamName,
  seq: Seq,
  /** The channels that one is in, those with the newest message first, at most 500. */
  channels: Type.Array(UnreadChannel),
  /** The threads that one follows, those that one came to follow or read last first, at most 500. */
  threads: Type.Array(UnreadThread),
  /** The groups that one is in: who mentions them mentions one. */
  group_ids: Type.Array(Id),
})
export type Unread = Static<typeof Unread>

export const MarkReadRequest = Type.Object(
  {
    seq: Seq,
    thread_id: Type.Optional(Id),
    unmark: Type.Optional(Type.Integer({ minimum: 0, description: 'undo the mark at this place, or an older one' })),
  },
  CLOSED,
)
export type MarkReadRequest = Static<typeof MarkReadRequest>

export const MarkUnreadRequest = Type.Object(
  {
    seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'the first that is to be unread' }),
    thread_id: Type.Optional(Id),
  },
  CLOSED,
)
export type MarkUnreadRequest = Static<typeof MarkUnreadRequest>

export const SetPreferencesRequest = Type.Object(
  {
    muted: Type.Optional(Type.Boolean()),
    favourite: Type.Optional(Type.Boolean()),
    section: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: SECTION_NAME_LENGTH_MAX }), Type.Null()]),
    ),
  },
  { ...CLOSED, minProperties: 1 },
)
export type SetPreferencesRequest = Static<typeof SetPreferencesRequest>
