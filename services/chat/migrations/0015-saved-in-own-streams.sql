-- What people have saved belongs to their own streams: so each of their devices knows of a message whether it is saved. What was taken
-- off again stays as a row without a time, until no replay reaches it any more.

alter table chat.saved_messages
  alter column saved_at drop not null,
  -- The place of its last change in the person's own stream.
  add column user_seq bigint check (user_seq > 0);

-- What is saved already takes places too.
insert into chat.user_heads as h (user_id, head)
  select user_id, count(*) from chat.saved_messages group by user_id order by user_id
  on conflict (user_id) do update set head = h.head + excluded.head;
update chat.saved_messages s set user_seq = n.user_seq
  from (
    select k.user_id, k.message_id,
      h.head - row_number() over (partition by k.user_id order by k.saved_at desc, k.message_id desc) + 1 as user_seq
    from chat.saved_messages k join chat.user_heads h on h.user_id = k.user_id
  ) n
  where s.user_id = n.user_id and s.message_id = n.message_id;
insert into chat.outbox (topic, key, version) select 'user-stream', user_id, user_seq from chat.saved_messages order by user_id, user_seq;

alter table chat.saved_messages alter column user_seq set not null;
-- The condition is always true, and hides the index from lookups by (user_id, message_id): see 0001.
create unique index saved_messages_by_change on chat.saved_messages (user_id, user_seq) where user_seq > 0;
