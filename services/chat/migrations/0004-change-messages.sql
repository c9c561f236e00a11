-- What one can do with a message that is there: edit it, delete it, react to it, pin it. Each is a change of the channel's stream,
-- made under the lock of the channel's head as a new message is.

-- A pin belongs to its message: a deleted message loses it.
alter table chat.messages add column pinned_at timestamptz, add column pinned_by uuid;
create index messages_pinned on chat.messages (channel_id, pinned_at) where pinned_at is not null;

-- The texts that an edit replaced, for moderators. Version 1 is the text as first sent; the current text is the message's own.
create table chat.message_edits (
  message_id uuid not null,
  version integer not null check (version > 0),
  content text not null,
  -- When this text was written.
  written_at timestamptz not null,
  primary key (message_id, version)
);

-- The hash of a short text tells the text, so a deleted message has an empty one.
comment on column chat.messages.content_hash is 'SHA-256 of thread and content as first sent; empty once deleted';
