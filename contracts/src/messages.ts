import Type, { type Static } from 'typebox'
import { CLOSED, Id, MessageContent, Seq, StreamName, Timestamp } from './fields.ts'

export const Reaction = Type.Object({
  emoji: Type.String(),
  count: Type.Integer({ minimum: 1 }),
  /** Some of those who reacted, first come first, at most 20. */
  usernames: Type.Array(Type.String()),
})
export type Reaction = Static<typeof Reaction>

/** A message in its current state. A deleted one keeps its place and nothing else: see DeletedMessage. */
export const Message = Type.Object({
  id: Id,
  stream: StreamName,
  channel_id: Id,
  /** Its creation: order, paging, unread. Never changes. */
  seq: Seq,
  /** Its last change. Equal to `seq` for a message that never changed. */
  changed_seq: Seq,
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
  content: Type.String(),
  timestamp: Timestamp,
  status: Type.Literal('visible'),
  client_id: Type.Optional(Id),
  /** The message to which this one is a reply. */
  thread_id: Type.Optional(Id),
  edited_at: Type.Optional(Timestamp),
  /** Written by a program. */
  bot: Type.Optional(Type.Boolean()),
  reactions: Type.Optional(Type.Array(Reaction)),
  /** Of a message with replies. */
  reply_count: Type.Optional(Type.Integer({ minimum: 1 })),
  last_reply_at: Type.Optional(Timestamp),
  /** The greatest `seq` among the replies that `reply_count` counts: a reader adds those that it sees after it. */
  last_reply_seq: Type.Optional(Seq),
  /** The author's name could not be found out just now. */
  degraded: Type.Optional(Type.Boolean()),
})
export type Message = Static<typeof Message>

export const SendMessageRequest = Type.Object(
  { content: MessageContent, client_id: Type.Optional(Id), thread_id: Type.Optional(Id) },
  CLOSED,
)
export type SendMessageRequest = Static<typeof SendMessageRequest>

/** Newest first. `next` goes back as `cursor`; null at the end. */
export const MessageList = Type.Object({
  items: Type.Array(Message),
  next: Type.Union([Type.String(), Type.Null()]),
  stream: StreamName,
  seq: Seq,
})
export type MessageList = Static<typeof MessageList>

/** A thread: its root and its replies, oldest first. */
export const Thread = Type.Object({
  root: Message,
  items: Type.Array(Message),
  next: Type.Union([Type.String(), Type.Null()]),
  stream: StreamName,
  seq: Seq,
})
export type Thread = Static<typeof Thread>
