/** Among the messages from the oldest unread one on. */
const WALKED_MAX = 2_000

/**
 * What is unread for one person (RD-3), with the head of their own stream: one statement, and so of one moment.
 *
 * For each channel and thread it walks the messages after the person's position by `messages_by_seq` or `messages_by_thread`, in their order, and stops at
 * the bound: what it costs depends on what is unread, and not on how much there is. From the oldest unread message on it looks at so many
 * messages at most; what lies before it is passed over by whoever asks (get-unread.ts). `$1` the person, `$2` and `$3` how many channels and
 * threads at most, `$4` how many seqs of each.
 */
export const UNREAD = `
  with me as materialized (
    select g.ids as group_ids, g.ids || $1::uuid as ids
    from (select array(select group_id from chat.user_group_members where user_id = $1 order by group_id) as ids) g
  ),
  own as materialized (
    select mb.channel_id, h.head, h.last_at, greatest(o.read_seq, mb.joined_seq) as read_seq, o.marked_seq, o.marked_at,
      least(greatest(o.read_seq, mb.joined_seq), o.marked_seq - 1) as position,
      coalesce(o.muted, false) as muted, coalesce(o.favourite, false) as favourite, o.section
    from chat.members mb
    join chat.channel_heads h on h.channel_id = mb.channel_id
    left join chat.own_channels o on o.user_id = mb.user_id and o.channel_id = mb.channel_id
    where mb.user_id = $1 and mb.user_seq > 0 and mb.state = 'joined'
    order by h.last_at desc, mb.channel_id
    limit $2
  ),
  followed as materialized (
    select f.root_id, f.channel_id, h.head, f.user_seq, f.read_seq, f.marked_seq, f.marked_at,
      least(f.read_seq, f.marked_seq - 1) as position
    from chat.thread_follows f
    join chat.members mb on mb.channel_id = f.channel_id and mb.user_id = f.user_id and mb.state = 'joined'
    join chat.channel_heads h on h.channel_id = f.channel_id
    where f.user_id = $1 and f.user_seq > 0 and f.following
    order by f.user_seq desc
    limit $3
  ),
  channels as (
    select o.last_at, o.channel_id, json_build_object(
      'channel_id', o.channel_id, 'head', o.head, 'read_seq', o.read_seq, 'marked_seq', o.marked_seq, 'marked_at', o.marked_at,
      'muted', o.muted, 'favourite', o.favourite, 'section', o.section,
      'unread', array(
        select m.seq
        from (
          select w.seq, w.user_id, w.thread_id, w.deleted_at from chat.messages w
          where w.channel_id = o.channel_id and w.seq > 0 and w.seq >= (
            select f.seq from chat.messages f
            where f.channel_id = o.channel_id and f.seq > o.position and f.seq > 0
              and f.thread_id is null and f.deleted_at is null and f.user_id <> $1
            order by f.seq
            limit 1
          )
          order by w.seq
          limit ${WALKED_MAX}
        ) m
        where m.thread_id is null and m.deleted_at is null and m.user_id <> $1
        order by m.seq
        limit $4
      ),
      'mentions', array(
        select n.seq
        from (
          select mm.message_id, mm.seq from chat.message_mentions mm
          where mm.target_id = any ((select ids from me)::uuid[]) and mm.channel_id = o.channel_id and mm.seq > o.position
          union
          select mm.message_id, mm.seq from chat.message_mentions mm
          where mm.target_id is null and mm.channel_id = o.channel_id and mm.seq > o.position
        ) n
        join chat.messages m on m.id = n.message_id
        where m.thread_id is null and m.user_id <> $1
        order by n.seq
        limit $4
      )
    ) as row
    from own o
  ),
  threads as (
    select f.user_seq, json_build_object(
      'root_id', f.root_id, 'channel_id', f.channel_id, 'head', f.head, 'read_seq', f.read_seq, 'marked_seq', f.marked_seq,
      'marked_at', f.marked_at,
      'unread', array(
        select m.seq from chat.messages m
        where m.thread_id = f.root_id and m.seq > f.position and m.deleted_at is null and m.user_id <> $1
        order by m.seq
        limit $4
      ),
      'mentions', array(
        select m.seq from chat.messages m
        where m.thread_id = f.root_id and m.seq > f.position and m.deleted_at is null and m.user_id <> $1
          and exists (
            select 1 from chat.message_mentions mm
            where mm.message_id = m.id and (mm.target_id is null or mm.target_id = any ((select ids from me)::uuid[]))
          )
        order by m.seq
        limit $4
      )
    ) as row
    from followed f
  )
  select
    (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as head,
    (select to_json(group_ids) from me) as group_ids,
    (select coalesce(json_agg(row order by last_at desc, channel_id), '[]') from channels) as channels,
    (select coalesce(json_agg(row order by user_seq desc), '[]') from threads) as threads`
