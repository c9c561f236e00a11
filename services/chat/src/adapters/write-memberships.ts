import type { ChannelId, UserId } from '@glasshouse/kernel'
import type { PoolClient } from '@glasshouse/platform'
import type { StoredMembership } from '../application/ports.ts'
import type { MembershipChange } from '../domain/membership.ts'
import { CHANNEL_STREAM_TOPIC, USER_STREAM_TOPIC } from './stream-topics.ts'

export async function lockHead(client: PoolClient, channelId: ChannelId): Promise<number | undefined> {
  const text = 'select head from chat.channel_heads where channel_id = $1 for no key update'
  const { rows } = await client.query<{ head: number }>(text, [channelId])
  return rows[0]?.head
}

/**
 * Writes changes of different people, in their order, at the places after `head` of the channel's stream and at the next of each
 * person's own, and moves all these heads. Only under the lock of the channel's head: the people's are locked after it, in the order
 * of their ids, as append_messages does.
 */
export async function writeMemberships(
  client: PoolClient,
  channel: { readonly id: ChannelId; readonly head: number; readonly at: Date },
  changes: readonly MembershipChange[],
): Promise<readonly StoredMembership[]> {
  if (changes.length === 0) return []
  const { rows } = await client.query<{ user_id: UserId; changed_seq: number; user_seq: number }>(WRITE, [
    channel.id,
    channel.head,
    changes.map((change) => change.userId),
    changes.map((change) => change.membership),
    changes.map((change) => change.role),
    channel.at,
    CHANNEL_STREAM_TOPIC,
    USER_STREAM_TOPIC,
  ])
  const places = new Map(rows.map((row) => [row.user_id, row]))
  return changes.map((change) => {
    const place = places.get(change.userId)
    if (place === undefined) throw new Error(`the membership of ${change.userId} was not written`)
    return { ...change, changedSeq: place.changed_seq, userSeq: place.user_seq }
  })
}

const WRITE = `
  with changed as materialized (
    select u.user_id, u.state, u.role, $2::bigint + u.n as place,
      coalesce((select mb.state from chat.members mb where mb.channel_id = $1 and mb.user_id = u.user_id), 'left') as before
    from unnest($3::uuid[], $4::text[], $5::text[]) with ordinality as u (user_id, state, role, n)
  ),
  users_moved as (
    insert into chat.user_heads as h (user_id, head)
    select user_id, 1 from changed order by user_id
    on conflict (user_id) do update set head = h.head + 1
    returning user_id, head
  ),
  stored as (
    insert into chat.members as mb (channel_id, user_id, state, role, changed_seq, user_seq, joined_at)
    select $1, c.user_id, c.state, c.role, c.place, u.head, $6 from changed c join users_moved u on u.user_id = c.user_id
    on conflict (channel_id, user_id) do update set
      state = excluded.state, role = excluded.role, changed_seq = excluded.changed_seq, user_seq = excluded.user_seq,
      joined_at = case when mb.state = 'joined' then mb.joined_at else excluded.joined_at end
    returning user_id, changed_seq, user_seq
  ),
  announced as (
    insert into chat.outbox (topic, key, version)
    select $7, $1, place from changed
    union all
    select $8, user_id, head from users_moved
  ),
  moved as (
    update chat.channel_heads h
    set head = h.head + n.places, member_count = h.member_count + n.joined
    from (
      select count(*) as places,
        (count(*) filter (where state = 'joined' and before = 'left')
          - count(*) filter (where state = 'left' and before = 'joined'))::integer as joined
      from changed
    ) n
    where h.channel_id = $1
  )
  select user_id, changed_seq, user_seq from stored`
