-- Conversations between people, what a channel can be set to, and which channels new accounts join.

-- A direct or group channel has no name: it is the people in it, sorted by id, and there is one for each set of them.
alter table chat.channels
  drop constraint channels_type_check,
  add constraint channels_type_check check (type in ('public', 'private', 'direct', 'group')),
  alter column name drop not null,
  add column people uuid[],
  add column topic text not null default '',
  -- Slow mode; null: as everywhere.
  add column rate_count integer check (rate_count > 0),
  add column rate_window_s integer check (rate_window_s > 0),
  -- New accounts join it.
  add column is_default boolean not null default false check (not is_default or type = 'public'),
  add constraint channels_named_or_people check ((type in ('direct', 'group')) = (people is not null) and (name is null) = (people is not null)),
  add constraint channels_rate_check check ((rate_count is null) = (rate_window_s is null));
create unique index channels_by_people on chat.channels (people) where people is not null;
create index channels_by_default on chat.channels (id) where is_default;
