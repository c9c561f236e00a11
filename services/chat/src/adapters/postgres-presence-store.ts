import type { UserId } from '@glasshouse/kernel'
import type { Pool } from '@glasshouse/platform'
import type { PresenceStore } from '../application/presence-ports.ts'
import type { StatusText } from '../domain/custom-status.ts'
import type { Emoji } from '../domain/emoji.ts'
import type { PresenceRecord } from '../domain/shown-presence.ts'

interface PresenceRow {
  readonly user_id: UserId
  readonly status_emoji: Emoji | null
  readonly status_text: StatusText | null
  readonly status_until: Date | null
  readonly do_not_disturb_until: Date | null
  readonly last_seen_visible: boolean
  readonly last_seen_at: Date | null
}

const FIND = `
  select user_id, status_emoji, status_text, status_until, do_not_disturb_until, last_seen_visible, last_seen_at
  from chat.presence where user_id = any ($1)`

const SAVE = `
  insert into chat.presence (user_id, status_emoji, status_text, status_until, do_not_disturb_until, last_seen_visible)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (user_id) do update set
    status_emoji = excluded.status_emoji, status_text = excluded.status_text, status_until = excluded.status_until,
    do_not_disturb_until = excluded.do_not_disturb_until, last_seen_visible = excluded.last_seen_visible`

/** In the order of their ids, so that two writers never wait for each other in a circle. */
const SEEN = `
  insert into chat.presence (user_id, last_seen_at)
  select user_id, seen_at from unnest($1::uuid[], $2::timestamptz[]) as u (user_id, seen_at)
  order by user_id
  on conflict (user_id) do update set last_seen_at = excluded.last_seen_at
  where chat.presence.last_seen_at is null or chat.presence.last_seen_at < excluded.last_seen_at`

export function createPostgresPresenceStore(pool: Pool): PresenceStore {
  return {
    async find(userIds) {
      const { rows } = await pool.query<PresenceRow>(FIND, [userIds])
      return new Map(rows.map((row) => [row.user_id, toRecord(row)]))
    },

    async save(userId, { status, doNotDisturbUntilMs, lastSeenVisible }) {
      await pool.query(SAVE, [
        userId,
        status?.emoji ?? null,
        status?.text ?? null,
        status?.untilMs === undefined ? null : new Date(status.untilMs),
        doNotDisturbUntilMs === undefined ? null : new Date(doNotDisturbUntilMs),
        lastSeenVisible,
      ])
    },

    async seen(people) {
      if (people.size === 0) return
      await pool.query(SEEN, [[...people.keys()], [...people.values()].map((seenAtMs) => new Date(seenAtMs))])
    },
  }
}

function toRecord(row: PresenceRow): PresenceRecord {
  return {
    status:
      row.status_text === null
        ? undefined
        : { emoji: row.status_emoji ?? undefined, text: row.status_text, untilMs: row.status_until?.getTime() },
    doNotDisturbUntilMs: row.do_not_disturb_until?.getTime(),
    lastSeenVisible: row.last_seen_visible,
    lastSeenAtMs: row.last_seen_at?.getTime(),
  }
}
