import type { ChannelId, ClientId, MessageId, UserId } from '@glasshouse/kernel'
import { channelStream, REPORT_REASONS_SHOWN_MAX, userStream } from '@glasshouse/contracts'
import type { PoolClient } from '@glasshouse/platform'
import type { StoredModeration, StreamAdvance } from '../application/ports.ts'
import type { ModerationStatus } from '../domain/moderated-message.ts'
import type { HoldRule } from '../domain/moderation-rules.ts'
import type { Poll } from '../domain/poll.ts'
import { USER_STREAM_TOPIC } from './stream-topics.ts'

/** As JSON has it: a poll that does not end has no end. */
type StoredQuestion = Omit<Poll, 'endsAtMs'> & { readonly endsAtMs?: number | null }

/** A row of `chat.moderated_messages q` with `MODERATION_COLUMNS` and `MODERATION_JOIN`. */
export interface ModerationRow {
  readonly moderated_id: MessageId
  readonly moderated_channel_id: ChannelId
  readonly author_id: UserId
  readonly client_id: ClientId | null
  readonly thread_id: MessageId | null
  readonly moderated_seq: number | null
  readonly content: string
  readonly asked: StoredQuestion | null
  readonly status: ModerationStatus
  readonly held_for: readonly HoldRule[]
  readonly report_count: number
  readonly report_reasons: readonly string[]
  readonly queued_at: Date
  readonly moderated_sent_at: Date | null
  readonly let_go: boolean
  readonly decided_by: UserId | null
  readonly decided_at: Date | null
  readonly decision_reason: string | null
}

/** The text is where the message is: in its channel, or here. So is the poll, but for one that was taken out, which is there. */
export const MODERATION_COLUMNS = `
  q.id as moderated_id, q.channel_id as moderated_channel_id, q.user_id as author_id, q.client_id, q.thread_id, sm.seq as moderated_seq,
  coalesce(q.content, sm.content, '') as content, q.status, q.held_for, q.report_count, q.queued_at, q.decided_by, q.decided_at,
  q.reason as decision_reason, sm.created_at as moderated_sent_at, q.let_go_at is not null as let_go,
  array(
    select mr.reason from chat.message_reports mr
    where mr.message_id = q.id and mr.reason <> ''
    order by mr.reported_at desc, mr.user_id
    limit ${REPORT_REASONS_SHOWN_MAX}
  ) as report_reasons,
  coalesce(q.poll, (
    select jsonb_build_object('question', p.question, 'options', p.options, 'multiple', p.multiple, 'anonymous', p.anonymous,
      'endsAtMs', (extract(epoch from p.ends_at) * 1000)::bigint)
    from chat.polls p where p.message_id = q.id
  )) as asked`
export const MODERATION_JOIN = `left join chat.messages sm on sm.id = q.id and q.status in ('visible', 'reported')`

export function toStoredModeration(row: ModerationRow): StoredModeration {
  return {
    id: row.moderated_id,
    channelId: row.moderated_channel_id,
    userId: row.author_id,
    clientId: row.client_id,
    threadId: row.thread_id,
    seq: row.moderated_seq,
    content: row.content,
    poll: row.asked === null ? undefined : { ...row.asked, endsAtMs: row.asked.endsAtMs ?? undefined },
    status: row.status,
    heldFor: row.held_for,
    reportCount: row.report_count,
    reportReasons: row.report_reasons,
    queuedAtMs: row.queued_at.getTime(),
    sentAtMs: row.moderated_sent_at?.getTime() ?? null,
    letGo: row.let_go,
    decidedBy: row.decided_by,
    decidedAtMs: row.decided_at?.getTime() ?? null,
    reason: row.decision_reason,
  }
}

/** Of a conversation's message `q` in `c`: somebody reported it, and so it is for administrators, that one and no other. */
export const FOR_ADMINISTRATORS = `(
  c.type in ('direct', 'group') and (q.status in ('reported', 'removed') or q.decided_at > now() - interval '1 minute'))`

/** How many moderators of a channel are told live; the queue itself is open to all of them. */
const MODERATORS_TOLD_MAX = 100

/**
 * Who moderates the channel `$1`: its owners and moderators, and administrators of the house where it is public. In conversations nobody
 * does; what is reported there is for the administrators.
 */
const MODERATORS = `
  (
    select mb.user_id from chat.members mb
    where mb.channel_id = $1 and mb.state = 'joined' and mb.role in ('owner', 'moderator')
    union
    select r.id from chat.user_replica r join chat.channels c on c.id = $1 and c.type <> 'private'
    where r.role = 'admin' and r.state = 'active'
    order by 1
    limit ${MODERATORS_TOLD_MAX}
  )`

const tell = (table: string, subject: string): string => `
  with told as materialized (
    select user_id from ${MODERATORS} moderators
    union
    select $3::uuid where $3::uuid is not null
  ),
  moved as (
    insert into chat.user_heads as h (user_id, head)
    select user_id, 1 from told order by user_id
    on conflict (user_id) do update set head = h.head + 1
    returning user_id, head
  ),
  placed as (
    insert into ${table} (user_id, ${subject}, user_seq)
    select user_id, $2, head from moved
    on conflict (user_id, ${subject}) do update set user_seq = excluded.user_seq
  ),
  announced as (
    insert into chat.outbox (topic, key, version) select $4, user_id, head from moved
  )
  select user_id, head from moved`
const TELL_MESSAGE = tell('chat.moderation_places', 'message_id')
const TELL_RESTRICTION = tell('chat.restriction_places', 'restriction_id')

/** Takes the next place in the own stream of each moderator, and of the author when given. Returns the streams that moved. */
export async function tellModeration(
  client: PoolClient,
  message: { readonly channelId: ChannelId; readonly messageId: MessageId; readonly authorId: UserId | null },
): Promise<readonly StreamAdvance[]> {
  return tellPlaces(client, TELL_MESSAGE, [message.channelId, message.messageId, message.authorId])
}

/** The same of a mute or a ban, for whom it is about and the moderators. */
export async function tellRestriction(
  client: PoolClient,
  told: { readonly channelId: ChannelId; readonly restrictionId: string; readonly userId: UserId },
): Promise<readonly StreamAdvance[]> {
  return tellPlaces(client, TELL_RESTRICTION, [told.channelId, told.restrictionId, told.userId])
}

async function tellPlaces(
  client: PoolClient,
  text: string,
  subject: readonly [ChannelId, string, UserId | null],
): Promise<readonly StreamAdvance[]> {
  const { rows } = await client.query<{ user_id: UserId; head: number }>(text, [...subject, USER_STREAM_TOPIC])
  return rows.map((row) => ({ stream: userStream(row.user_id), head: row.head }))
}

/** All whose own streams a change of a channel's messages by a moderator may move, locked in the order of their ids. */
export async function lockModerationHeads(
  client: PoolClient,
  message: {
    readonly channelId: ChannelId
    readonly authorId: UserId
    readonly threadId: MessageId | null
    readonly names: readonly string[]
  },
): Promise<void> {
  const { channelId, authorId, threadId, names } = message
  await client.query(
    `select chat.lock_heads_of_replies(array[$1]::uuid[], array(select user_id from ${MODERATORS} m) || $2::uuid, $3, $4)`,
    [channelId, authorId, threadId === null ? [] : [threadId], threadId === null ? [] : names],
  )
}

export interface AuditInsert {
  readonly actorId: UserId
  readonly action: string
  readonly channelId?: ChannelId
  readonly messageId?: MessageId
  readonly userId?: UserId
  readonly reason?: string | null
  readonly details?: Readonly<Record<string, unknown>>
}

/** Within the transaction of what was done. */
export async function audit(client: PoolClient, entry: AuditInsert): Promise<void> {
  await client.query(
    `insert into chat.audit_log (actor_id, action, channel_id, message_id, user_id, reason, details)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      entry.actorId,
      entry.action,
      entry.channelId ?? null,
      entry.messageId ?? null,
      entry.userId ?? null,
      entry.reason ?? null,
      entry.details ?? null,
    ],
  )
}

export function channelAdvance(channelId: ChannelId, head: number): StreamAdvance {
  return { stream: channelStream(channelId), head }
}
