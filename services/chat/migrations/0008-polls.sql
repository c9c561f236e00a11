-- A message may ask something. The poll is stored in the transaction of its message, and goes with it; a vote is a change of the message.

create table chat.polls (
  message_id uuid primary key,
  question text not null,
  -- In the order of the question.
  options text[] not null,
  multiple boolean not null,
  -- Then nobody is told who voted for what.
  anonymous boolean not null,
  ends_at timestamptz
);

create table chat.poll_votes (
  message_id uuid not null,
  -- From 0.
  option smallint not null check (option >= 0),
  user_id uuid not null,
  voted_at timestamptz not null,
  primary key (message_id, option, user_id)
);
