import { USER_EVENTS_TOPIC, type UserEvent } from '@glasshouse/contracts'
import type { AuthSessionId, UserId } from '@glasshouse/kernel'
import type { Queryable } from '@glasshouse/platform'
import { sessionRevoked } from '../application/account-views.ts'

export interface VersionedEvent {
  readonly event: UserEvent
  /** Of the account, after the change. */
  readonly version: number
}

/** Writes events in the transaction of `client`: they are told if and only if the change is kept. */
export async function writeEvents(client: Queryable, events: readonly VersionedEvent[]): Promise<void> {
  if (events.length === 0) return
  await client.query(
    `insert into identity.outbox (topic, key, version, payload)
     select $1, key, version, payload::jsonb from unnest($2::uuid[], $3::bigint[], $4::text[]) as event (key, version, payload)`,
    [
      USER_EVENTS_TOPIC,
      events.map(({ event }) => event.user_id),
      events.map(({ version }) => version),
      events.map(({ event }) => JSON.stringify(event)),
    ],
  )
}

interface EndedRow {
  readonly id: AuthSessionId
  readonly user_id: UserId
  readonly version: number
}

/** Ends those of the sessions that `condition` picks and that were not ended before, with an event for each. `$1` is the time; the rest is the condition's. */
export async function endSessions(
  client: Queryable,
  condition: { readonly sql: string; readonly values: readonly unknown[] },
  nowMs: number,
): Promise<readonly AuthSessionId[]> {
  const { rows } = await client.query<EndedRow>(
    `update identity.sessions s set ended_at = $1 where ended_at is null and ${condition.sql}
     returning s.id, s.user_id, (select version from identity.users u where u.id = s.user_id) as version`,
    [new Date(nowMs), ...condition.values],
  )
  await writeEvents(
    client,
    rows.map(({ id, user_id, version }) => ({ event: sessionRevoked(user_id, id, nowMs), version })),
  )
  return rows.map(({ id }) => id)
}
