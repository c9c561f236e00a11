import { err, ok, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { isServerError, transaction, type Pool, type PoolClient, type Queryable } from '@glasshouse/platform'
import type { AppendFault, AppendOutcome, MessageDraft, MessageLog, SentBefore } from '../application/ports.ts'
import { followByReply, lockHeadsOfReplies } from './follow-by-reply.ts'
import { storePoll } from './poll-rows.ts'
import { readMentions, storeMentions } from './store-mentions.ts'

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
      try {
        // One statement is a transaction of its own; only replies and mentions need another one.
        if (drafts.every(isPlain)) return ok(await append(pool, drafts))
        return ok(
          await transaction(pool, async (client) => {
            if (drafts.some(({ threadId }) => threadId !== undefined)) await lockHeadsOfReplies(client, drafts)
            return appendWithEffects(client, drafts)
          }),
        )
      } catch (error) {
        return err(toFault(error))
      }
    },

    async findSent({ channelId, userId, clientId, threadId, content, mentionNames = [] }) {
      const { rows } = await pool.query<{ id: MessageId; seq: number; created_at_ms: number; same: boolean }>(
        FIND_SENT,
        [channelId, userId, clientId ?? null, threadId ?? null, content],
      )
      const row = rows[0]
      if (row === undefined) return undefined
      if (!row.same) return { kind: 'conflict' }
      const mentions = mentionNames.length === 0 ? undefined : (await readMentions(pool, [row.id])).get(row.id)
      const before: SentBefore = { kind: 'repeated', id: row.id, seq: row.seq, createdAtMs: row.created_at_ms }
      return mentions === undefined ? before : { ...before, mentions }
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

async function append(on: Queryable, drafts: readonly MessageDraft[]): Promise<readonly AppendOutcome[]> {
  const values = [
    drafts.map((draft) => draft.channelId),
    drafts.map((draft) => draft.id),
    drafts.map((draft) => draft.userId),
    drafts.map((draft) => draft.clientId ?? null),
    drafts.map((draft) => draft.threadId ?? null),
    drafts.map((draft) => draft.content),
    drafts.map((draft) => draft.membersOnly ?? false),
  ]
  const { rows } = await on.query<AppendRow[]>({ name: 'chat-append', rowMode: 'array', text: APPEND, values })
  return (rows as unknown as AppendRow[]).map(toOutcome)
}

/** Within a transaction, with what belongs to them. Before replies the heads are locked: see lockHeadsOfReplies. */
export async function appendWithEffects(
  client: PoolClient,
  drafts: readonly MessageDraft[],
): Promise<readonly AppendOutcome[]> {
  return addEffects(client, drafts, await append(client, drafts))
}

function isPlain({ threadId, poll, mentionNames = [] }: MessageDraft): boolean {
  return threadId === undefined && poll === undefined && mentionNames.length === 0
}

/** What belongs to the appended ones: polls; mentions; who follows a thread from now on. */
async function addEffects(
  client: PoolClient,
  drafts: readonly MessageDraft[],
  outcomes: readonly AppendOutcome[],
): Promise<readonly AppendOutcome[]> {
  const replies = outcomes.flatMap((outcome, index) => {
    return outcome.kind === 'appended' && drafts[index]?.threadId !== undefined ? [outcome.id] : []
  })
  for (const [index, outcome] of outcomes.entries()) {
    const poll = drafts[index]?.poll
    if (poll !== undefined && outcome.kind === 'appended') await storePoll(client, outcome.id, poll)
  }
  const told = await addMentions(client, drafts, outcomes)
  await followByReply(client, replies)
  return told
}

/** Stores whom the appended ones mention, and tells it of the repeated ones too. */
async function addMentions(
  client: PoolClient,
  drafts: readonly MessageDraft[],
  outcomes: readonly AppendOutcome[],
): Promise<readonly AppendOutcome[]> {
  const namesOf = (index: number): readonly string[] => drafts[index]?.mentionNames ?? []
  const mentioning = outcomes.flatMap((outcome, index) => {
    return outcome.kind === 'appended' ? [{ messageId: outcome.id, names: namesOf(index) }] : []
  })
  const repeated = outcomes.flatMap((outcome, index) => {
    return outcome.kind === 'repeated' && namesOf(index).length > 0 ? [outcome.id] : []
  })
  const found = await storeMentions(client, mentioning)
  const known = repeated.length === 0 ? undefined : await readMentions(client, repeated)
  return outcomes.map((outcome) => {
    if (outcome.kind !== 'appended' && outcome.kind !== 'repeated') return outcome
    const mentions = found.get(outcome.id) ?? known?.get(outcome.id)
    return mentions === undefined ? outcome : { ...outcome, mentions }
  })
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
