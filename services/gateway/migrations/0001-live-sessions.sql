-- Live sessions: what a live connection watched, so that it can go on after its socket, or this server, is gone. The schema
-- `gateway` is made by the migrator.
--
-- Positions change every few seconds while streams are busy: they are in no index and the pages are loosely packed, so that these
-- writes touch nothing but the row.

create table gateway.live_sessions (
  id uuid primary key,
  user_id uuid not null,
  auth_session_id uuid not null,
  -- {"channel:<id>": changed_seq}: all changes up to there have certainly reached the client.
  positions jsonb not null,
  -- Since when no socket holds it; null while one does.
  detached_at timestamptz
) with (fillfactor = 70);
create index live_sessions_of_user on gateway.live_sessions (user_id);
create index live_sessions_of_auth_session on gateway.live_sessions (auth_session_id);
create index live_sessions_detached on gateway.live_sessions (detached_at) where detached_at is not null;
