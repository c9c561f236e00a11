import type { ChannelId, ClientId, MessageId, UserId } from '@glasshouse/kernel'
import type { Pool } from '@glasshouse/platform'
import type { StoredScheduled } from '../application/later-ports.ts'
import type { StoredUserChange, UserStreamReader } from '../application/ports.ts'
import { LOBBY_ID } from '../domain/lobby.ts'
import type { ChannelRole } from '../domain/membership.ts'
import { PAGED, throughOf } from './change-page.ts'
import { CHANNEL_COLUMNS, toSharedStoredChannel, type ChannelRow } from './channel-rows.ts'
import { toStoredReminder, type ReminderRow } from './postgres-reminder-store.ts'
import {
  FOR_ADMINISTRATORS,
  MODERATION_COLUMNS,
  MODERATION_JOIN,
  toStoredModeration,
  type ModerationRow,
} from './moderation-rows.ts'
import { toOwnChannelState, toReadState, type OwnChannelRow, type OwnThreadRow } from './postgres-read-state-store.ts'
import { RESTRICTION_COLUMNS, RESTRICTION_JOIN, toStoredRestriction, type RestrictionRow } from './restriction-rows.ts'

/** Reads of people's own streams. As in postgres-channel-reader.ts, each is one statement, and so sees one moment of the database. */
export function createPostgresUserStreamReader(pool: Pool): UserStreamReader {
  return {
    async heads(userIds) {
      const { rows } = await pool.query<{ user_id: UserId; head: number }>(
        'select user_id, head from chat.user_heads where user_id = any ($1)',
        [userIds],
      )
      return new Map(rows.map((row) => [row.user_id, row.head]))
    },

    async changes(userId, after, limit) {
      const { rows } = await pool.query<UserChangeRow>(CHANGES, [userId, after, limit])
      const head = rows[0]?.head ?? 0
      // What the person may see no more takes a place all the same: how far this page goes is told by the rows.
      const changes = rows.flatMap((row) => toUserChange(row, userId) ?? [])
      return { changes, through: throughOf(rows, { head, limit }), head }
    },
  }
}

/** As of now, and not as of when they were told: who moderates no more reads nothing of what others wrote. */
const MODERATES = `(
  (mb.state = 'joined' and mb.role in ('owner', 'moderator'))
  or ((c.type = 'public' or ${FOR_ADMINISTRATORS})
    and exists (select 1 from chat.user_replica r where r.id = $1 and r.role = 'admin' and r.state = 'active')))`

/** Whether the channel is there for them at all: who was banned from a private one is outside of it. As in channel-access.ts. */
const SEES = `(
  mb.state = 'joined'
  or c.id = '${LOBBY_ID}'
  or (c.type = 'public' and not exists (select 1 from chat.user_replica r where r.id = $1 and r.role = 'guest')))`

/** Each kind of row by its own index on (user_id, user_seq), at most `$3` of each; then the first `$3` of all, as many as a page holds. */
const CHANGES = `
  with changed as (
    select * from (
      (select 'membership' as kind, channel_id as id, user_seq as at, 0 as bytes from chat.members
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'channel', channel_id, user_seq, 0 from chat.own_channels
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'thread', root_id, user_seq, 0 from chat.thread_follows
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'draft', place_id, user_seq, octet_length(content) from chat.drafts
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'saved', message_id, user_seq, 0 from chat.saved_messages
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'scheduled', id, user_seq, octet_length(content) from chat.scheduled_messages
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'reminder', message_id, user_seq, 0 from chat.reminders
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'moderation', message_id, user_seq,
         coalesce((select octet_length(content) from chat.moderated_messages q where q.id = message_id), 0)
       from chat.moderation_places
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
      union all
      (select 'restriction', restriction_id, user_seq, 0 from chat.restriction_places
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
    ) kinds
    order by at
    limit $3
  ),
  ${PAGED}
  select (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as head, x.kind, x.at, x.found,
    k.message_id as saved_id, km.channel_id as saved_channel_id, k.saved_at, mb.state,
    mb.role, coalesce(o.channel_id, f.channel_id, d.channel_id, s.channel_id) as own_channel_id, f.root_id, f.following,
    coalesce(o.read_seq, f.read_seq) as read_seq, coalesce(o.marked_seq, f.marked_seq) as marked_seq,
    coalesce(o.marked_at, f.marked_at) as marked_at, o.muted, o.favourite, o.section,
    d.thread_id as draft_thread_id, d.updated_at as draft_at, d.content as draft_content,
    s.id as scheduled_id, s.thread_id as scheduled_thread_id, s.content as scheduled_content, s.send_at,
    s.state as scheduled_state, s.reason,
    r.message_id, r.channel_id as reminded_channel_id, r.remind_at, r.state as reminder_state, r.user_seq,
    ${CHANNEL_COLUMNS}, ${MODERATION_COLUMNS}, ${RESTRICTION_COLUMNS},
    ${MODERATES} as moderates, ${SEES} as sees
  from (select) one
  left join paged x on true
  left join chat.moderated_messages q on x.kind = 'moderation' and q.id = x.id
  ${MODERATION_JOIN}
  left join chat.restrictions rs on x.kind = 'restriction' and rs.id = x.id
  ${RESTRICTION_JOIN}
  left join chat.channels c
    on c.id = case x.kind when 'membership' then x.id when 'moderation' then q.channel_id when 'restriction' then rs.channel_id end
  left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1
  left join chat.channel_heads h on x.kind = 'membership' and h.channel_id = x.id
  left join chat.own_channels o on x.kind = 'channel' and o.channel_id = x.id and o.user_id = $1
  left join chat.thread_follows f on x.kind = 'thread' and f.root_id = x.id and f.user_id = $1
  left join chat.drafts d on x.kind = 'draft' and d.place_id = x.id and d.user_id = $1
  left join chat.saved_messages k on x.kind = 'saved' and k.message_id = x.id and k.user_id = $1
  left join chat.messages km on km.id = k.message_id
  left join chat.scheduled_messages s on x.kind = 'scheduled' and s.id = x.id and s.user_id = $1
  left join chat.reminders r on x.kind = 'reminder' and r.message_id = x.id and r.user_id = $1
  order by x.at`

interface UserChangeRow extends ChannelRow, OwnChannelRow, OwnThreadRow, ReminderRow, ModerationRow, RestrictionRow {
  readonly head: number
  readonly kind: StoredUserChange['kind'] | null
  readonly at: number
  readonly found: number
  readonly state: 'joined' | 'left'
  readonly role: ChannelRole
  readonly own_channel_id: ChannelId
  readonly root_id: MessageId
  readonly draft_thread_id: MessageId | null
  readonly draft_content: string
  readonly draft_at: Date
  readonly saved_id: MessageId
  readonly saved_channel_id: ChannelId
  /** Null: it was taken off. */
  readonly saved_at: Date | null
  readonly scheduled_id: ClientId
  readonly scheduled_thread_id: MessageId | null
  readonly scheduled_content: string
  readonly scheduled_state: StoredScheduled['state']
  readonly send_at: Date
  readonly reason: string | null
  readonly moderates: boolean | null
  readonly sees: boolean | null
}

function toUserChange(row: UserChangeRow, userId: UserId): StoredUserChange | undefined {
  const { kind, at: changedSeq, own_channel_id: channelId, root_id: rootId, following } = row
  switch (kind) {
    case null:
      return undefined
    case 'membership': {
      const { state: membership, role } = row
      return { kind, changedSeq, membership, role, channel: toSharedStoredChannel(row) }
    }
    case 'channel':
      return { kind, changedSeq, channelId, state: toOwnChannelState(row) }
    case 'moderation': {
      // Null: it was let go long after it was decided.
      const moderates = row.moderates === true
      if (row.moderated_id === null || (!moderates && row.author_id !== userId)) return undefined
      return { kind, changedSeq, message: toStoredModeration(row), moderates }
    }
    case 'restriction': {
      if (row.moderates !== true && (row.restricted_id !== userId || row.sees !== true)) return undefined
      return { kind, changedSeq, restriction: toStoredRestriction(row) }
    }
    case 'thread':
      return { kind, changedSeq, channelId, rootId, state: { ...toReadState(row), following: following ?? undefined } }
    case 'scheduled': {
      const scheduled: StoredScheduled = {
        id: row.scheduled_id,
        channelId,
        threadId: row.scheduled_thread_id ?? undefined,
        content: row.scheduled_content,
        sendAtMs: row.send_at.getTime(),
        state: row.scheduled_state,
        reason: row.reason ?? undefined,
        changedSeq,
      }
      return { kind, changedSeq, scheduled }
    }
    case 'saved': {
      const saved = { messageId: row.saved_id, saved: row.saved_at !== null, changedSeq }
      return { kind, changedSeq, channelId: row.saved_channel_id, saved }
    }
    case 'reminder':
      return { kind, changedSeq, reminder: toStoredReminder(row) }
    case 'draft': {
      const { draft_thread_id: threadId, draft_content: content, draft_at: at } = row
      const draft = { channelId, threadId: threadId ?? undefined, content, changedSeq, updatedAtMs: at.getTime() }
      return { kind, changedSeq, draft }
    }
  }
}
