import type { UserId } from '@glasshouse/kernel'
import type { PoolClient } from '@glasshouse/platform'
import { USER_STREAM_TOPIC } from './stream-topics.ts'

const LOCK = `
  insert into chat.user_heads as h (user_id, head) values ($1, 0)
  on conflict (user_id) do update set head = h.head
  returning head`

/** Locks the head of a person's own stream until the end of the transaction, and tells it. */
export async function lockOwnHead(client: PoolClient, userId: UserId): Promise<number> {
  const { rows } = await client.query<{ head: number }>(LOCK, [userId])
  return rows[0]?.head ?? 0
}

/** Under that lock: the places after `head` up to `through` have been taken. */
export async function moveOwnHead(
  client: PoolClient,
  userId: UserId,
  to: { readonly head: number; readonly through: number },
): Promise<void> {
  if (to.through === to.head) return
  await client.query(
    `with moved as (update chat.user_heads set head = $3 where user_id = $1)
     insert into chat.outbox (topic, key, version) select $4, $1, place from generate_series($2::bigint + 1, $3::bigint) place`,
    [userId, to.head, to.through, USER_STREAM_TOPIC],
  )
}
