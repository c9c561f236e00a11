import type { ChannelId, ClientId, MessageId, UserId } from '@glasshouse/kernel'
import {
  REACTION_NAMES_MAX,
  type StoredMention,
  type StoredMessage,
  type StoredReaction,
} from '../application/ports.ts'
import { POLL_JOIN, toStoredPoll, type PollRow } from './poll-rows.ts'

/** A row of `chat.messages m` with `MESSAGE_COLUMNS` and `MESSAGE_JOINS`. */
export interface MessageRow {
  readonly id: MessageId
  readonly channel_id: ChannelId
  readonly seq: number
  readonly changed_seq: number
  readonly user_id: UserId
  readonly client_id: ClientId | null
  readonly content: string
  readonly thread_id: MessageId | null
  readonly created_at: Date
  readonly edited_at: Date | null
  readonly pinned_at: Date | null
  readonly pinned_by: UserId | null
  readonly deleted_at: Date | null
  readonly reply_count: number | null
  readonly last_reply_at: Date | null
  readonly last_reply_seq: number | null
  readonly mentions: readonly StoredMention[] | null
  readonly poll: PollRow | null
  readonly reactions:
    readonly { readonly emoji: string; readonly count: number; readonly user_ids: readonly UserId[] }[] | null
}

export const MESSAGE_COLUMNS = `
  m.id, m.channel_id, m.seq, m.changed_seq, m.user_id, m.client_id, m.content, m.thread_id, m.created_at, m.edited_at,
  m.pinned_at, m.pinned_by, m.deleted_at,
  replies.reply_count, replies.last_reply_at, replies.last_reply_seq, reacted.reactions,
  mentioned.mentions, asked.poll`

/** Put after the page was cut to its length: each row costs two short walks of an index. */
export const MESSAGE_JOINS = `
  left join lateral (
    select count(*)::integer as reply_count, max(r.created_at) as last_reply_at, max(r.seq) as last_reply_seq
    from chat.messages r
    where r.thread_id = m.id and r.deleted_at is null
  ) replies on m.thread_id is null
  left join lateral (
    select json_agg(json_build_object('emoji', e.emoji, 'count', e.count, 'user_ids', e.user_ids) order by e.first, e.emoji)
      as reactions
    from (
      select emoji, count(*) as count, min(position) as first,
        (array_agg(user_id order by position, user_id))[1:${REACTION_NAMES_MAX}] as user_ids
      from chat.message_reactions
      where message_id = m.id
      group by emoji
    ) e
  ) reacted on true
  left join lateral (
    select json_agg(json_build_object('kind', kind, 'name', name, 'id', target_id) order by position) as mentions
    from chat.message_mentions
    where message_id = m.id
  ) mentioned on true
  ${POLL_JOIN}`

export function toStoredMessage(row: MessageRow): StoredMessage {
  const deleted = row.deleted_at !== null
  return {
    id: row.id,
    channelId: row.channel_id,
    seq: row.seq,
    changedSeq: row.changed_seq,
    userId: row.user_id,
    clientId: row.client_id,
    content: row.content,
    threadId: row.thread_id,
    createdAtMs: row.created_at.getTime(),
    editedAtMs: deleted ? null : (row.edited_at?.getTime() ?? null),
    pinnedAtMs: row.pinned_at?.getTime() ?? null,
    pinnedBy: row.pinned_by,
    deleted,
    // One that a moderator took out keeps what belongs to it, for it may come back: nobody reads it meanwhile.
    mentions: deleted ? [] : (row.mentions ?? []),
    poll: deleted || row.poll === null ? undefined : toStoredPoll(row.poll),
    reactions: (deleted ? [] : (row.reactions ?? [])).map(({ emoji, count, user_ids: userIds }): StoredReaction => ({
      emoji,
      count,
      userIds,
    })),
    replyCount: row.reply_count ?? 0,
    lastReplyAtMs: row.last_reply_at?.getTime() ?? null,
    lastReplySeq: row.last_reply_seq,
  }
}
