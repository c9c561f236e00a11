/** Who is there, and what they say of themselves. Presence is of the moment: over the live connection it is told at most once. */
import Type, { type Static } from 'typebox'
import { CLOSED, Id, Timestamp } from './fields.ts'
import { STATUS_TEXT_LENGTH_MAX } from './limits.ts'

/** What one device says of its person. */
export const DeviceState = Type.Union([Type.Literal('active'), Type.Literal('away')])
export type DeviceState = Static<typeof DeviceState>

/** Over all devices of a person. `do_not_disturb` stands for active and away while it lasts. */
export const PresenceState = Type.Union([
  Type.Literal('active'),
  Type.Literal('away'),
  Type.Literal('do_not_disturb'),
  Type.Literal('offline'),
])
export type PresenceState = Static<typeof PresenceState>

export const CustomStatus = Type.Object(
  {
    emoji: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'one emoji' })),
    text: Type.String({ minLength: 1, maxLength: STATUS_TEXT_LENGTH_MAX }),
    /** Without it, until it is changed. */
    until: Type.Optional(Timestamp),
  },
  CLOSED,
)
export type CustomStatus = Static<typeof CustomStatus>

/** A person as everybody may see them now. What has an `until` is over then, without another word. */
export const Presence = Type.Object({
  user_id: Id,
  state: PresenceState,
  status: Type.Optional(CustomStatus),
  do_not_disturb_until: Type.Optional(Timestamp),
  /** The last sign of activity, of one who is not active; absent when unknown, or when the person shows it to nobody. */
  last_seen_at: Type.Optional(Timestamp),
})
export type Presence = Static<typeof Presence>

const ownStatus = {
  status: Type.Union([CustomStatus, Type.Null()]),
  do_not_disturb_until: Type.Union([Timestamp, Type.Null()]),
  last_seen_visible_to: Type.Union([Type.Literal('everybody'), Type.Literal('nobody')]),
}

/** What a person has set. */
export const OwnStatus = Type.Object(ownStatus)
export type OwnStatus = Static<typeof OwnStatus>

/** All of it, as it is to be from now on. */
export const SetStatusRequest = Type.Object(ownStatus, CLOSED)
export type SetStatusRequest = Static<typeof SetStatusRequest>
