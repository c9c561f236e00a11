-- Chat's tables. The schema `chat` is made by the migrator.
--
-- There are no foreign keys from the hot tables: messages, members and heads are written by the functions below only, under the
-- lock of the channel's head, and a key's trigger costs more per message than the message's own row. People are identity's; their
-- ids are bare here.
--
-- The indexes that begin with channel_id and are read by position or time carry a condition that is always true. It hides them from
-- the lookups by (channel_id, user_id) and (channel_id, user_id, client_id), which do not state it: so those can be planned in one
-- way only, whatever the statistics said when the plan was made. Without it a plan from the time when a channel had one row walks
-- the whole channel for each lookup, and stays until the next ANALYZE. A reader that wants these indexes says `seq > 0` or
-- `changed_seq > 0`.

create table chat.channels (
  id uuid primary key,
  name text not null,
  -- What makes a name unique: the name without case and compatibility forms, computed by the domain so that it does not depend on
  -- the database's locale. Sorted bytewise: the list's order.
  name_key text collate "C" not null unique,
  description text not null,
  created_by uuid,
  created_at timestamptz not null,
  archived_at timestamptz,
  changed_seq bigint not null
);

-- One row a stream, changed with every message: kept apart from the channel and loosely packed, so that each change is a HOT
-- update (no index is touched, the old version is pruned on the page).
create table chat.channel_heads (
  channel_id uuid primary key,
  head bigint not null,
  -- The time of the last live message: times never decrease within a channel. Imports keep their own times and leave it alone.
  last_at timestamptz not null,
  -- Grows and shrinks with chat.members, in the same transaction.
  member_count integer not null
) with (fillfactor = 20);

create table chat.members (
  channel_id uuid not null,
  user_id uuid not null,
  state text not null check (state in ('joined', 'left')),
  changed_seq bigint not null check (changed_seq > 0),
  joined_at timestamptz not null,
  primary key (channel_id, user_id)
);
create unique index members_by_change on chat.members (channel_id, changed_seq) where changed_seq > 0;

create table chat.messages (
  id uuid primary key,
  channel_id uuid not null,
  seq bigint not null check (seq > 0),
  changed_seq bigint not null check (changed_seq >= seq),
  user_id uuid not null,
  client_id uuid,
  content text not null,
  -- SHA-256 of thread and content as first sent: tells a retry from another message under the same client_id, also after an edit.
  content_hash bytea not null,
  status text not null default 'visible' check (status in ('visible')),
  thread_id uuid,
  created_at timestamptz not null,
  edited_at timestamptz,
  deleted_at timestamptz
);
create unique index messages_by_seq on chat.messages (channel_id, seq) where seq > 0;
create unique index messages_by_change on chat.messages (channel_id, changed_seq) where changed_seq > 0;
create unique index messages_by_client_id on chat.messages (channel_id, user_id, client_id) where client_id is not null;
create index messages_by_time on chat.messages (channel_id, created_at, seq) where seq > 0;
create index messages_by_thread on chat.messages (thread_id, seq) where thread_id is not null;

create table chat.message_reactions (
  message_id uuid not null,
  emoji text not null,
  user_id uuid not null,
  -- First come, first shown.
  position integer not null,
  created_at timestamptz not null,
  primary key (message_id, emoji, user_id)
);

-- What chat knows of people: told by identity's events. An older version never overwrites a newer one.
create table chat.user_replica (
  id uuid primary key,
  username text not null,
  display_name text not null,
  bot boolean not null,
  role text not null,
  state text not null,
  account_created_at timestamptz not null,
  version bigint not null,
  updated_at timestamptz not null
);

-- Where an imported channel came from: importing it again finds it.
create table chat.imported_channels (
  source text not null,
  external_id text not null,
  channel_id uuid not null unique,
  primary key (source, external_id)
);

-- What the relay has to tell (see the platform's outbox): one narrow row a change. It names the stream and the place, not the
-- content, which the reader takes from `changes`.
create table chat.outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key uuid not null,
  version bigint not null,
  payload jsonb,
  created_at timestamptz not null default now()
);
