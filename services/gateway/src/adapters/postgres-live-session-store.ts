import { fileURLToPath } from 'node:url'
import type { StreamName } from '@glasshouse/contracts'
import type { AuthSessionId, LiveSessionId, UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { LiveSessionStore } from '../application/live-session-store.ts'

/** For the platform's `migrate`. */
export const gatewayMigrations = {
  schema: 'gateway',
  folder: fileURLToPath(new URL('../../migrations', import.meta.url)),
} as const

interface SessionRow {
  readonly id: LiveSessionId
  readonly user_id: UserId
  readonly auth_session_id: AuthSessionId
  readonly positions: Readonly<Record<StreamName, number>>
  readonly detached_at: Date | null
}

/** In the order of their ids, so that two writers never wait for each other in a circle. */
const UPSERT = `
  insert into gateway.live_sessions (id, user_id, auth_session_id, positions, detached_at)
  select id, user_id, auth_session_id, positions::jsonb, detached_at
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
    as s (id, user_id, auth_session_id, positions, detached_at)
  order by id
  on conflict (id) do update set
    auth_session_id = excluded.auth_session_id, positions = excluded.positions, detached_at = excluded.detached_at
  where gateway.live_sessions.user_id = excluded.user_id`

const TRIM = `
  delete from gateway.live_sessions where id in (
    select id from (
      select id, row_number() over (
        partition by user_id order by coalesce(detached_at, 'infinity') desc, id desc
      ) as place
      from gateway.live_sessions where user_id = any ($1)
    ) as placed
    where place > $2
  )`

/** Rows that one statement of the sweep removes. */
const REMOVED_AT_ONCE_MAX = 5_000

/** Live sessions in the schema `gateway`, which is migrated already. */
export function createPostgresLiveSessionStore(pool: Pool): LiveSessionStore {
  return {
    async find(ids) {
      const { rows } = await pool.query<SessionRow>(
        `select id, user_id, auth_session_id, positions, detached_at from gateway.live_sessions where id = any ($1)`,
        [ids],
      )
      return rows.map((row) => ({
        id: row.id,
        userId: row.user_id,
        authSessionId: row.auth_session_id,
        positions: new Map(Object.entries(row.positions) as [StreamName, number][]),
        detachedAtMs: row.detached_at?.getTime(),
      }))
    },

    async write({ sessions, usersWithMore, sessionsPerUserMax }) {
      await transaction(pool, async (client) => {
        // Nobody waits for it, and what the last moment before a crash lacks is healed by the client: no flush of its own is worth it.
        await client.query('set local synchronous_commit = off')
        await client.query(UPSERT, [
          sessions.map(({ id }) => id),
          sessions.map(({ userId }) => userId),
          sessions.map(({ authSessionId }) => authSessionId),
          sessions.map(({ positions }) => JSON.stringify(Object.fromEntries(positions))),
          sessions.map(({ detachedAtMs }) => (detachedAtMs === undefined ? null : new Date(detachedAtMs))),
        ])
        if (usersWithMore.length > 0) await client.query(TRIM, [usersWithMore, sessionsPerUserMax])
      })
    },

    async removeOfAuthSessions(ids) {
      await pool.query('delete from gateway.live_sessions where auth_session_id = any ($1)', [ids])
    },

    async detachAll(nowMs) {
      await pool.query('update gateway.live_sessions set detached_at = $1 where detached_at is null', [new Date(nowMs)])
    },

    async removeDetachedBefore(timeMs) {
      for (;;) {
        const { rowCount } = await pool.query(
          `delete from gateway.live_sessions where id in (
             select id from gateway.live_sessions where detached_at < $1 limit $2
           )`,
          [new Date(timeMs), REMOVED_AT_ONCE_MAX],
        )
        if ((rowCount ?? 0) < REMOVED_AT_ONCE_MAX) return
      }
    },
  }
}
