import type { ChannelId, UserId } from '@glasshouse/kernel'
import type { StoredRestriction } from '../application/restriction-ports.ts'
import type { RestrictionKind } from '../domain/restriction.ts'

/** pg reads `infinity` as the number. */
export type Until = Date | number

/** A row of `chat.restrictions rs` with `RESTRICTION_COLUMNS` and `RESTRICTION_JOIN`. */
export interface RestrictionRow {
  readonly restriction_id: string
  readonly restricted_channel_id: ChannelId
  readonly restricted_id: UserId
  readonly restriction_kind: RestrictionKind
  readonly restricted_until: Until | null
  readonly set_by: UserId
  readonly set_at: Date
  readonly restriction_reason: string | null
  readonly restriction_changed_at: Date
  /** As the text of a number. */
  readonly restriction_taken_at_ms: string | null
  readonly undoable: boolean
}

const UNTIL = `case rs.kind when 'mute' then rm.muted_until else rm.banned_until end`

/** Until when is with the membership, where an append reads it. */
export const RESTRICTION_COLUMNS = `
  rs.id as restriction_id, rs.channel_id as restricted_channel_id, rs.user_id as restricted_id, rs.kind as restriction_kind,
  ${UNTIL} as restricted_until, rs.set_by, rs.set_at, rs.reason as restriction_reason, rs.changed_at as restriction_changed_at,
  case when rs.before ->> 'terms' is null then rs.before ->> 'takenAtMs' end as restriction_taken_at_ms,
  rs.before is not null as undoable`
export const RESTRICTION_JOIN = `left join chat.members rm on rm.channel_id = rs.channel_id and rm.user_id = rs.user_id`
export const IN_FORCE = `${UNTIL} > now()`

export function toUntilMs(until: Until): number {
  return typeof until === 'number' ? until : until.getTime()
}

export function fromUntilMs(untilMs: number): Date | string {
  return untilMs === Number.POSITIVE_INFINITY ? 'infinity' : new Date(untilMs)
}

export function toStoredRestriction(row: RestrictionRow): StoredRestriction {
  return {
    id: row.restriction_id,
    channelId: row.restricted_channel_id,
    userId: row.restricted_id,
    kind: row.restriction_kind,
    terms: {
      untilMs: row.restricted_until === null ? undefined : toUntilMs(row.restricted_until),
      reason: row.restriction_reason,
      setBy: row.set_by,
      setAtMs: row.set_at.getTime(),
    },
    changedAtMs: row.restriction_changed_at.getTime(),
    undoableSinceMs: row.undoable ? Number(row.restriction_taken_at_ms ?? row.restriction_changed_at) : undefined,
  }
}
