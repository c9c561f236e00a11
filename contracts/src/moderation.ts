/** Messages that moderators look at, the words that hold them, and who did what. */
import Type, { type Static } from 'typebox'
import { CLOSED, Id, Seq, Timestamp } from './fields.ts'
import {
  HELD_WORD_LENGTH_MAX,
  HELD_WORDS_MAX,
  MODERATION_REASON_LENGTH_MAX,
  REPORT_REASONS_SHOWN_MAX,
} from './limits.ts'
import { Poll } from './polls.ts'

const Name = Type.Object({ id: Id, username: Type.String(), display_name: Type.String() })

/**
 * `pending`: it waits for a moderator, and nobody else but its author sees it. `reported`: it stands in the channel, and somebody says
 * that it should not. `visible`: approved or kept. `removed`: it stands there no more, or never did.
 */
export const ModerationStatus = Type.Union([
  Type.Literal('pending'),
  Type.Literal('reported'),
  Type.Literal('visible'),
  Type.Literal('removed'),
])
export type ModerationStatus = Static<typeof ModerationStatus>

export const HoldRule = Type.Union([
  Type.Literal('too_long'),
  Type.Literal('link'),
  Type.Literal('word'),
  Type.Literal('new_account'),
])
export type HoldRule = Static<typeof HoldRule>

/** For its author and the moderators of its channel. While it is held it has no `seq`, since it is in no channel's stream. */
export const ModeratedMessage = Type.Object({
  id: Id,
  channel_id: Id,
  seq: Type.Union([Seq, Type.Null()]),
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
  content: Type.String(),
  /** What it asks; the votes are told with the message in its channel. */
  poll: Type.Optional(Poll),
  /** When it was sent or, when it was not held, reported or removed. */
  timestamp: Timestamp,
  status: ModerationStatus,
  client_id: Type.Optional(Id),
  thread_id: Type.Optional(Id),
  held_for: Type.Array(HoldRule),
  /** How many people reported it; for moderators. */
  reports: Type.Integer({ minimum: 0 }),
  /** What the newest of those who gave a reason said; for moderators. */
  report_reasons: Type.Optional(Type.Array(Type.String(), { maxItems: REPORT_REASONS_SHOWN_MAX })),
  decided_by: Type.Optional(Name),
  decided_at: Type.Optional(Timestamp),
  reason: Type.Optional(Type.String()),
  /** Its author has deleted what was removed: its text is gone, and the decision stays. */
  deleted: Type.Optional(Type.Literal(true)),
  /** Until then the decision can be undone. */
  undo_until: Type.Optional(Timestamp),
})
export type ModeratedMessage = Static<typeof ModeratedMessage>

/** What a sender is answered whose message is not in the channel. */
export const HeldMessage = Type.Object({
  ...ModeratedMessage.properties,
  status: Type.Union([Type.Literal('pending'), Type.Literal('removed')]),
})
export type HeldMessage = Static<typeof HeldMessage>

/** What waits for the caller's decision, the oldest first. */
export const ModerationQueue = Type.Object({
  items: Type.Array(ModeratedMessage),
  next: Type.Union([Type.String(), Type.Null()]),
})
export type ModerationQueue = Static<typeof ModerationQueue>

/** One's own messages in a channel that wait or were removed, the newest first. */
export const HeldMessages = Type.Object({ items: Type.Array(ModeratedMessage) })
export type HeldMessages = Static<typeof HeldMessages>

const Reason = Type.String({ maxLength: MODERATION_REASON_LENGTH_MAX })

export const DecideRequest = Type.Object(
  {
    decision: Type.Union([Type.Literal('approve'), Type.Literal('remove')]),
    reason: Type.Optional(Type.String({ maxLength: MODERATION_REASON_LENGTH_MAX, description: 'Needed to remove' })),
  },
  CLOSED,
)
export type DecideRequest = Static<typeof DecideRequest>

export const ReportRequest = Type.Object({ reason: Type.Optional(Reason) }, CLOSED)
export type ReportRequest = Static<typeof ReportRequest>

/** Words, or several in a row, that hold a message: whole, without case and width. */
export const WordList = Type.Object(
  { words: Type.Array(Type.String({ minLength: 1, maxLength: HELD_WORD_LENGTH_MAX }), { maxItems: HELD_WORDS_MAX }) },
  CLOSED,
)
export type WordList = Static<typeof WordList>

/** `mute`: one reads a channel, and changes nothing in it. `ban`: one is out of it, and does not come in. */
export const RestrictionKind = Type.Union([Type.Literal('mute'), Type.Literal('ban')])
export type RestrictionKind = Static<typeof RestrictionKind>

const UntilOrLifted = Type.Union([Timestamp, Type.Null()], { description: 'null: until somebody lifts it' })

/** For the person themselves and the moderators of the channel. One whose end has come is over, and nobody is told of that. */
export const Restriction = Type.Object({
  kind: RestrictionKind,
  channel_id: Id,
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
  /** `lifted`: it was, or it was undone. */
  state: Type.Union([Type.Literal('in_force'), Type.Literal('lifted')]),
  /** Null also for what was lifted. */
  until: UntilOrLifted,
  reason: Type.Optional(Type.String()),
  set_by: Name,
  set_at: Timestamp,
  /** When it was set, lifted or undone: of two answers the later one counts. */
  changed_at: Timestamp,
  /** Until then that can be undone. */
  undo_until: Type.Optional(Timestamp),
})
export type Restriction = Static<typeof Restriction>

/** What is in force in a channel, what was set last first. */
export const RestrictionList = Type.Object({
  items: Type.Array(Restriction),
  next: Type.Union([Type.String(), Type.Null()]),
})
export type RestrictionList = Static<typeof RestrictionList>

export const RestrictRequest = Type.Object({ until: UntilOrLifted, reason: Type.Optional(Reason) }, CLOSED)
export type RestrictRequest = Static<typeof RestrictRequest>

export const AuditEntry = Type.Object({
  id: Type.Integer(),
  at: Timestamp,
  actor: Name,
  action: Type.String(),
  channel_id: Type.Optional(Id),
  message_id: Type.Optional(Id),
  /** Whom it was about. */
  user: Type.Optional(Name),
  reason: Type.Optional(Type.String()),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type AuditEntry = Static<typeof AuditEntry>

/** The newest first. */
export const AuditLog = Type.Object({
  items: Type.Array(AuditEntry),
  next: Type.Union([Type.String(), Type.Null()]),
})
export type AuditLog = Static<typeof AuditLog>
