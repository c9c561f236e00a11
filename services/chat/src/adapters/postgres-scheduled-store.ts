import { err, ok, type ChannelId, type ClientId, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { ScheduledStore, StoredScheduled } from '../application/later-ports.ts'
import { lockOwnHead, moveOwnHead } from './own-head.ts'

interface ScheduledRow {
  readonly id: ClientId
  readonly channel_id: ChannelId
  readonly thread_id: MessageId | null
  readonly content: string
  readonly send_at: Date
  readonly state: StoredScheduled['state']
  readonly reason: string | null
  readonly user_seq: number
}

const COLUMNS = 's.id, s.channel_id, s.thread_id, s.content, s.send_at, s.state, s.reason, s.user_seq'

export function createPostgresScheduledStore(pool: Pool): ScheduledStore {
  return {
    add: (userId, { id, channelId, threadId, content, sendAtMs }, { keptMax }) =>
      transaction(pool, async (client): Promise<Result<{ scheduled: StoredScheduled; isNew: boolean }, 'too_many'>> => {
        const head = await lockOwnHead(client, userId)
        const known = await client.query<ScheduledRow>(FIND, [userId, id])
        const before = known.rows[0]
        if (before !== undefined) return ok({ scheduled: toStoredScheduled(before), isNew: false })
        const counted = await client.query<{ count: number }>(COUNT, [userId])
        if ((counted.rows[0]?.count ?? 0) >= keptMax) return err('too_many')
        const changedSeq = head + 1
        const values = [userId, id, changedSeq, channelId, threadId ?? null, content, new Date(sendAtMs)]
        await client.query(ADD, values)
        await moveOwnHead(client, userId, { head, through: changedSeq })
        const scheduled = { id, channelId, threadId, content, sendAtMs, changedSeq } as const
        return ok({ scheduled: { ...scheduled, state: 'waiting', reason: undefined }, isNew: true })
      }),

    change: (userId, id, change) =>
      transaction(pool, async (client): Promise<Result<StoredScheduled, 'sending'> | undefined> => {
        const head = await lockOwnHead(client, userId)
        const found = await client.query<ScheduledRow & { leased: boolean }>(FIND_FOR_CHANGE, [userId, id])
        const row = found.rows[0]
        if (row === undefined) return undefined
        if (row.leased) return err('sending')
        const wait = change.kind === 'wait' ? change : undefined
        const { rows } = await client.query<ScheduledRow>(CHANGE, [
          userId,
          id,
          head + 1,
          change.kind === 'cancel' ? 'cancelled' : 'waiting',
          wait?.content ?? null,
          wait?.sendAtMs === undefined ? null : new Date(wait.sendAtMs),
          change.kind === 'now',
        ])
        await moveOwnHead(client, userId, { head, through: head + 1 })
        const [changed] = rows
        return changed === undefined ? undefined : ok(toStoredScheduled(changed))
      }),

    async list(userId, limit) {
      const { rows } = await pool.query<ScheduledRow & { head: number }>(LIST, [userId, limit])
      const scheduled = rows.filter((row) => row.id !== null).map(toStoredScheduled)
      return { userHead: rows[0]?.head ?? 0, scheduled }
    },

    async lease({ limit, leaseMs }) {
      const { rows } = await pool.query<ScheduledRow & { user_id: UserId }>(LEASE, [limit, leaseMs])
      return rows.map((row) => ({ ...toStoredScheduled(row), userId: row.user_id }))
    },

    async postpone(userId, id, delayMs) {
      await pool.query(POSTPONE, [userId, id, delayMs])
    },

    settle: (userId, id, outcome) =>
      transaction(pool, async (client) => {
        const head = await lockOwnHead(client, userId)
        const reason = outcome.state === 'failed' ? outcome.reason : null
        const { rows } = await client.query<ScheduledRow>(SETTLE, [userId, id, head + 1, outcome.state, reason])
        const [settled] = rows
        if (settled === undefined) return undefined
        await moveOwnHead(client, userId, { head, through: head + 1 })
        return toStoredScheduled(settled)
      }),
  }
}

function toStoredScheduled(row: ScheduledRow): StoredScheduled {
  return {
    id: row.id,
    channelId: row.channel_id,
    threadId: row.thread_id ?? undefined,
    content: row.content,
    sendAtMs: row.send_at.getTime(),
    state: row.state,
    reason: row.reason ?? undefined,
    changedSeq: row.user_seq,
  }
}

const FIND = `select ${COLUMNS} from chat.scheduled_messages s where s.user_id = $1 and s.id = $2`

const COUNT = `
  select count(*)::integer as count from chat.scheduled_messages where user_id = $1 and state in ('waiting', 'failed')`

const ADD = `
  insert into chat.scheduled_messages (user_id, id, user_seq, channel_id, thread_id, content, send_at, state)
  values ($1, $2, $3, $4, $5, $6, $7, 'waiting')`

/** Waits for a lease that is being taken, and is then told of it. */
const FIND_FOR_CHANGE = `
  select ${COLUMNS}, coalesce(s.leased_until > clock_timestamp(), false) as leased
  from chat.scheduled_messages s
  where s.user_id = $1 and s.id = $2 and s.state in ('waiting', 'failed')
  for no key update`

const CHANGE = `
  update chat.scheduled_messages s set
    user_seq = $3, state = $4, reason = null, leased_until = null,
    content = case when $4 = 'cancelled' then '' else coalesce($5, s.content) end,
    send_at = case when $7 then date_trunc('milliseconds', clock_timestamp()) else coalesce($6, s.send_at) end
  where s.user_id = $1 and s.id = $2
  returning ${COLUMNS}`

const LIST = `
  select (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as head, x.*
  from (select) one
  left join lateral (
    select ${COLUMNS} from chat.scheduled_messages s
    where s.user_id = $1 and s.state in ('waiting', 'failed')
    order by s.send_at, s.id
    limit $2
  ) x on true
  order by x.send_at, x.id`

/** What another server has in its hand, or is just taking there, is left alone. */
const LEASE = `
  update chat.scheduled_messages s set leased_until = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
  from (
    select user_id, id from chat.scheduled_messages
    where state = 'waiting' and send_at <= clock_timestamp()
      and (leased_until is null or leased_until <= clock_timestamp())
    order by send_at
    limit $1
    for no key update skip locked
  ) due
  where s.user_id = due.user_id and s.id = due.id
  returning s.user_id, ${COLUMNS}`

const POSTPONE = `
  update chat.scheduled_messages set leased_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
  where user_id = $1 and id = $2 and state = 'waiting'`

const SETTLE = `
  update chat.scheduled_messages s set
    user_seq = $3, state = $4, reason = $5, leased_until = null,
    content = case when $4 = 'sent' then '' else s.content end
  where s.user_id = $1 and s.id = $2 and s.state = 'waiting'
  returning ${COLUMNS}`
