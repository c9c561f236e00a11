import { err, ok, type ChannelId, type ClientId, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { LeasedScheduled, NewScheduled, ScheduledStore, StoredScheduled } from '../application/later-ports.ts'
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

/** Rows of one person that are let go at once; each new one lets go of as many. */
const LET_GO_MAX = 100

const COLUMNS = 's.id, s.channel_id, s.thread_id, s.content, s.send_at, s.state, s.reason, s.user_seq'

export function createPostgresScheduledStore(pool: Pool): ScheduledStore {
  return {
    add: (userId, added, { keptMax, replayedMax }) =>
      transaction(pool, async (client): Promise<Added> => {
        const { id, channelId, threadId, content, sendAtMs } = added
        const head = await lockOwnHead(client, userId)
        const known = await client.query<ScheduledRow>(FIND, [userId, id])
        const before = known.rows[0] && toStoredScheduled(known.rows[0])
        if (before !== undefined)
          return isSame(before, added) ? ok({ scheduled: before, isNew: false }) : err('conflict')
        const counted = await client.query<{ count: number }>(COUNT, [userId])
        if ((counted.rows[0]?.count ?? 0) >= keptMax) return err('too_many')
        const changedSeq = head + 1
        const values = [userId, id, changedSeq, channelId, threadId ?? null, content, new Date(sendAtMs)]
        await client.query(ADD, values)
        await client.query(LET_GO, [userId, head - replayedMax, LET_GO_MAX])
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
      return transaction(pool, async (client) => {
        await client.query(LOCK_LEASE)
        const { rows } = await client.query<LeasedRow>(LEASE, [limit, leaseMs])
        return rows.map(toLeased).toSorted(inOrder)
      })
    },

    async postpone({ userId, id, leasedUntilMs }, delayMs) {
      await pool.query(POSTPONE, [userId, id, new Date(leasedUntilMs), delayMs])
    },

    settle: ({ userId, id, leasedUntilMs }, outcome) =>
      transaction(pool, async (client) => {
        const head = await lockOwnHead(client, userId)
        const reason = outcome.state === 'failed' ? outcome.reason : null
        const values = [userId, id, head + 1, outcome.state, reason, new Date(leasedUntilMs)]
        const { rows } = await client.query<ScheduledRow>(SETTLE, values)
        const [settled] = rows
        if (settled === undefined) return undefined
        await moveOwnHead(client, userId, { head, through: head + 1 })
        return toStoredScheduled(settled)
      }),
  }
}

type Added = Result<{ readonly scheduled: StoredScheduled; readonly isNew: boolean }, 'too_many' | 'conflict'>

interface LeasedRow extends ScheduledRow {
  readonly user_id: UserId
  readonly leased_until: Date
}

/** Whether this is what was asked for, and is still to come: then it is the same request once more. */
function isSame(before: StoredScheduled, added: NewScheduled): boolean {
  const { state, channelId, threadId, content, sendAtMs } = before
  const sameText = threadId === added.threadId && content === added.content
  return state === 'waiting' && channelId === added.channelId && sameText && sendAtMs === added.sendAtMs
}

function toLeased(row: LeasedRow): LeasedScheduled {
  return { ...toStoredScheduled(row), userId: row.user_id, leasedUntilMs: row.leased_until.getTime() }
}

/** As LEASE has it: a UUID in text is in the order of its bytes. */
function inOrder(a: StoredScheduled, b: StoredScheduled): number {
  return a.sendAtMs - b.sendAtMs || (a.id < b.id ? -1 : 1)
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

/** What is over, and further back than any device can be and still be told of it: see L10 of the gateway. */
const LET_GO = `
  delete from chat.scheduled_messages where user_id = $1 and id in (
    select id from chat.scheduled_messages
    where user_id = $1 and user_seq > 0 and user_seq <= $2::bigint and state in ('sent', 'cancelled')
    order by user_seq
    limit $3
  )`

/**
 * Waits for a lease that is being taken, and is then told of it. One that has run out counts as well: its message may be in the channel,
 * and whoever takes it up next finds out.
 */
const FIND_FOR_CHANGE = `
  select ${COLUMNS}, s.leased_until is not null as leased
  from chat.scheduled_messages s
  where s.user_id = $1 and s.id = $2 and s.state in ('waiting', 'failed')
  for no key update`

const CHANGE = `
  update chat.scheduled_messages s set
    user_seq = $3, state = $4, reason = null, retry_at = null,
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

/** One server at a time: else of two messages that go to one channel each could get one, and the later be sent first. */
const LOCK_LEASE = `select pg_advisory_xact_lock(hashtextextended('chat-scheduled-lease', 0))`

const IN_HAND = (row: string): string =>
  `(${row}.leased_until > statement_timestamp()
    and ${row}.leased_until <= statement_timestamp() + make_interval(secs => $2::float8 / 1000))`

/**
 * What another server has in its hand, or somebody is just changing, is left alone. What waits for its next attempt, or is in a hand,
 * holds back what its author has planned for the same channel after it. Only what a server has left in its hand is always taken up: it
 * may be sent already, and cannot be changed before that is known. The time is that of the statement, which an index can be searched for.
 * A lease that runs for longer than one is given was taken before the clock was stepped back: it has run out.
 */
const LEASE = `
  update chat.scheduled_messages s set
    leased_until = date_trunc('milliseconds', clock_timestamp() + make_interval(secs => $2::float8 / 1000)), retry_at = null
  from (
    select w.user_id, w.id from chat.scheduled_messages w
    where w.state = 'waiting' and w.send_at <= statement_timestamp()
      and (w.leased_until is null or not ${IN_HAND('w')})
      and (w.retry_at is null or w.retry_at <= statement_timestamp())
      and (w.leased_until is not null or not exists (
        select from chat.scheduled_messages e
        where e.user_id = w.user_id and e.channel_id = w.channel_id and e.state = 'waiting'
          and e.send_at <= w.send_at and (e.send_at, e.id) < (w.send_at, w.id)
          and (${IN_HAND('e')} or e.retry_at > statement_timestamp())
      ))
    order by w.send_at, w.id
    limit $1
    for no key update of w skip locked
  ) due
  where s.user_id = due.user_id and s.id = due.id
  returning s.user_id, s.leased_until, ${COLUMNS}`

/** By whoever has it in hand, as settling is: whose lease ran out and was taken by another changes nothing any more. */
const POSTPONE = `
  update chat.scheduled_messages set
    leased_until = null, retry_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000)
  where user_id = $1 and id = $2 and state = 'waiting' and leased_until = $3`

const SETTLE = `
  update chat.scheduled_messages s set
    user_seq = $3, state = $4, reason = $5, leased_until = null,
    content = case when $4 = 'sent' then '' else s.content end
  where s.user_id = $1 and s.id = $2 and s.state = 'waiting' and s.leased_until = $6
  returning ${COLUMNS}`
