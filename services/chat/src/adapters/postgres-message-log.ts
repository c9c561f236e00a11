import { err, ok, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { isServerError, type Pool } from '@glasshouse/platform'
import type { AppendFault, AppendOutcome, MessageLog, SentBefore } from '../application/ports.ts'

/** The columns of chat.append_messages, as arrays: a batch has hundreds of rows, and their objects would be thrown away at once. */
type AppendRow = readonly [
  outcome: AppendOutcome['kind'],
  id: MessageId | null,
  seq: number | null,
  createdAtMs: number | null,
  joinSeq: number | null,
  joinUserSeq: number | null,
]

const APPEND = 'select * from chat.append_messages($1, $2, $3, $4, $5, $6, $7)'

const FIND_SENT = `
  select id, seq, (extract(epoch from created_at) * 1000)::bigint as created_at_ms,
    content_hash = sha256(convert_to(coalesce($4::uuid::text, '') || E'\\n' || $5::text, 'UTF8')) as same
  from chat.messages
  where channel_id = $1 and user_id = $2 and client_id = $3`

/** Only channels with a live message in the window are looked at: imports leave \`last_at\` alone. */
const RECENT_SENDS = `
  select m.channel_id, m.user_id, extract(epoch from clock_timestamp() - m.created_at)::float8 * 1000 as age_ms
  from chat.channel_heads h
  cross join lateral (
    select channel_id, user_id, created_at, seq from chat.messages
    where channel_id = h.channel_id and created_at > clock_timestamp() - $1 * interval '1 millisecond' and seq > 0
    order by created_at desc, seq desc
    limit $2
  ) m
  where h.last_at > clock_timestamp() - $1 * interval '1 millisecond'
  order by m.created_at desc, m.seq desc
  limit $2`

export function createPostgresMessageLog(pool: Pool): MessageLog {
  return {
    async append(drafts) {
      const values = [
        drafts.map((draft) => draft.channelId),
        drafts.map((draft) => draft.id),
        drafts.map((draft) => draft.userId),
        drafts.map((draft) => draft.clientId ?? null),
        drafts.map((draft) => draft.threadId ?? null),
        drafts.map((draft) => draft.content),
        drafts.map((draft) => draft.membersOnly ?? false),
      ]
      try {
        const query = { name: 'chat-append', rowMode: 'array', text: APPEND, values } as const
        const { rows } = await pool.query<AppendRow[]>(query)
        return ok((rows as unknown as AppendRow[]).map(toOutcome))
      } catch (error) {
        return err(toFault(error))
      }
    },

    async findSent({ channelId, userId, clientId, threadId, content }) {
      const { rows } = await pool.query<{ id: MessageId; seq: number; created_at_ms: number; same: boolean }>(
        FIND_SENT,
        [channelId, userId, clientId ?? null, threadId ?? null, content],
      )
      const row = rows[0]
      if (row === undefined) return undefined
      const before: SentBefore = row.same
        ? { kind: 'repeated', id: row.id, seq: row.seq, createdAtMs: row.created_at_ms }
        : { kind: 'conflict' }
      return before
    },

    async recentSends(windowMs, max) {
      const { rows } = await pool.query<{ channel_id: ChannelId; user_id: UserId; age_ms: number }>(RECENT_SENDS, [
        windowMs,
        max,
      ])
      return rows.reverse().map((row) => ({ channelId: row.channel_id, userId: row.user_id, ageMs: row.age_ms }))
    },
  }
}

function toOutcome([kind, id, seq, createdAtMs, joinSeq, joinUserSeq]: AppendRow): AppendOutcome {
  if (kind !== 'appended' && kind !== 'repeated') return { kind }
  if (id === null || seq === null || createdAtMs === null) throw new Error(`a message that is ${kind} has no place`)
  return kind === 'appended'
    ? { kind, id, seq, createdAtMs, joinSeq: joinSeq ?? undefined, joinUserSeq: joinUserSeq ?? undefined }
    : { kind, id, seq, createdAtMs }
}

/** SQLSTATE classes of a server that cannot work now: lost connection, read-only, out of something, told to end, its system failing. */
const UNAVAILABLE_CLASSES = new Set(['08', '25', '53', '57', '58', 'F0', 'XX'])

function toFault(cause: unknown): AppendFault {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const refused = isServerError(cause) && !UNAVAILABLE_CLASSES.has(code.slice(0, 2))
  return { kind: refused ? 'rejected' : 'unavailable', cause }
}
