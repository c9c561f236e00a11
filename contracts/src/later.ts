/** What is to happen later for a person: messages that are sent for them, and reminders. One's own alone, the same on every device. */
import Type, { type Static } from 'typebox'
import { CLOSED, Id, MessageContent, Seq, StreamName, Timestamp } from './fields.ts'
import { Message } from './messages.ts'

export const ScheduledState = Type.Union([
  Type.Literal('waiting'),
  /** It could not be sent: `reason` says why. It can be changed, which lets it wait again, or cancelled. */
  Type.Literal('failed'),
  Type.Literal('sent'),
  Type.Literal('cancelled'),
])
export type ScheduledState = Static<typeof ScheduledState>

export const ScheduledMessage = Type.Object({
  /** It becomes the `client_id` of the message. */
  id: Id,
  channel_id: Id,
  thread_id: Type.Optional(Id),
  /** Empty once it is sent or cancelled. */
  content: Type.String(),
  send_at: Timestamp,
  state: ScheduledState,
  reason: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
})
export type ScheduledMessage = Static<typeof ScheduledMessage>

/** All that wait or have failed, the next one first, of one moment: `{stream, seq}` is the place of one's own stream then. */
export const ScheduledList = Type.Object({ items: Type.Array(ScheduledMessage), stream: StreamName, seq: Seq })
export type ScheduledList = Static<typeof ScheduledList>

export const ScheduleMessageRequest = Type.Object(
  {
    content: MessageContent,
    send_at: Timestamp,
    thread_id: Type.Optional(Id),
    client_id: Type.Optional(Id),
  },
  CLOSED,
)
export type ScheduleMessageRequest = Static<typeof ScheduleMessageRequest>

export const ChangeScheduledRequest = Type.Object(
  { content: Type.Optional(MessageContent), send_at: Type.Optional(Timestamp) },
  { ...CLOSED, minProperties: 1 },
)
export type ChangeScheduledRequest = Static<typeof ChangeScheduledRequest>

export const ReminderState = Type.Union([Type.Literal('waiting'), Type.Literal('due'), Type.Literal('done')])
export type ReminderState = Static<typeof ReminderState>

export const Reminder = Type.Object({
  message_id: Id,
  channel_id: Id,
  remind_at: Timestamp,
  state: ReminderState,
})
export type Reminder = Static<typeof Reminder>

/** With the message, of which one is told what one may read of it now. */
export const ReminderOfMessage = Type.Object({ ...Reminder.properties, message: Message })
export type ReminderOfMessage = Static<typeof ReminderOfMessage>

/** All that wait or are due, of messages that one may read: the earliest first, of one moment. */
export const ReminderList = Type.Object({ items: Type.Array(ReminderOfMessage), stream: StreamName, seq: Seq })
export type ReminderList = Static<typeof ReminderList>

/** Within a year; what is over is due at once. */
export const SetReminderRequest = Type.Object({ remind_at: Timestamp }, CLOSED)
export type SetReminderRequest = Static<typeof SetReminderRequest>
