import Type, { type Static } from 'typebox'
import { NewPoll, Poll } from './polls.ts'
import { CLOSED, Id, MessageContent, Seq, StreamName, Timestamp } from './fields.ts'
import { SAVED_MAX } from './limits.ts'

export const Reaction = Type.Object({
  emoji: Type.String(),
  count: Type.Integer({ minimum: 1 }),
  /** Some of those who reacted, first come first, at most 20. */
  usernames: Type.Array(Type.String()),
})
export type Reaction = Static<typeof Reaction>

/** Somebody whom a text names, or everybody. Where the names stand is for `mentionsIn` to find. */
export const Mention = Type.Object({
  kind: Type.Union([Type.Literal('user'), Type.Literal('group'), Type.Literal('channel'), Type.Literal('here')]),
  name: Type.String({ description: 'as it stands in the text, in lower case' }),
  /** The person or the group. */
  id: Type.Optional(Id),
})
export type Mention = Static<typeof Mention>

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
  mentions: Type.Optional(Type.Array(Mention)),
  /** The ids of messages that it links to. What they say is asked for by each reader, and answered to those who may know. */
  quotes: Type.Optional(Type.Array(Id)),
  reactions: Type.Optional(Type.Array(Reaction)),
  poll: Type.Optional(Poll),
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
  'mentions',
  'quotes',
  'reactions',
  'poll',
  'deleted',
])
export type DeletedMessage = Static<typeof DeletedMessage>

/** What is sent is no draft any more: not only for the device that sends it. */
export const SentDraftVersion = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'the version of the draft that is sent: it is emptied then, unless something else was written since',
})

export const SendMessageRequest = Type.Object(
  {
    content: MessageContent,
    client_id: Type.Optional(Id),
    thread_id: Type.Optional(Id),
    poll: Type.Optional(NewPoll),
    draft_version: Type.Optional(SentDraftVersion),
  },
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
  /** Whether the caller follows it; absent for who has not signed in. */
  following: Type.Optional(Type.Boolean()),
  items: Type.Array(Message),
  next: Type.Union([Type.String(), Type.Null()]),
  stream: StreamName,
  seq: Seq,
})
export type Thread = Static<typeof Thread>

/** The roots of threads, those with the newest reply first. */
export const ThreadList = Type.Object({ items: Type.Array(Message), next: Type.Union([Type.String(), Type.Null()]) })
export type ThreadList = Static<typeof ThreadList>

export const SavedMessage = Type.Object({ message: Message, saved_at: Timestamp })
export type SavedMessage = Static<typeof SavedMessage>

/** Those that the caller may read (still), the newest first. */
export const SavedList = Type.Object({
  items: Type.Array(SavedMessage),
  next: Type.Union([Type.String(), Type.Null()]),
})
export type SavedList = Static<typeof SavedList>

/** Which messages one has saved, and may read (still): all of them, the newest first. */
export const SavedIds = Type.Object({
  message_ids: Type.Array(Id, { maxItems: SAVED_MAX }),
  stream: StreamName,
  seq: Seq,
})
export type SavedIds = Static<typeof SavedIds>
