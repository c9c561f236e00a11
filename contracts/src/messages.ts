import Type, { type Static } from 'typebox'
import { CLOSED, Id, MessageContent, Seq, StreamName, Timestamp } from './fields.ts'

export const Reaction = Type.Object({
  emoji: Type.String(),
  count: Type.Integer({ minimum: 1 }),
  /** Some of those who reacted, first come first, at most 20. */
  usernames: Type.Array(Type.String()),
})
export type Reaction = Static<typeof Reaction>

/** A message in its current state. A deleted one has no content; it stands in a history only as the root of replies. */
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
  /** While it is pinned to its channel: since when, and by whom. */
  pinned_at: Type.Optional(Timestamp),
  pinned_by: Type.Optional(Type.String({ description: 'a username' })),
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
  deleted: Type.Optional(Type.Literal(true)),
})
export type Message = Static<typeof Message>

/** What is left of a deleted message: its place, its author, and the count of its replies, which stay. */
export const DeletedMessage = Type.Omit(Message, [
  'content',
  'status',
  'edited_at',
  'pinned_at',
  'pinned_by',
  'reactions',
  'deleted',
])
export type DeletedMessage = Static<typeof DeletedMessage>

export const SendMessageRequest = Type.Object(
  { content: MessageContent, client_id: Type.Optional(Id), thread_id: Type.Optional(Id) },
  CLOSED,
)
export type SendMessageRequest = Static<typeof SendMessageRequest>

export const EditMessageRequest = Type.Object({ content: MessageContent }, CLOSED)
export type EditMessageRequest = Static<typeof EditMessageRequest>

/** A text that a later edit replaced. */
export const MessageEdit = Type.Object({ content: Type.String(), timestamp: Timestamp })
export type MessageEdit = Static<typeof MessageEdit>

/** The first text and the newest of those between it and the current one, oldest first. */
export const MessageEditList = Type.Object({ items: Type.Array(MessageEdit) })
export type MessageEditList = Static<typeof MessageEditList>

/** The pinned messages of a channel, the newest pin first: all of them. */
export const PinList = Type.Object({ items: Type.Array(Message), stream: StreamName, seq: Seq })
export type PinList = Static<typeof PinList>

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
