import type { MessageId } from '@glasshouse/kernel'
import type { PoolClient } from '@glasshouse/platform'
import type { MessageDraft } from '../application/ports.ts'
import { USER_STREAM_TOPIC } from './stream-topics.ts'

/**
 * Who replied follows the thread, read up to their own reply; who wrote its root does, and those members whom a reply mentions, with what
 * is new to them unread. Whoever follows it or said no is left alone. Each takes the next place of their own stream.
 */
const FOLLOW = `
  with replies as materialized (
    select m.id, m.channel_id, m.seq, m.user_id, r.id as root_id, r.user_id as root_user_id, r.seq as root_seq
    from unnest($1::uuid[]) as i (id)
    join chat.messages m on m.id = i.id
    join chat.messages r on r.id = m.thread_id
  ),
  concerned as (
    select user_id, root_id, channel_id, seq as own_seq, null::bigint as from_seq from replies
    union all
    select root_user_id, root_id, channel_id, null, root_seq from replies
    union all
    select mm.target_id, p.root_id, p.channel_id, null, p.seq - 1
    from replies p
    join chat.message_mentions mm on mm.message_id = p.id and mm.kind = 'user'
    join chat.members mb on mb.channel_id = p.channel_id and mb.user_id = mm.target_id and mb.state = 'joined'
  ),
  fresh as materialized (
    select c.user_id, c.root_id, c.channel_id, coalesce(max(c.own_seq), min(c.from_seq)) as read_seq,
      row_number() over (partition by c.user_id order by c.root_id) as n,
      count(*) over (partition by c.user_id) as of
    from concerned c
    where not exists (select 1 from chat.thread_follows f where f.user_id = c.user_id and f.root_id = c.root_id)
    group by c.user_id, c.root_id, c.channel_id
  ),
  moved as (
    insert into chat.user_heads as h (user_id, head)
    select user_id, count(*) from fresh group by user_id order by user_id
    on conflict (user_id) do update set head = h.head + excluded.head
    returning user_id, head
  ),
  stored as (
    insert into chat.thread_follows (user_id, root_id, channel_id, following, read_seq, user_seq)
    select f.user_id, f.root_id, f.channel_id, true, f.read_seq, m.head - f.of + f.n
    from fresh f join moved m on m.user_id = f.user_id
    returning user_id, user_seq
  )
  insert into chat.outbox (topic, key, version) select $2, user_id, user_seq from stored`

/** Before a batch with replies is appended: see migration 0010. */
export async function lockHeadsOfReplies(client: PoolClient, drafts: readonly MessageDraft[]): Promise<void> {
  await client.query('select chat.lock_heads_of_replies($1, $2, $3, $4)', [
    drafts.map(({ channelId }) => channelId),
    drafts.map(({ userId }) => userId),
    drafts.flatMap(({ threadId }) => threadId ?? []),
    drafts.flatMap(({ threadId, mentionNames = [] }) => (threadId === undefined ? [] : mentionNames)),
  ])
}

/** Within the transaction of the replies, after their mentions were stored, under the locks of the heads of those whom it concerns. */
export async function followByReply(client: PoolClient, replyIds: readonly MessageId[]): Promise<void> {
  if (replyIds.length > 0) await client.query(FOLLOW, [replyIds, USER_STREAM_TOPIC])
}
