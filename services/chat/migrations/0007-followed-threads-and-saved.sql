-- What people keep for themselves: the threads that they follow, and the messages that they saved.

-- Who wrote a thread's root and who replied follow it by themselves, from the first reply on; `following` is false for who said no,
-- and stays so.
create table chat.thread_follows (
  user_id uuid not null,
  root_id uuid not null,
  following boolean not null,
  primary key (user_id, root_id)
);

create table chat.saved_messages (
  user_id uuid not null,
  message_id uuid not null,
  saved_at timestamptz not null,
  primary key (user_id, message_id)
);
create index saved_messages_by_time on chat.saved_messages (user_id, saved_at, message_id);
create index saved_messages_by_message on chat.saved_messages (message_id);
