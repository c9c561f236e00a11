-- What people say of themselves, and when they were last here. Whether somebody is here now is of the moment, and in no table.
--
-- A row is made by the first thing that is known of a person. `last_seen_at` of those who are active is written together, once a
-- minute: the page is loosely packed, and no index has the column, so such a change touches no index.
create table chat.presence (
  user_id uuid primary key,
  status_emoji text,
  status_text text,
  status_until timestamptz,
  do_not_disturb_until timestamptz,
  last_seen_visible boolean not null default true,
  last_seen_at timestamptz
) with (fillfactor = 50);
