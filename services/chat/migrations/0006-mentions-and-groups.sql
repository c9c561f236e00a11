-- Whom messages mention, and the groups of people that can be mentioned together.

-- One row for each person, group or `@channel` that a message names, in the order of its text. Written in the transaction of the
-- message, so that counts and inboxes can be made of them: those of a person are the rows of themself, of their groups, and of everybody
-- in their channels. Who may read the channel is asked where they are read.
create table chat.message_mentions (
  message_id uuid not null,
  position smallint not null,
  kind text not null check (kind in ('user', 'group', 'channel', 'here')),
  -- The person or the group.
  target_id uuid,
  -- As it stands in the text, in lower case.
  name text not null,
  channel_id uuid not null,
  -- That of the message: what is unread is what came after a position.
  seq bigint not null,
  primary key (message_id, position),
  check ((target_id is null) = (kind in ('channel', 'here')))
);
create index message_mentions_by_target on chat.message_mentions (target_id, channel_id, seq) where target_id is not null;
create index message_mentions_of_all on chat.message_mentions (channel_id, seq) where target_id is null;

-- Names of people are unique without case, and ASCII: see identity.
create index user_replica_by_name on chat.user_replica (lower(username));

create table chat.user_groups (
  id uuid primary key,
  -- What is written after the @.
  name text not null,
  name_key text collate "C" not null unique,
  description text not null,
  created_by uuid not null,
  created_at timestamptz not null
);

create table chat.user_group_members (
  group_id uuid not null references chat.user_groups on delete cascade,
  user_id uuid not null,
  added_at timestamptz not null,
  primary key (group_id, user_id)
);
create index user_group_members_by_user on chat.user_group_members (user_id);
