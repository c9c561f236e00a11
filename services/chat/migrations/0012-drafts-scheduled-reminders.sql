-- What people have written and not sent, what is to be sent for them later, and of which messages they want to be reminded.
--
-- These rows belong to the person's own stream (see 0003): `user_seq` is the place of their last change. What is over stays as a row
-- without text, so that devices that were away hear of it.

-- One for each channel, and one for each thread; emptied when it was sent. `user_seq` is its version too.
create table chat.drafts (
  user_id uuid not null,
  -- The root of the thread, or the channel.
  place_id uuid not null,
  channel_id uuid not null,
  thread_id uuid,
  user_seq bigint not null check (user_seq > 0),
  content text not null,
  updated_at timestamptz not null,
  primary key (user_id, place_id),
  check (place_id = coalesce(thread_id, channel_id))
);
-- The condition is always true, and hides the index from lookups by (user_id, place_id): see 0001.
create unique index drafts_by_change on chat.drafts (user_id, user_seq) where user_seq > 0;
-- For the list, and for the bound of each person.
create index drafts_with_text on chat.drafts (user_id) where content <> '';

create table chat.scheduled_messages (
  user_id uuid not null,
  -- It is the client_id of the message too: so whoever sends it, and however often, one message comes of it.
  id uuid not null,
  user_seq bigint not null check (user_seq > 0),
  channel_id uuid not null,
  thread_id uuid,
  content text not null,
  send_at timestamptz not null,
  state text not null check (state in ('waiting', 'failed', 'sent', 'cancelled')),
  -- The error code for which it could not be sent.
  reason text,
  -- A server is sending it, and no other one takes it up before this.
  leased_until timestamptz,
  primary key (user_id, id),
  check ((reason is null) = (state <> 'failed'))
);
create unique index scheduled_by_change on chat.scheduled_messages (user_id, user_seq) where user_seq > 0;
create index scheduled_due on chat.scheduled_messages (send_at) where state = 'waiting';
create index scheduled_kept on chat.scheduled_messages (user_id, send_at) where state in ('waiting', 'failed');

create table chat.reminders (
  user_id uuid not null,
  message_id uuid not null,
  channel_id uuid not null,
  user_seq bigint not null check (user_seq > 0),
  remind_at timestamptz not null,
  state text not null check (state in ('waiting', 'due', 'done')),
  primary key (user_id, message_id)
);
create unique index reminders_by_change on chat.reminders (user_id, user_seq) where user_seq > 0;
create index reminders_due on chat.reminders (remind_at) where state = 'waiting';
create index reminders_open on chat.reminders (user_id, remind_at) where state in ('waiting', 'due');
