-- Moderation: messages that wait for a moderator or were taken out by one, what people report, who may not write or join for a while,
-- which words are looked for, and who did what.

alter table chat.channels
  add column moderated boolean not null default false,
  add constraint channels_moderated_check check (not moderated or people is null);

-- On in the Lobby from the start. It is a change of the channel, so it takes a place in its stream, and in that of each member, whose
-- list shows the channel.
create temporary table moderated_from_now on commit drop as
  select id from chat.channels where id = '01900000-0000-7000-8000-000000000001';
update chat.channel_heads h set head = h.head + 1 from moderated_from_now n where n.id = h.channel_id;
update chat.channels c set moderated = true, changed_seq = h.head
  from moderated_from_now n join chat.channel_heads h on h.channel_id = n.id
  where c.id = n.id;
insert into chat.outbox (topic, key, version)
  select 'channel-stream', h.channel_id, h.head from moderated_from_now n join chat.channel_heads h on h.channel_id = n.id;
insert into chat.user_heads as h (user_id, head)
  select mb.user_id, 1 from moderated_from_now n join chat.members mb on mb.channel_id = n.id and mb.state = 'joined'
  on conflict (user_id) do update set head = h.head + 1;
update chat.members mb set user_seq = h.head
  from moderated_from_now n, chat.user_heads h
  where mb.channel_id = n.id and mb.state = 'joined' and h.user_id = mb.user_id;
insert into chat.outbox (topic, key, version)
  select 'user-stream', mb.user_id, mb.user_seq
  from moderated_from_now n join chat.members mb on mb.channel_id = n.id and mb.state = 'joined';

-- A message that a moderator has to look at, or that one has decided about. While it stands in the channel (`reported`, `visible`) its
-- text is there alone; while it does not (`pending`, `removed`), it is here alone, and no reader of messages can come upon it.
create table chat.moderated_messages (
  -- The message's own: what is approved keeps it.
  id uuid primary key,
  channel_id uuid not null,
  user_id uuid not null,
  client_id uuid,
  content text,
  -- As in chat.messages.
  content_hash bytea,
  thread_id uuid,
  members_only boolean not null,
  mention_names text[] not null,
  poll jsonb,
  -- It has, or had, a place in the channel's stream: then it is put back there, and not appended once more.
  has_place boolean not null,
  status text not null check (status in ('pending', 'reported', 'visible', 'removed')),
  -- Why it was held: by which rules. Empty for one that was not.
  held_for text[] not null,
  report_count integer not null default 0,
  -- The order of the queue.
  queued_at timestamptz not null,
  -- The last decision, and what was before it: that is what undoing it brings back.
  status_before text check (status_before in ('pending', 'reported', 'visible')),
  decided_by uuid,
  decided_at timestamptz,
  reason text,
  -- While it is out of the channel.
  pinned_at timestamptz,
  pinned_by uuid,
  check ((content is not null) = (status in ('pending', 'removed'))),
  check ((decided_by is null) = (decided_at is null))
);
create index moderated_messages_in_queue on chat.moderated_messages (queued_at, id) where status in ('pending', 'reported');
create index moderated_messages_by_author on chat.moderated_messages (channel_id, user_id, queued_at) where status in ('pending', 'removed');
create unique index moderated_messages_by_client_id on chat.moderated_messages (channel_id, user_id, client_id)
  where client_id is not null;
create index moderated_messages_by_decision on chat.moderated_messages (decided_at) where decided_at is not null;

-- In whose own streams such a message is, and where: in its author's and in those of the moderators who were told of it.
create table chat.moderation_places (
  user_id uuid not null,
  message_id uuid not null,
  user_seq bigint not null check (user_seq > 0),
  primary key (user_id, message_id)
);
-- The condition is always true, and hides the index from lookups by (user_id, message_id): see 0001.
create unique index moderation_places_by_change on chat.moderation_places (user_id, user_seq) where user_seq > 0;
create index moderation_places_by_message on chat.moderation_places (message_id);

create table chat.message_reports (
  message_id uuid not null,
  user_id uuid not null,
  reason text not null,
  reported_at timestamptz not null,
  primary key (message_id, user_id)
);

-- The words that hold a message, of a channel or, under the nil UUID, of the whole house.
create table chat.word_lists (
  scope_id uuid primary key,
  words text[] not null
);

-- Who moderates: found from the channel's side and from the person's.
create index members_who_moderate on chat.members (channel_id, user_id) where state = 'joined' and role in ('owner', 'moderator');
create index members_by_moderator on chat.members (user_id, channel_id) where state = 'joined' and role in ('owner', 'moderator');
create index user_replica_admins on chat.user_replica (id) where role = 'admin' and state = 'active';

-- Who did what to what, and why. Nothing of it is ever changed.
create table chat.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
  actor_id uuid not null,
  action text not null,
  channel_id uuid,
  message_id uuid,
  user_id uuid,
  reason text,
  details jsonb
);
create index audit_log_by_action on chat.audit_log (action, id);
create index audit_log_by_actor on chat.audit_log (actor_id, id);
create index audit_log_by_channel on chat.audit_log (channel_id, id);
create function chat.refuse_audit_change() returns trigger
language plpgsql
as $$
begin
  raise exception 'the audit log is append-only';
end
$$;
create trigger audit_log_is_append_only before update or delete or truncate on chat.audit_log
  for each statement execute function chat.refuse_audit_change();

-- Until when a person may not write in a channel, and until when they may not join it. On the row that an append reads anyway: so this
-- costs a send nothing.
alter table chat.members add column muted_until timestamptz, add column banned_until timestamptz;
create index members_restricted on chat.members (channel_id, user_id) where muted_until is not null or banned_until is not null;

-- As in 0003, where it says how, with two outcomes more: `muted`, `banned`. A repeat is answered to them too.
drop function chat.append_messages(uuid[], uuid[], uuid[], uuid[], uuid[], text[], boolean[]);
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
    left join lateral (select id, type, archived_at from chat.channels where id = i.channel_id limit 1) c on true
    left join lateral (select head, last_at from chat.channel_heads where channel_id = i.channel_id limit 1) h on true
    left join lateral (
      select state, muted_until, banned_until from chat.members where channel_id = i.channel_id and user_id = i.user_id limit 1
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
