import { err, ok, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { DraftStore, StoredDraft } from '../application/draft-ports.ts'
import { lockOwnHead, moveOwnHead } from './own-head.ts'

interface DraftRow {
  readonly channel_id: ChannelId
  readonly thread_id: MessageId | null
  readonly content: string
  readonly user_seq: number
  readonly updated_at: Date
}

export function createPostgresDraftStore(pool: Pool): DraftStore {
  return {
    put: (userId, { channelId, threadId, content, open, replayedMax }, decide) =>
      transaction(pool, async (client) => {
        const head = await lockOwnHead(client, userId)
        const found = await client.query<FoundRow>(FIND, [userId, channelId, threadId ?? null, openId(open)])
        const row = found.rows[0]
        if (row === undefined) return undefined
        const decided = decide({ content: row.content ?? '', version: row.user_seq ?? 0 }, row.others)
        if (!decided.ok) return err(decided.error)
        if (decided.value === 'unchanged') {
          const changedSeq = row.user_seq ?? 0
          const updatedAtMs = (row.updated_at ?? row.now).getTime()
          return ok({ draft: { channelId, threadId, content, changedSeq, updatedAtMs }, changed: false })
        }
        const changedSeq = head + 1
        await client.query(STORE, [userId, channelId, threadId ?? null, changedSeq, content, row.now])
        if (content === '') await client.query(LET_GO, [userId, head - replayedMax, LET_GO_MAX])
        await moveOwnHead(client, userId, { head, through: changedSeq })
        const draft = { channelId, threadId, content, changedSeq, updatedAtMs: row.now.getTime() }
        return ok({ draft, changed: true })
      }),

    async list(userId, { open, limit }) {
      const values = [userId, openId(open), limit]
      const { rows } = await pool.query<DraftRow & { head: number }>(LIST, values)
      const drafts = rows.filter((row) => row.channel_id !== null).map(toStoredDraft)
      return { userHead: rows[0]?.head ?? 0, drafts }
    },
  }
}

/** Null: all public channels are open to them. */
function openId(open: 'all' | ChannelId): ChannelId | null {
  return open === 'all' ? null : open
}

function toStoredDraft(row: DraftRow): StoredDraft {
  const { channel_id: channelId, thread_id: threadId, content, user_seq: changedSeq, updated_at: updatedAt } = row
  return { channelId, threadId: threadId ?? undefined, content, changedSeq, updatedAtMs: updatedAt.getTime() }
}

interface FoundRow {
  readonly content: string | null
  readonly user_seq: number | null
  readonly updated_at: Date | null
  readonly others: number
  readonly now: Date
}

/** No row when the channel has no such thread. The others are those of LIST: what one cannot find takes nobody's room. */
const FIND = `
  select d.content, d.user_seq, d.updated_at, date_trunc('milliseconds', clock_timestamp()) as now,
    (select count(*)::integer
     from chat.drafts o
     join chat.channels c on c.id = o.channel_id
     left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1
     where o.user_id = $1 and o.content <> '' and o.place_id <> coalesce($3::uuid, $2)
       and (mb.state = 'joined' or (c.type = 'public' and ($4::uuid is null or c.id = $4)))) as others
  from (select) one
  left join chat.drafts d on d.user_id = $1 and d.place_id = coalesce($3::uuid, $2)
  where $3::uuid is null
    or exists (select from chat.messages m where m.id = $3 and m.channel_id = $2 and m.thread_id is null)`

const STORE = `
  insert into chat.drafts (user_id, place_id, channel_id, thread_id, user_seq, content, updated_at)
  values ($1, coalesce($3::uuid, $2), $2, $3, $4, $5, $6)
  on conflict (user_id, place_id) do update set
    user_seq = excluded.user_seq, content = excluded.content, updated_at = excluded.updated_at`

/** What was emptied further back than any device can be and still be told of it: see L10 of the gateway. */
const LET_GO = `
  delete from chat.drafts where user_id = $1 and place_id in (
    select place_id from chat.drafts
    where user_id = $1 and user_seq > 0 and user_seq <= $2::bigint and content = ''
    order by user_seq
    limit $3
  )`

/** Rows of one person that are let go at once; each that is emptied lets go of as many. */
const LET_GO_MAX = 100

const LIST = `
  select (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as head, x.*
  from (select) one
  left join lateral (
    select d.channel_id, d.thread_id, d.content, d.user_seq, d.updated_at
    from chat.drafts d
    join chat.channels c on c.id = d.channel_id
    left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1
    where d.user_id = $1 and d.content <> ''
      and (mb.state = 'joined' or (c.type = 'public' and ($2::uuid is null or c.id = $2)))
    order by d.user_seq desc
    limit $3
  ) x on true
  order by x.user_seq desc`
