/** What services tell each other: flat JSON, at least once, in order for one key. Each is written to its owner's outbox in the transaction of the change. */
import Type, { type Static } from 'typebox'
import { Id, Seq, Timestamp } from './fields.ts'
import { Role } from './users.ts'

const event = <Name extends string, Fields extends Type.TProperties>(name: Name, fields: Fields) =>
  Type.Object({ event_type: Type.Literal(name), event_id: Id, schema: Type.Literal(1), ...fields })

const account = {
  user_id: Id,
  username: Type.String(),
  display_name: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  role: Role,
  state: Type.Union([Type.Literal('active'), Type.Literal('disabled')]),
  bot: Type.Boolean(),
  account_created_at: Timestamp,
  /** Grows with each change of the account: an older version never overwrites a newer one. */
  version: Type.Integer({ minimum: 1 }),
}

export const UserCreated = event('user_created', { ...account, created_at: Timestamp })
export const UserUpdated = event('user_updated', { ...account, updated_at: Timestamp })
export const SessionRevoked = event('session_revoked', { user_id: Id, sid: Id, at: Timestamp })

export const USER_EVENTS = {
  user_created: UserCreated,
  user_updated: UserUpdated,
  session_revoked: SessionRevoked,
} as const
export type UserEvent = {
  [Name in keyof typeof USER_EVENTS]: Static<(typeof USER_EVENTS)[Name]>
}[keyof typeof USER_EVENTS]
/** The topic of the events above; their key is the user's id. */
export const USER_EVENTS_TOPIC = 'user-events'

/**
 * A channel's stream has moved to `head`. Embedded, chat's outbox holds one row a change; what changed is read from the store by `changes`, so the
 * event names it and carries no copy of it.
 */
export const ChannelStreamChanged = Type.Object({
  event_type: Type.Literal('channel_stream_changed'),
  channel_id: Id,
  changed_seq: Seq,
})
export type ChannelStreamChanged = Static<typeof ChannelStreamChanged>

/** The same of a person's own stream. */
export const UserStreamChanged = Type.Object({
  event_type: Type.Literal('user_stream_changed'),
  user_id: Id,
  changed_seq: Seq,
})
export type UserStreamChanged = Static<typeof UserStreamChanged>
