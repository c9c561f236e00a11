-- What belongs to messages under moderation: how many of one person wait, what was held before, why a message was reported, and what has
-- no reader any more.

alter table chat.channels
  -- A message was held here once. From then on the sends with a client_id are looked for among the held ones too.
  add column has_held boolean not null default false;
update chat.channels c set has_held = true
  where exists (select from chat.moderated_messages q where q.channel_id = c.id and q.client_id is not null);

alter table chat.moderated_messages
  -- Its author has deleted what a moderator removed: its text is gone, and the decision stays.
  add column let_go_at timestamptz;

-- For the bounds of what waits: of one person, and of a channel.
create index moderated_messages_pending on chat.moderated_messages (channel_id, user_id) where status = 'pending';
-- What stands with no decision about it, since the decision was undone.
create index moderated_messages_undone on chat.moderated_messages (queued_at) where status = 'visible' and decided_at is null;
-- The newest reasons of a message.
create index message_reports_by_time on chat.message_reports (message_id, reported_at desc);
-- What is over, to be let go of where no replay reaches it.
create index reminders_over on chat.reminders (user_id, user_seq) where state = 'done';

-- What was reported or approved goes with the message when its author deletes it; here what was left behind before.
create temporary table left_behind on commit drop as
  select q.id from chat.moderated_messages q join chat.messages m on m.id = q.id
  where q.status in ('visible', 'reported') and m.deleted_at is not null;
delete from chat.moderation_places p using left_behind l where p.message_id = l.id;
delete from chat.message_reports r using left_behind l where r.message_id = l.id;
delete from chat.moderated_messages q using left_behind l where q.id = l.id;

-- As in 0011, with one outcome more: `held_before`, for a client_id under which a message was held.
create or replace function chat.append_messages(
  p_channel_ids uuid[],
  p_ids uuid[],
  p_user_ids uuid[],
  p_client_ids uuid[],
  p_thread_ids uuid[],
  p_contents text[],
  p_members_only boolean[]
) returns table (outcome text, id uuid, seq bigint, created_at_ms bigint, join_seq bigint, join_user_seq bigint)
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
        when mb.state is distinct from 'joined' and (i.members_only or c.type <> 'public') then 'outside'
        when k.id is not null then case when k.content_hash = i.content_hash then 'repeated' else 'conflict' end
        when q.id is not null then 'held_before'
        when c.archived_at is not null then 'archived'
        when mb.banned_until > v_now then 'banned'
        when mb.muted_until > v_now then 'muted'
        when i.thread_id is not null and r.id is null then 'thread_not_found'
        else 'appended'
      end as outcome
    from (
      select u.*, sha256(convert_to(coalesce(u.thread_id::text, '') || E'\n' || u.content, 'UTF8')) as content_hash
      from unnest(p_channel_ids, p_ids, p_user_ids, p_client_ids, p_thread_ids, p_contents, p_members_only) with ordinality
        as u (channel_id, id, user_id, client_id, thread_id, content, members_only, n)
    ) i
    left join lateral (select id, type, archived_at, has_held from chat.channels where id = i.channel_id limit 1) c on true
    left join lateral (select head, last_at from chat.channel_heads where channel_id = i.channel_id limit 1) h on true
    left join lateral (
      select state, muted_until, banned_until from chat.members where channel_id = i.channel_id and user_id = i.user_id limit 1
    ) mb on true
    left join lateral (
      select id, seq, created_at, content_hash from chat.messages
      where channel_id = i.channel_id and user_id = i.user_id and client_id = i.client_id
      limit 1
    ) k on true
    -- Where nothing was ever held, nothing is looked for. What is approved is appended itself.
    left join lateral (
      select id from chat.moderated_messages
      where c.has_held and channel_id = i.channel_id and user_id = i.user_id and client_id = i.client_id and id <> i.id
      limit 1
    ) q on true
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
  joiners as materialized (
    select p.channel_id, p.user_id, p.place - 1 as place, p.now_at, p.n,
      row_number() over (partition by p.user_id order by p.n desc) as from_last
    from placed p
    where p.joins
  ),
  -- In the order of the ids, and after the channels' heads: so everybody locks, and nobody waits in a circle.
  users_moved as (
    insert into chat.user_heads as u (user_id, head)
    select j.user_id, count(*) from joiners j group by j.user_id order by j.user_id
    on conflict (user_id) do update set head = u.head + excluded.head
    returning u.user_id, u.head
  ),
  seated as materialized (
    select j.*, u.head - j.from_last + 1 as user_place from joiners j join users_moved u on u.user_id = j.user_id
  ),
  joined as (
    insert into chat.members (channel_id, user_id, state, role, changed_seq, user_seq, joined_at)
    select s.channel_id, s.user_id, 'joined', 'member', s.place, s.user_place, s.now_at from seated s
    on conflict (channel_id, user_id) do update
      set state = 'joined', role = 'member', changed_seq = excluded.changed_seq, user_seq = excluded.user_seq,
        joined_at = excluded.joined_at
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
    union all
    select 'user-stream', s.user_id, s.user_place from seated s
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
    case when p.joins then (p.place - 1)::bigint end,
    s.user_place
  from placed p
  left join seated s on s.n = p.n
  order by p.n;
end
$$;
