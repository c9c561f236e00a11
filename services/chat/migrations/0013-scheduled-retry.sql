-- A message that waits for a rate limit is in no server's hand: when it is tried again stands by itself, so that it can be changed meanwhile.
alter table chat.scheduled_messages
  -- It could not be sent yet, and is not tried before this. `leased_until` is null then.
  add column retry_at timestamptz;
