import type { UserId } from '@glasshouse/kernel'
import type { Pool } from '@glasshouse/platform'
import type { StoredUserChange, UserStreamReader } from '../application/ports.ts'
import type { ChannelRole } from '../domain/membership.ts'
import { CHANNEL_COLUMNS, toSharedStoredChannel, type ChannelRow } from './channel-rows.ts'

/** Reads of people's own streams. As in postgres-channel-reader.ts, each is one statement, and so sees one moment of the database. */
export function createPostgresUserStreamReader(pool: Pool): UserStreamReader {
  return {
    async heads(userIds) {
      const { rows } = await pool.query<{ user_id: UserId; head: number }>(
        'select user_id, head from chat.user_heads where user_id = any ($1)',
        [userIds],
      )
      return new Map(rows.map((row) => [row.user_id, row.head]))
    },

    async changes(userId, after, limit) {
      const { rows } = await pool.query<UserChangeRow>(CHANGES, [userId, after, limit])
      const head = rows[0]?.head ?? 0
      const changes = rows.flatMap((row) => toUserChange(row) ?? [])
      const last = changes.at(-1)
      return { changes, through: changes.length < limit || last === undefined ? head : last.changedSeq, head }
    },
  }
}

/** Each kind of row by its own index on (user_id, user_seq), at most `$3` of each; then the first `$3` of all. */
const CHANGES = `
  with changed as (
    select * from (
      (select 'membership' as kind, channel_id as id, user_seq as at from chat.members
       where user_id = $1 and user_seq > $2 and user_seq > 0 order by user_seq limit $3)
    ) kinds
    order by at
    limit $3
  )
  select (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as head, x.kind, x.at, mb.state,
    mb.role, ${CHANNEL_COLUMNS}
  from (select) one
  left join changed x on true
  left join chat.members mb on x.kind = 'membership' and mb.channel_id = x.id and mb.user_id = $1
  left join chat.channels c on c.id = x.id
  left join chat.channel_heads h on h.channel_id = x.id
  order by x.at`

interface UserChangeRow extends ChannelRow {
  readonly head: number
  readonly kind: 'membership' | null
  readonly at: number
  readonly state: 'joined' | 'left'
  readonly role: ChannelRole
}

function toUserChange(row: UserChangeRow): StoredUserChange | undefined {
  if (row.kind === null) return undefined
  const { at: changedSeq, state: membership, role } = row
  return { kind: row.kind, changedSeq, membership, role, channel: toSharedStoredChannel(row) }
}
