-- Private channels, roles, and what each person has of their own: the stream `user:<id>`.
--
-- Its head grows as a channel's does, in the transaction of the change, and rows of any table can belong to it: they carry the place
-- of their last change as `user_seq`. So far these are a person's memberships. Whoever changes several streams locks the heads of the
-- channels first, then those of the people, each in the order of their ids: then nobody waits for another in a circle.

alter table chat.channels
  add column type text not null default 'public' check (type in ('public', 'private'));
-- That a private channel has a name must not be found out by trying it: only public ones are unique.
alter table chat.channels drop constraint channels_name_key_key;
create unique index channels_by_public_name on chat.channels (name_key) where type = 'public';
create index channels_by_name on chat.channels (name_key, id);

-- Loosely packed, as the heads of the channels are.
create table chat.user_heads (
  user_id uuid primary key,
  head bigint not null
) with (fillfactor = 20);

alter table chat.members
  add column role text not null default 'member' check (role in ('owner', 'moderator', 'member')),
  add column user_seq bigint;

-- Those who were there before. Whoever made a channel owns it, which is a change of its stream.
create temporary table first_owners on commit drop as
  select c.id as channel_id, c.created_by as user_id
  from chat.channels c
  join chat.members mb on mb.channel_id = c.id and mb.user_id = c.created_by
  where mb.state = 'joined';
update chat.channel_heads h set head = h.head + 1 from first_owners o where o.channel_id = h.channel_id;
update chat.members mb
  set role = 'owner', changed_seq = h.head
  from first_owners o
  join chat.channel_heads h on h.channel_id = o.channel_id
  where mb.channel_id = o.channel_id and mb.user_id = o.user_id;
insert into chat.outbox (topic, key, version)
  select 'channel-stream', h.channel_id, h.head from chat.channel_heads h join first_owners o on o.channel_id = h.channel_id;

update chat.members mb
  set user_seq = n.place
  from (
    select channel_id, user_id, row_number() over (partition by user_id order by joined_at, channel_id) as place from chat.members
  ) n
  where n.channel_id = mb.channel_id and n.user_id = mb.user_id;
insert into chat.user_heads (user_id, head) select user_id, count(*) from chat.members group by user_id;

alter table chat.members alter column user_seq set not null;
alter table chat.members add constraint members_user_seq_check check (user_seq > 0);
-- The condition is always true, and hides the index from lookups by (channel_id, user_id): see 0001.
create unique index members_by_user_change on chat.members (user_id, user_seq) where user_seq > 0;
create index members_by_time on chat.members (channel_id, joined_at, user_id) where state = 'joined';

-- As in 0002, where it says how, with three differences. Whoever writes in a private channel, or may write as a member only, must be one
-- at this moment: `outside` otherwise. Whoever joins by a message gets that in their own stream as well, at `join_user_seq`. And the
-- people's heads are moved by one upsert, of those who join only: a batch in which nobody does pays nothing for it.
drop function chat.append_messages(uuid[], uuid[], uuid[], uuid[], uuid[], text[]);
create function chat.append_messages(
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
        when c.archived_at is not null then 'archived'
        when i.thread_id is not null and r.id is null then 'thread_not_found'
        else 'appended'
      end as outcome
    from (
      select u.*, sha256(convert_to(coalesce(u.thread_id::text, '') || E'\n' || u.content, 'UTF8')) as content_hash
      from unnest(p_channel_ids, p_ids, p_user_ids, p_client_ids, p_thread_ids, p_contents, p_members_only) with ordinality
        as u (channel_id, id, user_id, client_id, thread_id, content, members_only, n)
    ) i
    left join lateral (select id, type, archived_at from chat.channels where id = i.channel_id limit 1) c on true
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
