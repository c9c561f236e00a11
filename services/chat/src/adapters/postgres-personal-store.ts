import { err, ok, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { KeptPage, PersonalStore, StoredSaved } from '../application/ports.ts'
import { MESSAGE_COLUMNS, MESSAGE_JOINS, toStoredMessage, type MessageRow } from './message-rows.ts'
import { lockOwnHead, moveOwnHead } from './own-head.ts'

/** Of a message `m`: its channel, as far as the person may read it. */
const IN_READABLE_CHANNEL = `
    join chat.channels c on c.id = m.channel_id
    left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1`
const READABLE = `(mb.state = 'joined' or (c.type = 'public' and ($5::uuid is null or c.id = $5)))`

/** Looks at each thread that the person follows: as many short walks of an index as there are. */
const THREADS = `
  select ${MESSAGE_COLUMNS}
  from (
    select f.root_id, l.last_at
    from chat.thread_follows f
    join chat.messages m on m.id = f.root_id
    ${IN_READABLE_CHANNEL}
    cross join lateral (
      select max(r.created_at) as last_at from chat.messages r where r.thread_id = f.root_id and r.deleted_at is null
    ) l
    where f.user_id = $1 and f.following and l.last_at is not null and ${READABLE}
      and ($2::timestamptz is null or (l.last_at, f.root_id) < ($2, $3::uuid))
    order by l.last_at desc, f.root_id desc
    limit $4
  ) t
  join chat.messages m on m.id = t.root_id
  ${MESSAGE_JOINS}
  order by t.last_at desc, t.root_id desc`

const SAVED = `
  select s.saved_at, ${MESSAGE_COLUMNS}
  from (
    select k.message_id, k.saved_at
    from chat.saved_messages k
    join chat.messages m on m.id = k.message_id
    ${IN_READABLE_CHANNEL}
    where k.user_id = $1 and k.saved_at is not null and m.deleted_at is null and ${READABLE} and ($2::timestamptz is null or (k.saved_at, k.message_id) < ($2, $3::uuid))
    order by k.saved_at desc, k.message_id desc
    limit $4
  ) s
  join chat.messages m on m.id = s.message_id
  ${MESSAGE_JOINS}
  order by s.saved_at desc, s.message_id desc`

const SAVED_IDS = `
  select (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as head,
    array(
      select k.message_id
      from chat.saved_messages k
      join chat.messages m on m.id = k.message_id
      ${IN_READABLE_CHANNEL}
      where k.user_id = $1 and k.saved_at is not null and m.deleted_at is null
        and (mb.state = 'joined' or (c.type = 'public' and ($2::uuid is null or c.id = $2)))
      order by k.saved_at desc, k.message_id desc
      limit $3
    ) as message_ids`

/** Before the person's own head, as everywhere. Whoever takes the message out of its channel holds this lock, so it stands until the end. */
const LOCK_CHANNEL_HEAD = `
  select from chat.channel_heads
  where channel_id = (select channel_id from chat.messages where id = $1)
  for no key update`

const COUNT_SAVED = `
  select count(*)::integer as count, coalesce(bool_or(message_id = $2), false) as saved,
    exists (select from chat.messages where id = $2 and deleted_at is null) as stands
  from chat.saved_messages where user_id = $1 and saved_at is not null`

interface SavedCount {
  readonly count: number
  readonly saved: boolean
  readonly stands: boolean
}

const SAVE = `
  insert into chat.saved_messages (user_id, message_id, saved_at, user_seq)
  values ($1, $2, date_trunc('milliseconds', clock_timestamp()), $3)
  on conflict (user_id, message_id) do update set saved_at = excluded.saved_at, user_seq = excluded.user_seq`

const UNSAVE = `
  update chat.saved_messages set saved_at = null, user_seq = $3
  where user_id = $1 and message_id = $2 and saved_at is not null`

/** What was taken off, and is further back than any device can be and still be told of it: see L10 of the gateway. */
const LET_GO = `
  delete from chat.saved_messages where user_id = $1 and message_id in (
    select message_id from chat.saved_messages
    where user_id = $1 and user_seq > 0 and user_seq <= $2::bigint and saved_at is null
    order by user_seq
    limit $3
  )`

/** Rows of one person that are let go at once; each that is taken off lets go of as many. */
const LET_GO_MAX = 100

export function createPostgresPersonalStore(pool: Pool): PersonalStore {
  return {
    async isFollowing(userId, rootId) {
      const text = 'select following from chat.thread_follows where user_id = $1 and root_id = $2'
      const { rows } = await pool.query<{ following: boolean }>(text, [userId, rootId])
      return rows[0]?.following === true
    },

    async threads(userId, page) {
      const { rows } = await pool.query<MessageRow>(THREADS, valuesOf(userId, page))
      return rows.map(toStoredMessage)
    },

    save: (userId, messageId, { savedMax }) =>
      transaction(pool, async (client): Promise<Result<StoredSaved | undefined, 'too_many'>> => {
        await client.query(LOCK_CHANNEL_HEAD, [messageId])
        // Whoever saves holds the lock of their own head, so that the bound holds.
        const head = await lockOwnHead(client, userId)
        const counted = await client.query<SavedCount>(COUNT_SAVED, [userId, messageId])
        const { count = 0, saved = false, stands = false } = counted.rows[0] ?? {}
        if (saved || !stands) return ok(undefined)
        if (count >= savedMax) return err('too_many')
        const changedSeq = head + 1
        await client.query(SAVE, [userId, messageId, changedSeq])
        await moveOwnHead(client, userId, { head, through: changedSeq })
        return ok({ messageId, saved: true, changedSeq })
      }),

    unsave: (userId, messageId, { replayedMax }) =>
      transaction(pool, async (client): Promise<StoredSaved | undefined> => {
        const head = await lockOwnHead(client, userId)
        const changedSeq = head + 1
        const { rowCount } = await client.query(UNSAVE, [userId, messageId, changedSeq])
        if (rowCount === 0) return undefined
        await client.query(LET_GO, [userId, head - replayedMax, LET_GO_MAX])
        await moveOwnHead(client, userId, { head, through: changedSeq })
        return { messageId, saved: false, changedSeq }
      }),

    async savedIds(userId, { open, limit }) {
      const values = [userId, open === 'all' ? null : open, limit]
      const { rows } = await pool.query<{ head: number; message_ids: readonly MessageId[] }>(SAVED_IDS, values)
      return { userHead: rows[0]?.head ?? 0, messageIds: rows[0]?.message_ids ?? [] }
    },

    async saved(userId, page) {
      const { rows } = await pool.query<MessageRow & { saved_at: Date }>(SAVED, valuesOf(userId, page))
      return rows.map((row) => ({ message: toStoredMessage(row), savedAtMs: row.saved_at.getTime() }))
    },
  }
}

function valuesOf(userId: UserId, { after, limit, open }: KeptPage): unknown[] {
  const at = after === undefined ? [null, null] : [new Date(after.timeMs), after.id]
  return [userId, ...at, limit, open === 'all' ? null : open]
}
