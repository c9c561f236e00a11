import type { ChannelId, MessageId, UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import type {
  AppendRefusal,
  AuditQuery,
  AuditRecord,
  HoldOutcome,
  MessageDraft,
  ModerationStore,
  ModerationTarget,
  StreamAdvance,
} from '../application/ports.ts'
import type { HoldRule } from '../domain/moderation-rules.ts'
import { letGoOfRemoved } from './let-go-of-removed.ts'
import { moderateMessage } from './moderate-message.ts'
import {
  audit,
  FOR_ADMINISTRATORS,
  MODERATION_COLUMNS,
  MODERATION_JOIN,
  tellModeration,
  toStoredModeration,
  type ModerationRow,
} from './moderation-rows.ts'
import { EVERYWHERE } from './word-lists.ts'
import { lockHead } from './write-memberships.ts'

const HASH = `sha256(convert_to(coalesce($4::uuid::text, '') || E'\\n' || $5::text, 'UTF8'))`

/** How a held message's draft stands to what is there: `$1` channel, `$2` author, `$3` client_id, `$4` thread, `$5` content. */
const JUDGE = `
  select m.id as known_id, m.seq as known_seq, (extract(epoch from m.created_at) * 1000)::bigint as known_at_ms,
    coalesce(m.content_hash = ${HASH}, false) as known_same,
    c.type = 'public' as is_public, c.archived_at is not null as archived, coalesce(mb.state = 'joined', false) as joined,
    coalesce(mb.muted_until > now(), false) as muted, coalesce(mb.banned_until > now(), false) as banned,
    $4::uuid is null or r.id is not null as thread_found,
    (select count(*)::integer from chat.moderated_messages q
     where q.channel_id = $1 and q.user_id = $2 and q.status = 'pending') as by_author,
    (select count(*)::integer from chat.moderated_messages q
     where q.channel_id = $1 and q.status = 'pending') as in_channel
  from chat.channels c
  left join chat.members mb on mb.channel_id = c.id and mb.user_id = $2
  left join chat.messages m on m.channel_id = c.id and m.user_id = $2 and m.client_id = $3
  left join chat.messages r on r.id = $4 and r.channel_id = c.id and r.thread_id is null and r.deleted_at is null
  where c.id = $1`

interface JudgedRow {
  readonly known_id: MessageId | null
  readonly known_seq: number
  readonly known_at_ms: number
  readonly known_same: boolean
  readonly is_public: boolean
  readonly archived: boolean
  readonly joined: boolean
  readonly muted: boolean
  readonly banned: boolean
  readonly thread_found: boolean
  readonly by_author: number
  readonly in_channel: number
}

const FIND_HELD = `
  select ${MODERATION_COLUMNS}, coalesce(q.content_hash = ${HASH}, false) as same
  from chat.moderated_messages q
  ${MODERATION_JOIN}
  where q.channel_id = $1 and q.user_id = $2 and q.client_id = $3`

const HOLD = `
  insert into chat.moderated_messages
    (id, channel_id, user_id, client_id, content, content_hash, thread_id, members_only, mention_names, poll, has_place, status, held_for,
     queued_at)
  values ($6, $1, $2, $3, $5, ${HASH}, $4, $7, $8, $9, false, 'pending', $10, date_trunc('milliseconds', clock_timestamp()))`

/** An append looks for what was held from then on. The lock of the channel's head makes it wait for this. */
const NOTE_HELD = 'update chat.channels set has_held = true where id = $1 and not has_held'

const FIND = `select ${MODERATION_COLUMNS} from chat.moderated_messages q ${MODERATION_JOIN} where q.id = $1`

/** Those that their author deleted meanwhile wait for nobody. */
const QUEUE = `
  select ${MODERATION_COLUMNS}
  from chat.moderated_messages q
  join chat.channels c on c.id = q.channel_id
  ${MODERATION_JOIN}
  where q.status in ('pending', 'reported') and (q.status = 'pending' or sm.deleted_at is null)
    and ($3::uuid is null or q.channel_id = $3)
    and ($4::timestamptz is null or (q.queued_at, q.id) > ($4, $5::uuid))
    and (($2 and (c.type = 'public' or ${FOR_ADMINISTRATORS})) or exists (
      select 1 from chat.members mb
      where mb.channel_id = q.channel_id and mb.user_id = $1 and mb.state = 'joined' and mb.role in ('owner', 'moderator')))
  order by q.queued_at, q.id
  limit $6`

const OWN_HELD = `
  select ${MODERATION_COLUMNS}
  from chat.moderated_messages q
  ${MODERATION_JOIN}
  where q.channel_id = $1 and q.user_id = $2 and q.status in ('pending', 'removed') and q.let_go_at is null
  order by q.queued_at desc, q.id
  limit $3`

export function createPostgresModerationStore(pool: Pool): ModerationStore {
  return {
    hold: (draft, heldFor, bounds) => transaction(pool, (client) => hold(client, { draft, heldFor, bounds })),
    findHeld: (draft) => findHeld(pool, draft),
    change: (target, decide) => moderateMessage(pool, target, decide),
    letGo: (target) => letGoOfRemoved(pool, target),
    report: (target, reason) => transaction(pool, (client) => report(client, target, reason)),

    async whereIs(messageId) {
      const { rows } = await pool.query<{ channel_id: ChannelId; for_administrators: boolean | null }>(
        `select c.id as channel_id, ${FOR_ADMINISTRATORS} as for_administrators
         from (select $1::uuid as id) i
         left join chat.moderated_messages q on q.id = i.id
         left join chat.messages m on m.id = i.id and m.deleted_at is null
         join chat.channels c on c.id = coalesce(q.channel_id, m.channel_id)`,
        [messageId],
      )
      const row = rows[0]
      return row && { channelId: row.channel_id, forAdministrators: row.for_administrators === true }
    },

    async find(messageId) {
      const { rows } = await pool.query<ModerationRow>(FIND, [messageId])
      return rows[0] === undefined ? undefined : toStoredModeration(rows[0])
    },

    async moderatesAny(userId) {
      const { rows } = await pool.query<{ any: boolean }>(
        `select exists (
           select 1 from chat.members where user_id = $1 and state = 'joined' and role in ('owner', 'moderator')
         ) as any`,
        [userId],
      )
      return rows[0]?.any === true
    },

    async queue({ userId, publicToo, channelId, after, limit }) {
      const { rows } = await pool.query<ModerationRow>(QUEUE, [
        userId,
        publicToo,
        channelId ?? null,
        after === undefined ? null : new Date(after.timeMs),
        after?.id ?? null,
        limit,
      ])
      return rows.map(toStoredModeration)
    },

    async ownHeld(channelId, userId, limit) {
      const { rows } = await pool.query<ModerationRow>(OWN_HELD, [channelId, userId, limit])
      return rows.map(toStoredModeration)
    },

    async words(channelId) {
      const text = 'select words from chat.word_lists where scope_id = $1'
      const { rows } = await pool.query<{ words: readonly string[] }>(text, [channelId ?? EVERYWHERE])
      return rows[0]?.words ?? []
    },

    setWords: (channelId, words, actorId) =>
      transaction(pool, async (client) => {
        const scope = channelId ?? EVERYWHERE
        // One at a time, so that what is told to be added and removed was.
        await client.query('insert into chat.word_lists (scope_id, words) values ($1, $2) on conflict do nothing', [
          scope,
          [],
        ])
        const before = await client.query<{ words: readonly string[] }>(
          'select words from chat.word_lists where scope_id = $1 for no key update',
          [scope],
        )
        const known = new Set(before.rows[0]?.words)
        const wanted = new Set(words)
        const added = words.filter((word) => !known.has(word))
        const removed = [...known].filter((word) => !wanted.has(word))
        if (added.length + removed.length === 0) return
        await client.query('update chat.word_lists set words = $2 where scope_id = $1', [scope, words])
        const where = channelId === undefined ? {} : { channelId }
        await audit(client, { actorId, action: 'words.set', ...where, details: { added, removed } })
      }),

    audit: (query) => readAudit(pool, query),
  }
}

function keyOf({ channelId, userId, clientId, threadId, content }: MessageDraft): unknown[] {
  return [channelId, userId, clientId ?? null, threadId ?? null, content]
}

async function findHeld(
  on: Pick<Pool, 'query'>,
  draft: MessageDraft,
): Promise<Extract<HoldOutcome, { kind: 'held_before' | 'conflict' }> | undefined> {
  if (draft.clientId === undefined) return undefined
  const { rows } = await on.query<ModerationRow & { readonly same: boolean }>(FIND_HELD, keyOf(draft))
  const row = rows[0]
  if (row === undefined) return undefined
  return row.same ? { kind: 'held_before', message: toStoredModeration(row) } : { kind: 'conflict' }
}

interface Holding {
  readonly draft: MessageDraft
  readonly heldFor: readonly HoldRule[]
  readonly bounds: { readonly heldPerAuthorMax: number; readonly heldPerChannelMax: number }
}

/** Under the lock of the channel's head, as an append: so the same client_id is not held here and stored there. */
async function hold(client: PoolClient, { draft, heldFor, bounds }: Holding): Promise<HoldOutcome> {
  const head = await lockHead(client, draft.channelId)
  const { rows } = await client.query<JudgedRow>(JUDGE, keyOf(draft))
  const row = rows[0]
  if (head === undefined || row === undefined) return { kind: 'no_channel' }
  if (!row.joined && (draft.membersOnly === true || !row.is_public)) return { kind: 'outside' }
  if (row.known_id !== null) {
    if (!row.known_same) return { kind: 'conflict' }
    return { kind: 'repeated', id: row.known_id, seq: row.known_seq, createdAtMs: row.known_at_ms }
  }
  const before = await findHeld(client, draft)
  if (before !== undefined) return before
  const refusal = refusalOf(row)
  if (refusal !== undefined) return { kind: refusal }
  const isFull = row.by_author >= bounds.heldPerAuthorMax || row.in_channel >= bounds.heldPerChannelMax
  if (isFull) return { kind: 'too_many_held' }

  const { id, channelId, userId } = draft
  const more = [id, draft.membersOnly ?? false, draft.mentionNames ?? [], draft.poll ?? null, heldFor]
  await client.query(HOLD, [...keyOf(draft), ...more])
  if (draft.clientId !== undefined) await client.query(NOTE_HELD, [channelId])
  const advances = await tellModeration(client, { channelId, messageId: id, authorId: userId })
  const held = await client.query<ModerationRow>(FIND, [id])
  if (held.rows[0] === undefined) throw new Error('a message that was held is gone')
  return { kind: 'held', message: toStoredModeration(held.rows[0]), advances }
}

function refusalOf(row: JudgedRow): AppendRefusal | undefined {
  if (row.archived) return 'archived'
  if (row.banned) return 'banned'
  if (row.muted) return 'muted'
  return row.thread_found ? undefined : 'thread_not_found'
}

const REPORT = `
  with reported as (
    insert into chat.message_reports (message_id, user_id, reason, reported_at)
    select m.id, $3, $4, date_trunc('milliseconds', clock_timestamp())
    from chat.messages m
    where m.id = $2 and m.channel_id = $1 and m.deleted_at is null
    on conflict (message_id, user_id) do nothing
    returning message_id, reported_at
  )
  insert into chat.moderated_messages as q
    (id, channel_id, user_id, thread_id, members_only, mention_names, has_place, status, held_for, report_count, queued_at)
  select m.id, m.channel_id, m.user_id, m.thread_id, false, '{}', true, 'reported', '{}', 1, r.reported_at
  from reported r join chat.messages m on m.id = r.message_id
  on conflict (id) do update set
    report_count = q.report_count + 1,
    status = 'reported', queued_at = case when q.status = 'reported' then q.queued_at else excluded.queued_at end,
    status_before = null, decided_by = null, decided_at = null, reason = null
  where q.status in ('visible', 'reported')
  returning q.user_id`

async function report(
  client: PoolClient,
  { channelId, messageId, userId }: ModerationTarget,
  reason: string | null,
): Promise<{ readonly advances: readonly StreamAdvance[] } | undefined> {
  const head = await lockHead(client, channelId)
  if (head === undefined) return undefined
  const { rows } = await client.query<{ user_id: UserId }>(REPORT, [channelId, messageId, userId, reason ?? ''])
  const authorId = rows[0]?.user_id
  if (authorId === undefined) {
    const stands = `select 1 from chat.messages where id = $1 and channel_id = $2 and deleted_at is null`
    return (await client.query(stands, [messageId, channelId])).rowCount === 0 ? undefined : { advances: [] }
  }
  await audit(client, { actorId: userId, action: 'message.reported', channelId, messageId, userId: authorId, reason })
  return { advances: await tellModeration(client, { channelId, messageId, authorId: null }) }
}

interface AuditRow {
  readonly id: number
  readonly at: Date
  readonly actor_id: UserId
  readonly action: string
  readonly channel_id: ChannelId | null
  readonly message_id: MessageId | null
  readonly user_id: UserId | null
  readonly reason: string | null
  readonly details: Readonly<Record<string, unknown>> | null
}

/**
 * A channel that is not open to everybody is there for those who are in it, and for nobody else: its part of the log too. Of conversations
 * the log has what was reported, and what administrators decided about it, and does not name them.
 */
async function readAudit(pool: Pool, query: AuditQuery): Promise<readonly AuditRecord[]> {
  const values: unknown[] = [query.viewerId, query.limit]
  const wanted: string[] = []
  const want = (condition: string, value: unknown): void => {
    if (value !== undefined) wanted.push(` and ${condition} $${values.push(value)}`)
  }
  want('a.id <', query.before)
  want('a.action =', query.action)
  want('a.actor_id =', query.actorId)
  want('a.user_id =', query.userId)
  want('a.channel_id =', query.channelId)
  want('a.at >=', query.fromMs === undefined ? undefined : new Date(query.fromMs))
  want('a.at <', query.toMs === undefined ? undefined : new Date(query.toMs))
  const { rows } = await pool.query<AuditRow>(
    `select a.id, a.at, a.actor_id, a.action, a.message_id, a.user_id, a.reason, a.details,
       case when c.type in ('direct', 'group') and mb.state is distinct from 'joined' then null else a.channel_id end as channel_id
     from chat.audit_log a
     left join chat.channels c on c.id = a.channel_id
     left join chat.members mb on mb.channel_id = a.channel_id and mb.user_id = $1
     where (a.channel_id is null or c.type = 'public' or mb.state = 'joined' or (c.type <> 'private' and a.message_id is not null))${wanted.join('')}
     order by a.id desc
     limit $2`,
    values,
  )
  return rows.map((row) => ({
    id: row.id,
    atMs: row.at.getTime(),
    actorId: row.actor_id,
    action: row.action,
    channelId: row.channel_id,
    messageId: row.message_id,
    userId: row.user_id,
    reason: row.reason,
    details: row.details,
  }))
}
