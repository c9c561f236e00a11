/** The frames of the live protocol, one schema each; `type` discriminates. asyncapi.json is generated from them. */
import Type, { type Static } from 'typebox'
import { Channel, ChannelRole, ChannelType } from './channels.ts'
import { Draft } from './drafts.ts'
import { CLOSED, Id, MessageContent, Seq, StreamName, Timestamp } from './fields.ts'
import { Reminder, ScheduledMessage } from './later.ts'
import { WATCHED_PEOPLE_MAX } from './limits.ts'
import { DeletedMessage, Message, Reaction, SentDraftVersion } from './messages.ts'
import { ModeratedMessage, Restriction } from './moderation.ts'
import { DeviceState, Presence } from './presence.ts'
import { OwnChannel, OwnThread } from './unread.ts'
import { PublicUser } from './users.ts'

const frame = <Name extends string, Fields extends Type.TProperties>(name: Name, fields: Fields) =>
  Type.Object({ type: Type.Literal(name), ...fields }, CLOSED)

// What a client sends.

export const SubscribeFrame = frame('subscribe', {
  stream: Type.Optional(StreamName),
  channel_id: Type.Optional(Id),
  after: Type.Optional(Seq),
})
export const ResumeFrame = frame('resume', { streams: Type.Record(Type.String({ maxLength: 80 }), Seq) })
export const UnsubscribeFrame = frame('unsubscribe', {
  stream: Type.Optional(StreamName),
  channel_id: Type.Optional(Id),
})
export const SendMessageFrame = frame('send_message', {
  channel_id: Id,
  content: MessageContent,
  client_id: Type.Optional(Id),
  thread_id: Type.Optional(Id),
  draft_version: Type.Optional(SentDraftVersion),
})
export const AuthenticateFrame = frame('authenticate', { token: Type.String({ minLength: 1, maxLength: 4_096 }) })
/** Its person is typing. Said again while it goes on; what is said within three seconds is not passed on. */
export const SendTypingFrame = frame('typing', { channel_id: Id, thread_id: Type.Optional(Id) })
/** Whether the person is at this device. Five minutes without a word of activity count as away. */
export const ReportPresenceFrame = frame('presence', { state: DeviceState })
/** The people who are on the screen, in the place of those before: each is told once now, and then at each change. */
export const WatchPresenceFrame = frame('watch_presence', {
  user_ids: Type.Array(Id, { maxItems: WATCHED_PEOPLE_MAX }),
})
export const PingFrame = frame('ping', { t: Type.Optional(Type.Number()) })

export const CLIENT_FRAMES = {
  subscribe: SubscribeFrame,
  resume: ResumeFrame,
  unsubscribe: UnsubscribeFrame,
  send_message: SendMessageFrame,
  typing: SendTypingFrame,
  presence: ReportPresenceFrame,
  watch_presence: WatchPresenceFrame,
  authenticate: AuthenticateFrame,
  ping: PingFrame,
} as const
export type ClientFrameType = keyof typeof CLIENT_FRAMES
export type ClientFrame = { [Name in ClientFrameType]: Static<(typeof CLIENT_FRAMES)[Name]> }[ClientFrameType]

// What the server sends.

const Position = Type.Object({ stream: StreamName, seq: Seq })

export const ConnectedFrame = Type.Object({
  type: Type.Literal('connected'),
  session_id: Id,
  resumed: Type.Boolean(),
  /** Null for a visitor who has not signed in. */
  user: Type.Union([PublicUser, Type.Null()]),
  /** A ping that often, over a WebSocket; a comment that often at least, in an event stream. */
  heartbeat_ms: Type.Integer({ minimum: 1 }),
  protocol: Type.Integer(),
  /** What is replayed without being asked for, and from where. */
  streams: Type.Array(Position),
})
export const AuthenticatedFrame = Type.Object({ type: Type.Literal('authenticated'), expires_at: Timestamp })
/** The changes after `after` follow, in order; until `subscribed`, `changed_seq` may skip. */
export const ReplayFrame = Type.Object({ type: Type.Literal('replay'), stream: StreamName, after: Seq })
export const SubscribedFrame = Type.Object({
  type: Type.Literal('subscribed'),
  stream: StreamName,
  seq: Seq,
  recovered: Type.Boolean({ description: 'Whether all changes after `after` were sent' }),
  ephemeral: Type.Optional(
    Type.Literal(true, {
      description: 'At most once and without a position: nothing is replayed, and a slow connection misses it first',
    }),
  ),
})
/** Too much was missed to be replayed: load a snapshot, then go on from `seq`. The subscription stands. */
export const ResetFrame = Type.Object({ type: Type.Literal('reset'), stream: StreamName, seq: Seq })
export const UnsubscribedFrame = Type.Object({ type: Type.Literal('unsubscribed'), stream: StreamName })
export const AckFrame = Type.Object({
  type: Type.Literal('ack'),
  client_id: Type.Optional(Id),
  id: Id,
  /** Null while it is held: it is in no channel's stream then. */
  seq: Type.Union([Seq, Type.Null()]),
  timestamp: Timestamp,
  status: Type.Union([Type.Literal('visible'), Type.Literal('pending'), Type.Literal('removed')]),
})
export const PongFrame = Type.Object({ type: Type.Literal('pong'), t: Type.Optional(Type.Number()) })
/** The connection did not take its frames in time: these streams are paused, and are brought up to date once it has drained. */
export const LaggedFrame = Type.Object({ type: Type.Literal('lagged'), streams: Type.Array(StreamName) })
export const ErrorFrame = Type.Object({
  type: Type.Literal('error'),
  code: Type.String(),
  message: Type.String(),
  stream: Type.Optional(StreamName),
  client_id: Type.Optional(Id),
  retry_after_ms: Type.Optional(Type.Integer()),
  path: Type.Optional(Type.String()),
})

// Changes of durable streams. Each carries `stream` and `changed_seq`.

export const NewMessageFrame = Type.Object({ type: Type.Literal('new_message'), ...Message.properties })
export const MessageUpdatedFrame = Type.Object({ type: Type.Literal('message_updated'), ...Message.properties })
export const MessageDeletedFrame = Type.Object({ type: Type.Literal('message_deleted'), ...DeletedMessage.properties })
/** All reactions of a message as they are now, none when the last is gone: nothing else of it changed. */
export const ReactionChangedFrame = Type.Object({
  type: Type.Literal('reaction_changed'),
  stream: StreamName,
  id: Id,
  channel_id: Id,
  seq: Seq,
  changed_seq: Seq,
  reactions: Type.Array(Reaction),
})
/** A channel as all its subscribers may see it: without what differs by caller. */
export const SharedChannel = Type.Omit(Channel, ['joined', 'role'])
export const ChannelChangedFrame = Type.Object({
  type: Type.Literal('channel_changed'),
  stream: StreamName,
  channel_id: Id,
  changed_seq: Seq,
  channel: SharedChannel,
})
/** In the stream of the channel, and in that of the person, each at a place of its own. */
export const MemberChangedFrame = Type.Object({
  type: Type.Literal('member_changed'),
  stream: StreamName,
  channel_id: Id,
  changed_seq: Seq,
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
  membership: Type.Union([Type.Literal('joined'), Type.Literal('left')]),
  /** What they are in the channel now; null when they left. */
  role: Type.Union([ChannelRole, Type.Null()]),
  /** Whoever left a private channel gets nothing more of its stream after this. */
  channel_type: ChannelType,
  /** In the person's own stream: the channel as they see it, unless they left. */
  channel: Type.Optional(Channel),
})

/** In one's own stream: how far one has read in a channel, and what one set for it. */
export const OwnChannelChangedFrame = Type.Object({
  type: Type.Literal('own_channel_changed'),
  stream: StreamName,
  changed_seq: Seq,
  ...OwnChannel.properties,
})
/** In one's own stream: how far one has read in a thread, and whether one follows it. */
export const OwnThreadChangedFrame = Type.Object({
  type: Type.Literal('own_thread_changed'),
  stream: StreamName,
  changed_seq: Seq,
  ...OwnThread.properties,
})

/** In one's own stream: what one has begun to write in a channel or a thread; `version` is `changed_seq`. */
export const DraftChangedFrame = Type.Object({
  type: Type.Literal('draft_changed'),
  stream: StreamName,
  changed_seq: Seq,
  ...Draft.properties,
})
/**
 * In the own streams of its author and of the moderators: a message waits for a decision, again too. The author is not told of reports.
 */
export const MessageHeldFrame = Type.Object({
  type: Type.Literal('message_held'),
  stream: StreamName,
  changed_seq: Seq,
  ...ModeratedMessage.properties,
})
/** In the same streams: it was decided about. */
export const MessageDecidedFrame = Type.Object({
  type: Type.Literal('message_decided'),
  stream: StreamName,
  changed_seq: Seq,
  ...ModeratedMessage.properties,
})

/** In the own streams of whom it is about and of the moderators: somebody was muted or banned in a channel, or is so no more. */
export const RestrictionChangedFrame = Type.Object({
  type: Type.Literal('restriction_changed'),
  stream: StreamName,
  changed_seq: Seq,
  ...Restriction.properties,
})

/** In one's own stream: what became of a message that one wants to be sent later. */
export const ScheduledChangedFrame = Type.Object({
  type: Type.Literal('scheduled_changed'),
  stream: StreamName,
  changed_seq: Seq,
  ...ScheduledMessage.properties,
})
/** In one's own stream: when one wants to be reminded of a message, that the time has come (`due`), and that it is done. */
export const ReminderChangedFrame = Type.Object({
  type: Type.Literal('reminder_changed'),
  stream: StreamName,
  changed_seq: Seq,
  ...Reminder.properties,
})

/** In one's own stream: one has saved a message, or taken it off again. */
export const SavedChangedFrame = Type.Object({
  type: Type.Literal('saved_changed'),
  stream: StreamName,
  changed_seq: Seq,
  channel_id: Id,
  message_id: Id,
  saved: Type.Boolean(),
})

// Of the moment: at most once, never replayed, without a position.

/** Over after five seconds, unless it is said again, and when a message of this person arrives there. Never told to its own person. */
export const TypingFrame = Type.Object({
  type: Type.Literal('typing'),
  stream: StreamName,
  channel_id: Id,
  thread_id: Type.Optional(Id),
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
})
export type TypingFrame = Static<typeof TypingFrame>
/** The newest word on a person counts. */
export const PresenceFrame = Type.Object({ type: Type.Literal('presence'), ...Presence.properties })
export type PresenceFrame = Static<typeof PresenceFrame>

export const CHANGE_FRAMES = {
  new_message: NewMessageFrame,
  message_updated: MessageUpdatedFrame,
  message_deleted: MessageDeletedFrame,
  reaction_changed: ReactionChangedFrame,
  channel_changed: ChannelChangedFrame,
  member_changed: MemberChangedFrame,
  own_channel_changed: OwnChannelChangedFrame,
  own_thread_changed: OwnThreadChangedFrame,
  draft_changed: DraftChangedFrame,
  scheduled_changed: ScheduledChangedFrame,
  reminder_changed: ReminderChangedFrame,
  saved_changed: SavedChangedFrame,
  message_held: MessageHeldFrame,
  message_decided: MessageDecidedFrame,
  restriction_changed: RestrictionChangedFrame,
} as const
export type ChangeFrameType = keyof typeof CHANGE_FRAMES
export type ChangeFrame = { [Name in ChangeFrameType]: Static<(typeof CHANGE_FRAMES)[Name]> }[ChangeFrameType]

export const SERVER_FRAMES = {
  connected: ConnectedFrame,
  authenticated: AuthenticatedFrame,
  replay: ReplayFrame,
  subscribed: SubscribedFrame,
  reset: ResetFrame,
  unsubscribed: UnsubscribedFrame,
  ack: AckFrame,
  pong: PongFrame,
  lagged: LaggedFrame,
  error: ErrorFrame,
  typing: TypingFrame,
  presence: PresenceFrame,
  ...CHANGE_FRAMES,
} as const
export type ServerFrameType = keyof typeof SERVER_FRAMES
export type ServerFrame = { [Name in ServerFrameType]: Static<(typeof SERVER_FRAMES)[Name]> }[ServerFrameType]

export function isChange(received: ServerFrame): received is ChangeFrame {
  return received.type in CHANGE_FRAMES
}
