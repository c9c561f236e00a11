import type { ChannelId, UserId } from '@glasshouse/kernel'
import type { Pool } from '@glasshouse/platform'
import type {
  ChannelReader,
  ChangePage,
  HistoryPosition,
  HistoryRange,
  ReplacedText,
  StoredChange,
} from '../application/ports.ts'
import type { ChannelRole } from '../domain/membership.ts'
import { CHANNEL_COLUMNS, toSharedStoredChannel, type ChannelRow } from './channel-rows.ts'
import { PAGED, throughOf } from './change-page.ts'
import { MESSAGE_COLUMNS, MESSAGE_JOINS, toStoredMessage, type MessageRow } from './message-rows.ts'

/**
 * Reads of a channel's stream. Each is one statement, and so sees one moment of the database: the head that it answers with and the rows
 * belong together. They are planned for each call, with the real bounds: a page is then a walk along one index from where it begins,
 * at any depth.
 */
export function createPostgresChannelReader(pool: Pool): ChannelReader {
  return {
    async head(channelId) {
      const text = 'select head from chat.channel_heads where channel_id = $1'
      const { rows } = await pool.query<{ head: number }>({ name: 'chat-head', text, values: [channelId] })
      return rows[0]?.head
    },

    async history(channelId, { range, position, limit }) {
      const { text, values } = historyQuery(channelId, { range, position, limit })
      const { rows } = await pool.query<HeadRow>(text, values)
      const head = rows[0]?.head
      return head === undefined
        ? undefined
        : { head, messages: rows.filter(isMessage).map((row) => toStoredMessage(row)) }
    },

    async message(channelId, messageId) {
      const { rows } = await pool.query<HeadRow>(MESSAGE, [channelId, messageId])
      const row = rows[0]
      if (row === undefined) return undefined
      return { head: row.head, message: isMessage(row) ? toStoredMessage(row) : undefined }
    },

    async votes(messageId, userId) {
      const text = `
        select array(select option::integer from chat.poll_votes where message_id = $1 and user_id = $2 order by option) as mine
        from chat.polls
        where message_id = $1`
      const { rows } = await pool.query<{ mine: readonly number[] }>(text, [messageId, userId])
      return rows[0]?.mine
    },

    async channelOf(messageId) {
      const text = 'select channel_id from chat.messages where id = $1 and deleted_at is null'
      const { rows } = await pool.query<{ channel_id: ChannelId }>(text, [messageId])
      return rows[0]?.channel_id
    },

    async pins(channelId) {
      const { rows } = await pool.query<HeadRow>(PINS, [channelId])
      const head = rows[0]?.head
      return head === undefined
        ? undefined
        : { head, messages: rows.filter(isMessage).map((row) => toStoredMessage(row)) }
    },

    async edits(messageId) {
      const { rows } = await pool.query<{ content: string; written_at: Date }>(
        'select content, written_at from chat.message_edits where message_id = $1 order by version',
        [messageId],
      )
      return rows.map((row): ReplacedText => ({ content: row.content, writtenAtMs: row.written_at.getTime() }))
    },

    async replies({ rootId, afterSeq, limit }) {
      const { rows } = await pool.query<MessageRow>(REPLIES, [rootId, afterSeq, limit])
      return rows.map(toStoredMessage)
    },

    async changes(channelId, after, limit) {
      const { rows } = await pool.query<ChangeRow>(CHANGES, [channelId, after, limit])
      return toChangePage(rows, limit)
    },
  }
}

const SEQ_MAX = Number.MAX_SAFE_INTEGER
/** Outside what PostgreSQL and JavaScript can tell apart, nothing is stored. */
const TIME_MIN_MS = -62_135_596_800_000
const TIME_MAX_MS = 253_402_300_799_999

const MESSAGE = `
  select h.head, ${MESSAGE_COLUMNS}
  from chat.channel_heads h
  left join chat.messages m on m.id = $2 and m.channel_id = h.channel_id
  ${MESSAGE_JOINS}
  where h.channel_id = $1`

const PINS = `
  select h.head, ${MESSAGE_COLUMNS}
  from chat.channel_heads h
  left join chat.messages m on m.channel_id = h.channel_id and m.pinned_at is not null
  ${MESSAGE_JOINS}
  where h.channel_id = $1
  order by m.pinned_at desc, m.seq desc`

/** A deleted message stays where it is the root of replies that stay. */
const SHOWN = `(p.deleted_at is null or exists (
  select 1 from chat.messages r where r.thread_id = p.id and r.deleted_at is null
))`

const REPLIES = `
  select ${MESSAGE_COLUMNS}
  from (
    select * from chat.messages
    where thread_id = $1 and seq > $2 and deleted_at is null
    order by seq
    limit $3
  ) m
  ${MESSAGE_JOINS}
  order by m.seq`

function historyQuery(
  channelId: ChannelId,
  query: { readonly range: HistoryRange; readonly position: HistoryPosition | undefined; readonly limit: number },
): { readonly text: string; readonly values: unknown[] } {
  const { range, position, limit } = query
  const inTime = range.fromMs !== undefined || range.toMs !== undefined
  const values: unknown[] = [channelId, limit]
  const where = ['channel_id = $1', 'seq > 0', SHOWN]
  const bind = (value: unknown): string => `$${values.push(value)}`
  if (range.afterSeq !== undefined) where.push(`seq > ${bind(range.afterSeq)}`)
  if (range.beforeSeq !== undefined) where.push(`seq < ${bind(Math.min(range.beforeSeq, SEQ_MAX))}`)
  if (range.fromMs !== undefined) where.push(`created_at >= ${bind(toTime(range.fromMs))}`)
  if (range.toMs !== undefined) where.push(`created_at < ${bind(toTime(range.toMs))}`)
  if (position !== undefined && inTime) {
    where.push(
      `(created_at, seq) < (${bind(toTime(position.createdAtMs))}::timestamptz, ${bind(position.seq)}::bigint)`,
    )
  } else if (position !== undefined) {
    where.push(`seq < ${bind(position.seq)}`)
  }
  const order = (row: string): string => (inTime ? `${row}.created_at desc, ${row}.seq desc` : `${row}.seq desc`)
  const text = `
    select h.head, ${MESSAGE_COLUMNS}
    from chat.channel_heads h
    left join lateral (
      select * from chat.messages p where ${where.join(' and ')} order by ${order('p')} limit $2
    ) m on true
    ${MESSAGE_JOINS}
    where h.channel_id = $1
    order by ${order('m')}`
  return { text, values }
}

function toTime(timeMs: number): Date {
  return new Date(Math.min(Math.max(timeMs, TIME_MIN_MS), TIME_MAX_MS))
}

type HeadRow = { readonly head: number } & { readonly [Column in keyof MessageRow]?: MessageRow[Column] | null }

/** Without a message, the row has nothing but the head. */
function isMessage(row: HeadRow): row is HeadRow & MessageRow {
  return typeof row.id === 'string'
}

/** Each kind of row by its own index, at most `$3` of each; then the first `$3` of all, as many as a page holds. */
const CHANGES = `
  with changed as (
    (select 'message' as kind, id, changed_seq as at, octet_length(content) as bytes from chat.messages
     where channel_id = $1 and changed_seq > $2 and changed_seq > 0 order by changed_seq limit $3)
    union all
    (select 'member', user_id, changed_seq, 0 from chat.members
     where channel_id = $1 and changed_seq > $2 and changed_seq > 0 order by changed_seq limit $3)
    union all
    (select 'channel', id, changed_seq, 0 from chat.channels where id = $1 and changed_seq > $2)
    order by 3
    limit $3
  ),
  ${PAGED}
  select h.head, x.kind, x.at, x.found, x.id as subject_id, ${MESSAGE_COLUMNS},
    mb.state, mb.role, ${CHANNEL_COLUMNS}
  from chat.channel_heads h
  join chat.channels c on c.id = h.channel_id
  left join paged x on true
  left join chat.messages m on x.kind = 'message' and m.id = x.id
  left join chat.members mb on x.kind = 'member' and mb.channel_id = h.channel_id and mb.user_id = x.id
  ${MESSAGE_JOINS}
  where h.channel_id = $1
  order by x.at`

interface ChangeRow extends MessageRow, ChannelRow {
  readonly channel_id: ChannelId
  readonly head: number
  readonly kind: 'message' | 'member' | 'channel' | null
  readonly at: number
  readonly found: number
  readonly subject_id: string
  readonly state: 'joined' | 'left'
  readonly role: ChannelRole
}

function toChangePage(rows: readonly ChangeRow[], limit: number): ChangePage | undefined {
  const head = rows[0]?.head
  if (head === undefined) return undefined
  const changes = rows.flatMap((row) => toChange(row) ?? [])
  return { changes, through: throughOf(rows, { head, limit }), head }
}

function toChange(row: ChangeRow): StoredChange | undefined {
  const changedSeq = row.at
  switch (row.kind) {
    case null:
      return undefined
    case 'message':
      return { kind: 'message', changedSeq, message: toStoredMessage(row) }
    case 'member':
      return {
        kind: 'member',
        changedSeq,
        userId: row.subject_id as UserId,
        membership: row.state,
        role: row.role,
        channelType: row.channel_type,
      }
    case 'channel':
      return { kind: 'channel', changedSeq, channel: toSharedStoredChannel(row) }
  }
}
