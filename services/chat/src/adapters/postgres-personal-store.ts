import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { KeptPage, PersonalStore } from '../application/ports.ts'
import { MESSAGE_COLUMNS, MESSAGE_JOINS, toStoredMessage, type MessageRow } from './message-rows.ts'

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
    where k.user_id = $1 and m.deleted_at is null and ${READABLE} and ($2::timestamptz is null or (k.saved_at, k.message_id) < ($2, $3::uuid))
    order by k.saved_at desc, k.message_id desc
    limit $4
  ) s
  join chat.messages m on m.id = s.message_id
  ${MESSAGE_JOINS}
  order by s.saved_at desc, s.message_id desc`

/** Who saves holds the lock of their own list, so that the bound holds. */
const LOCK_SAVED = `select pg_advisory_xact_lock(hashtextextended('chat-saved ' || $1, 0))`

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
      transaction(pool, async (client): Promise<Result<void, 'too_many'>> => {
        await client.query(LOCK_SAVED, [userId])
        const counted = await client.query<{ count: number; saved: boolean }>(
          `select count(*)::integer as count, coalesce(bool_or(message_id = $2), false) as saved
           from chat.saved_messages where user_id = $1`,
          [userId, messageId],
        )
        const { count = 0, saved = false } = counted.rows[0] ?? {}
        if (saved) return ok()
        if (count >= savedMax) return err('too_many')
        await client.query(
          `insert into chat.saved_messages (user_id, message_id, saved_at)
           select $1, id, date_trunc('milliseconds', clock_timestamp()) from chat.messages where id = $2 and deleted_at is null
           for share`,
          [userId, messageId],
        )
        return ok()
      }),

    async unsave(userId, messageId) {
      await pool.query('delete from chat.saved_messages where user_id = $1 and message_id = $2', [userId, messageId])
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
