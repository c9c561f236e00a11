-- Group commit: appends a batch of messages of any channels in one call and so in one transaction. The arrays run in parallel, one
-- element a message, in order of arrival; the same (channel, user, client_id) must not come twice in one call.
--
-- Returns one row a message, in order:
--   appended          stored as `seq`; `join_seq` is where its author joined, when this message made them a member
--   repeated          the client_id is known with the same content: id, seq and time of the first
--   conflict          the client_id is known with another content
--   no_channel, archived, thread_not_found
--
-- How. The heads are locked in the order of their ids, so that two batches never wait for each other in a circle. What follows is a
-- new statement, and so sees all that the holders of these locks before us have committed. A message takes one place in its
-- channel's stream, or two when its author joins by it: the places are a running sum over the batch, on top of the head.
--
-- Plans. Planning this anew for each batch takes three times as long as running it for one message, so the plan is made once a connection
-- (generic), from whatever the statistics say at that time: that a channel has one row, at worst. It must be the right one at any size
-- all the same, so there is only one way to plan it. Each lookup is a lateral subquery with a limit, which can be run in no other way
-- than once for each message; of its conditions one index makes use (see the note on indexes in 0001). The batch is never joined to
-- itself, and the heads are moved by an upsert, which goes by the primary key. A test makes the plan on an empty table and counts what
-- is read when the table has grown.
create function chat.append_messages(
  p_channel_ids uuid[],
  p_ids uuid[],
  p_user_ids uuid[],
  p_client_ids uuid[],
  p_thread_ids uuid[],
  p_contents text[]
) returns table (outcome text, id uuid, seq bigint, created_at_ms bigint, join_seq bigint)
language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
begin
  perform 1
    from (select distinct u.channel_id from unnest(p_channel_ids) as u (channel_id) order by 1) i
    cross join lateral (
      select 1 from chat.channel_heads where channel_id = i.channel_id limit 1 for no key update
    ) h;
  -- After the locks, so that time goes the way of the sequence.
  v_now := date_trunc('milliseconds', clock_timestamp());

  return query
  with judged as (
    select i.*,
      h.head,
      greatest(v_now, h.last_at) as now_at,
      k.id as known_id, k.seq as known_seq, k.created_at as known_at,
      mb.state is distinct from 'joined' as outside,
      case
        when c.id is null then 'no_channel'
        when k.id is not null then case when k.content_hash = i.content_hash then 'repeated' else 'conflict' end
        when c.archived_at is not null then 'archived'
        when i.thread_id is not null and r.id is null then 'thread_not_found'
        else 'appended'
      end as outcome
    from (
      select u.*, sha256(convert_to(coalesce(u.thread_id::text, '') || E'\n' || u.content, 'UTF8')) as content_hash
      from unnest(p_channel_ids, p_ids, p_user_ids, p_client_ids, p_thread_ids, p_contents) with ordinality
        as u (channel_id, id, user_id, client_id, thread_id, content, n)
    ) i
    left join lateral (select id, archived_at from chat.channels where id = i.channel_id limit 1) c on true
    left join lateral (select head, last_at from chat.channel_heads where channel_id = i.channel_id limit 1) h on true
    left join lateral (
      select state from chat.members where channel_id = i.channel_id and user_id = i.user_id limit 1
    ) mb on true
    left join lateral (
      select id, seq, created_at, content_hash from chat.messages
      where channel_id = i.channel_id and user_id = i.user_id and client_id = i.client_id
      limit 1
    ) k on true
    left join lateral (
      select id from chat.messages
      where id = i.thread_id and channel_id = i.channel_id and thread_id is null and deleted_at is null
      limit 1
    ) r on true
  ),
  joining as (
    select j.*,
      j.outcome = 'appended' as appended,
      j.outcome = 'appended' and j.outside
        and row_number() over (partition by j.channel_id, j.user_id, j.outcome order by j.n) = 1 as joins
    from judged j
  ),
  placed as materialized (
    select j.*,
      j.head + sum(j.appended::integer + j.joins::integer) over (partition by j.channel_id order by j.n) as place
    from joining j
  ),
  joined as (
    insert into chat.members (channel_id, user_id, state, changed_seq, joined_at)
    select p.channel_id, p.user_id, 'joined', p.place - 1, p.now_at from placed p where p.joins
    on conflict (channel_id, user_id) do update
      set state = 'joined', changed_seq = excluded.changed_seq, joined_at = excluded.joined_at
  ),
  stored as (
    insert into chat.messages
      (id, channel_id, seq, changed_seq, user_id, client_id, content, content_hash, thread_id, created_at)
    select p.id, p.channel_id, p.place, p.place, p.user_id, p.client_id, p.content, p.content_hash, p.thread_id, p.now_at
    from placed p
    where p.appended
  ),
  announced as (
    insert into chat.outbox (topic, key, version)
    select 'channel-stream', p.channel_id, s.version
    from placed p
    cross join lateral (values (p.place - 1, p.joins), (p.place, p.appended)) as s (version, made)
    where s.made
  ),
  moved as (
    insert into chat.channel_heads as h (channel_id, head, last_at, member_count)
    select p.channel_id, max(p.place), max(p.now_at), count(*) filter (where p.joins)
    from placed p
    where p.appended
    group by p.channel_id
    on conflict (channel_id) do update
      set head = excluded.head, last_at = excluded.last_at, member_count = h.member_count + excluded.member_count
  )
  select p.outcome,
    case when p.appended then p.id else p.known_id end,
    case when p.appended then p.place::bigint else p.known_seq end,
    (extract(epoch from case when p.appended then p.now_at else p.known_at end) * 1000)::bigint,
    case when p.joins then (p.place - 1)::bigint end
  from placed p
  order by p.n;
end
$$;
