import type { ChannelId, UserId } from '@glasshouse/kernel'
import type { SharedStoredChannel, StoredChannel } from '../application/ports.ts'
import type { ChannelType } from '../domain/channel-access.ts'
import type { ChannelRole } from '../domain/membership.ts'

/** A row of `chat.channels c` and `chat.channel_heads h` with `CHANNEL_COLUMNS`. */
export interface ChannelRow {
  readonly channel_id: ChannelId
  readonly channel_type: ChannelType
  readonly name: string | null
  readonly topic: string
  readonly description: string
  readonly people: readonly UserId[] | null
  readonly rate_count: number | null
  readonly rate_window_s: number | null
  readonly is_default: boolean
  readonly moderated: boolean
  readonly archived: boolean
  readonly created_by: UserId | null
  readonly channel_created_at: Date
  readonly channel_changed_seq: number
  readonly member_count: number
}

export const CHANNEL_COLUMNS = `
  c.id as channel_id, c.type as channel_type, c.name, c.topic, c.description, c.people, c.rate_count, c.rate_window_s,
  c.is_default, c.moderated, c.archived_at is not null as archived, c.created_by, c.created_at as channel_created_at,
  c.changed_seq as channel_changed_seq, h.member_count`

/** What the viewer is in the channel, of `chat.members mb`: null for no member. */
export const ROLE_COLUMN = `case when mb.state = 'joined' then mb.role end as role`
/** What keeps the viewer from writing in it just now, of the same row: null for nothing. */
export const RESTRICTED_COLUMN = `
  case when mb.banned_until > now() then 'banned' when mb.muted_until > now() then 'muted' end as restricted`

export function toSharedStoredChannel(row: ChannelRow): SharedStoredChannel {
  return {
    id: row.channel_id,
    type: row.channel_type,
    name: row.name,
    topic: row.topic,
    description: row.description,
    people: row.people,
    rateLimit:
      row.rate_count === null || row.rate_window_s === null
        ? null
        : { count: row.rate_count, windowS: row.rate_window_s },
    isDefault: row.is_default,
    moderated: row.moderated,
    archived: row.archived,
    createdBy: row.created_by,
    createdAtMs: row.channel_created_at.getTime(),
    changedSeq: row.channel_changed_seq,
    memberCount: row.member_count,
  }
}

export function toStoredChannel(row: ChannelRow & { readonly role: ChannelRole | null }): StoredChannel {
  return { ...toSharedStoredChannel(row), role: row.role ?? undefined }
}
