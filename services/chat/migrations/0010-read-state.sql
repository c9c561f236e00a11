-- How far each person has read, in each channel and in each thread that they follow, and what they set for each channel.
--
-- These rows belong to the person's own stream (see 0003): `user_seq` is the place of their last change.

-- Where the person joined, the last time: what came before is nothing new to them. A trigger keeps it, since rows come in by three ways
-- (a message of somebody new, a change of members, an import); joining is rare. What was there before this migration counts as read.
alter table chat.members add column joined_seq bigint not null default 0;
update chat.members mb set joined_seq = h.head from chat.channel_heads h where h.channel_id = mb.channel_id;
create function chat.note_joined_seq() returns trigger
language plpgsql
as $$
begin
  if new.state = 'joined' and (tg_op = 'INSERT' or old.state <> 'joined') then
    new.joined_seq := new.changed_seq;
  end if;
  return new;
end
$$;
create trigger members_note_joined_seq before insert or update on chat.members
  for each row execute function chat.note_joined_seq();

create table chat.own_channels (
  user_id uuid not null,
  channel_id uuid not null,
  user_seq bigint not null check (user_seq > 0),
  -- Only grows.
  read_seq bigint not null,
  -- Marked as unread by hand, from this message on; and at which place of the person's own stream that was.
  marked_seq bigint,
  marked_at bigint,
  muted boolean not null default false,
  favourite boolean not null default false,
  -- Under which name the person lists it.
  section text,
  primary key (user_id, channel_id),
  check ((marked_seq is null) = (marked_at is null))
);
-- The condition is always true, and hides the index from lookups by (user_id, channel_id): see 0001.
create unique index own_channels_by_change on chat.own_channels (user_id, user_seq) where user_seq > 0;

alter table chat.thread_follows
  add column channel_id uuid,
  add column user_seq bigint,
  add column read_seq bigint,
  add column marked_seq bigint,
  add column marked_at bigint,
  add constraint thread_follows_mark_check check ((marked_seq is null) = (marked_at is null));
update chat.thread_follows f
  set channel_id = n.channel_id, read_seq = n.head, user_seq = n.place
  from (
    select t.user_id, t.root_id, m.channel_id, h.head,
      coalesce(u.head, 0) + row_number() over (partition by t.user_id order by t.root_id) as place
    from chat.thread_follows t
    join chat.messages m on m.id = t.root_id
    join chat.channel_heads h on h.channel_id = m.channel_id
    left join chat.user_heads u on u.user_id = t.user_id
  ) n
  where n.user_id = f.user_id and n.root_id = f.root_id;
insert into chat.user_heads as h (user_id, head)
  select user_id, max(user_seq) from chat.thread_follows group by user_id
  on conflict (user_id) do update set head = excluded.head;
insert into chat.outbox (topic, key, version)
  select 'user-stream', user_id, max(user_seq) from chat.thread_follows group by user_id;
alter table chat.thread_follows
  alter column channel_id set not null,
  alter column read_seq set not null,
  alter column user_seq set not null,
  add constraint thread_follows_user_seq_check check (user_seq > 0);
create unique index thread_follows_by_change on chat.thread_follows (user_id, user_seq) where user_seq > 0;

-- Before a batch with replies: locks the heads of its channels, and then of all whose own streams may move by it, each in the order of
-- their ids. Without it a batch would lock those who join by it first and those who come to follow a thread later, and two batches could
-- wait for each other in a circle.
create function chat.lock_heads_of_replies(
  p_channel_ids uuid[],
  p_user_ids uuid[],
  p_thread_ids uuid[],
  p_names text[]
) returns void
language plpgsql
as $$
begin
  perform 1
    from (select distinct u.channel_id from unnest(p_channel_ids) as u (channel_id) order by 1) i
    cross join lateral (
      select 1 from chat.channel_heads where channel_id = i.channel_id limit 1 for no key update
    ) h;
  insert into chat.user_heads as h (user_id, head)
    select people.id, 0
    from (
      select unnest(p_user_ids) as id
      union
      select m.user_id from chat.messages m where m.id = any (p_thread_ids)
      union
      select r.id from chat.user_replica r where lower(r.username) = any (p_names)
    ) people
    order by people.id
    on conflict (user_id) do update set head = h.head;
end
$$;
