import type { UserId } from '@glasshouse/kernel'
import type { Pool } from '@glasshouse/platform'
import type { UserReplica } from '../application/ports.ts'

interface UserRow {
  readonly id: UserId
  readonly username: string
  readonly display_name: string
  readonly bot: boolean
  readonly role: string
  readonly state: string
  readonly account_created_at: Date
  readonly version: number
}

/** In the order of their ids, so that two writers never wait for each other in a circle; of one person the newest. */
const UPSERT = `
  insert into chat.user_replica (id, username, display_name, bot, role, state, account_created_at, version, updated_at)
  select distinct on (id) id, username, display_name, bot, role, state, account_created_at, version, now()
  from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[])
    as u (id, username, display_name, bot, role, state, account_created_at, version)
  order by id, version desc
  on conflict (id) do update set
    username = excluded.username, display_name = excluded.display_name, bot = excluded.bot, role = excluded.role,
    state = excluded.state, account_created_at = excluded.account_created_at, version = excluded.version,
    updated_at = excluded.updated_at
  where chat.user_replica.version < excluded.version`

export function createPostgresUserReplica(pool: Pool): UserReplica {
  return {
    async find(ids) {
      const { rows } = await pool.query<UserRow>(
        `select id, username, display_name, bot, role, state, account_created_at, version
         from chat.user_replica where id = any ($1)`,
        [ids],
      )
      return rows.map((row) => ({
        id: row.id,
        username: row.username,
        displayName: row.display_name,
        bot: row.bot,
        role: row.role,
        state: row.state,
        accountCreatedAtMs: row.account_created_at.getTime(),
        version: row.version,
      }))
    },

    async upsert(users) {
      await pool.query(UPSERT, [
        users.map((user) => user.id),
        users.map((user) => user.username),
        users.map((user) => user.displayName),
        users.map((user) => user.bot),
        users.map((user) => user.role),
        users.map((user) => user.state),
        users.map((user) => new Date(user.accountCreatedAtMs)),
        users.map((user) => user.version),
      ])
    },
  }
}
