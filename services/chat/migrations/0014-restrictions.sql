-- Mutes and bans: by whom, since when and why. Until when is in chat.members (0011), on the row that an append reads anyway: `infinity`
-- where only a moderator ends it.

-- Who was never in a channel can be muted and banned there too. Such a row has no place in any stream: nothing of a membership changed.
alter table chat.members
  drop constraint members_changed_seq_check,
  drop constraint members_user_seq_check,
  add constraint members_place_check check (
    (changed_seq > 0 and user_seq > 0) or (changed_seq = 0 and user_seq = 0 and state = 'left')
  );

create table chat.restrictions (
  id uuid primary key,
  channel_id uuid not null,
  user_id uuid not null,
  kind text not null check (kind in ('mute', 'ban')),
  set_by uuid not null,
  set_at timestamptz not null,
  reason text,
  -- When it was set, lifted or undone.
  changed_at timestamptz not null,
  -- What was before that, and with a ban what the person was in the channel: undoing brings it back. Null when nothing can be undone.
  before jsonb,
  unique (channel_id, user_id, kind)
);
create index restrictions_by_time on chat.restrictions (channel_id, set_at, id);

-- In whose own streams a restriction is, and where: in its person's and in those of the moderators who were told of it.
create table chat.restriction_places (
  user_id uuid not null,
  restriction_id uuid not null,
  user_seq bigint not null check (user_seq > 0),
  primary key (user_id, restriction_id)
);
-- The condition is always true, and hides the index from lookups by (user_id, restriction_id): see 0001.
create unique index restriction_places_by_change on chat.restriction_places (user_id, user_seq) where user_seq > 0;

-- Whom something was about.
create index audit_log_by_user on chat.audit_log (user_id, id) where user_id is not null;
