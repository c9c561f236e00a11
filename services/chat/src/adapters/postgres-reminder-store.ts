import { err, ok, type ChannelId, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { ReminderStore, StoredReminder } from '../application/later-ports.ts'
import type { StoredMessage } from '../application/ports.ts'
import { MESSAGE_COLUMNS, MESSAGE_JOINS, toStoredMessage, type MessageRow } from './message-rows.ts'
import { lockOwnHead, moveOwnHead } from './own-head.ts'

export interface ReminderRow {
  readonly message_id: MessageId
  readonly reminded_channel_id: ChannelId
  readonly remind_at: Date
  readonly reminder_state: StoredReminder['state']
  readonly user_seq: number
}

const COLUMNS = 'r.message_id, r.channel_id as reminded_channel_id, r.remind_at, r.state as reminder_state, r.user_seq'

export function createPostgresReminderStore(pool: Pool): ReminderStore<StoredMessage> {
  return {
    set: (userId, { messageId, channelId, remindAtMs }, { openMax, open, replayedMax }) =>
      transaction(pool, async (client): Promise<Result<StoredReminder, 'too_many'>> => {
        const head = await lockOwnHead(client, userId)
        const counted = await client.query<{ count: number }>(COUNT_OTHERS, [
          userId,
          messageId,
          open === 'all' ? null : open,
        ])
        if ((counted.rows[0]?.count ?? 0) >= openMax) return err('too_many')
        const changedSeq = head + 1
        await client.query(SET, [userId, messageId, channelId, changedSeq, new Date(remindAtMs)])
        await client.query(LET_GO, [userId, head - replayedMax, LET_GO_MAX])
        await moveOwnHead(client, userId, { head, through: changedSeq })
        return ok({ messageId, channelId, remindAtMs, state: 'waiting', changedSeq })
      }),

    finish: (userId, messageId) =>
      transaction(pool, async (client) => {
        const head = await lockOwnHead(client, userId)
        const { rows } = await client.query<ReminderRow>(FINISH, [userId, messageId, head + 1])
        const [finished] = rows
        if (finished === undefined) return undefined
        await moveOwnHead(client, userId, { head, through: head + 1 })
        return toStoredReminder(finished)
      }),

    async list(userId, { open, limit }) {
      const values = [userId, limit, open === 'all' ? null : open]
      const { rows } = await pool.query<ReminderRow & MessageRow & { head: number }>(LIST, values)
      const reminders = rows
        .filter((row) => row.message_id !== null)
        .map((row) => ({ reminder: toStoredReminder(row), message: toStoredMessage(row) }))
      return { userHead: rows[0]?.head ?? 0, reminders }
    },

    async fire({ usersMax, perUserMax }) {
      const due = await pool.query<{ user_id: UserId }>(DUE_USERS, [usersMax])
      const fired: { readonly userId: UserId; readonly reminder: StoredReminder }[] = []
      for (const { user_id: userId } of due.rows) {
        const reminders = await fireOf(pool, userId, perUserMax)
        fired.push(...reminders.map((reminder) => ({ userId, reminder })))
      }
      return fired
    },
  }
}

/** Under the lock of the person's own head: of two servers the second finds nothing to do. */
function fireOf(pool: Pool, userId: UserId, max: number): Promise<readonly StoredReminder[]> {
  return transaction(pool, async (client) => {
    const head = await lockOwnHead(client, userId)
    const { rows } = await client.query<ReminderRow>(FIRE, [userId, head, max])
    await moveOwnHead(client, userId, { head, through: head + rows.length })
    return rows.map(toStoredReminder).toSorted((a, b) => a.changedSeq - b.changedSeq)
  })
}

export function toStoredReminder(row: ReminderRow): StoredReminder {
  return {
    messageId: row.message_id,
    channelId: row.reminded_channel_id,
    remindAtMs: row.remind_at.getTime(),
    state: row.reminder_state,
    changedSeq: row.user_seq,
  }
}

/** Those that LIST has: what one cannot find takes nobody's room. */
const COUNT_OTHERS = `
  select count(*)::integer as count
  from chat.reminders k
  join chat.messages m on m.id = k.message_id and m.deleted_at is null
  join chat.channels c on c.id = m.channel_id
  left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1
  where k.user_id = $1 and k.state in ('waiting', 'due') and k.message_id <> $2
    and (mb.state = 'joined' or (c.type = 'public' and ($3::uuid is null or c.id = $3)))`

const SET = `
  insert into chat.reminders (user_id, message_id, channel_id, user_seq, remind_at, state)
  values ($1, $2, $3, $4, $5, 'waiting')
  on conflict (user_id, message_id) do update set
    user_seq = excluded.user_seq, remind_at = excluded.remind_at, state = excluded.state`

/** Rows of one person that are let go at once; each new one lets go of as many. */
const LET_GO_MAX = 100

/** What is over, and further back than any device can be and still be told of it. */
const LET_GO = `
  delete from chat.reminders where user_id = $1 and message_id in (
    select message_id from chat.reminders
    where user_id = $1 and user_seq <= $2::bigint and state = 'done'
    order by user_seq
    limit $3
  )`

const FINISH = `
  update chat.reminders r set state = 'done', user_seq = $3
  where r.user_id = $1 and r.message_id = $2 and r.state <> 'done'
  returning ${COLUMNS}`

const LIST = `
  select (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as head, x.*
  from (select) one
  left join lateral (
    select ${COLUMNS}, ${MESSAGE_COLUMNS}
    from (
      select k.* from chat.reminders k
      join chat.messages m on m.id = k.message_id and m.deleted_at is null
      join chat.channels c on c.id = m.channel_id
      left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1
      where k.user_id = $1 and k.state in ('waiting', 'due')
        and (mb.state = 'joined' or (c.type = 'public' and ($3::uuid is null or c.id = $3)))
      order by k.remind_at, k.message_id
      limit $2
    ) r
    join chat.messages m on m.id = r.message_id
    ${MESSAGE_JOINS}
  ) x on true
  order by x.remind_at, x.message_id`

/** The time is that of the statement, which an index can be searched for: most wait for another day. */
const DUE_USERS = `
  select user_id from (
    select user_id, min(remind_at) as at from (
      select user_id, remind_at from chat.reminders
      where state = 'waiting' and remind_at <= statement_timestamp()
      order by remind_at
      limit 1000
    ) due
    group by user_id
  ) people
  order by at
  limit $1`

const FIRE = `
  update chat.reminders r set
    user_seq = $2::bigint + due.n, state = case when due.deleted then 'done' else 'due' end
  from (
    select k.message_id, row_number() over (order by k.remind_at, k.message_id) as n,
      not exists (select from chat.messages m where m.id = k.message_id and m.deleted_at is null) as deleted
    from chat.reminders k
    where k.user_id = $1 and k.state = 'waiting' and k.remind_at <= clock_timestamp()
    order by k.remind_at, k.message_id
    limit $3
  ) due
  where r.user_id = $1 and r.message_id = due.message_id
  returning ${COLUMNS}`
