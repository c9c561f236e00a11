-- Who somebody is. Keys (*_key) are the texts without case, made by the program (domain/name-key.ts), and compared byte by byte: with
-- the collation "C" an index answers equality, order and prefixes alike, and an upgrade of the system's locales cannot break it.

create table users (
  id uuid primary key,
  username text not null,
  username_key text collate "C" not null unique,
  display_name text not null,
  display_name_key text collate "C" not null,
  email text,
  email_key text collate "C" unique,
  password_hash text,
  role text not null check (role in ('admin', 'manager', 'user', 'guest')),
  state text not null check (state in ('active', 'disabled')),
  bot boolean not null,
  source text,
  external_id text,
  version bigint not null check (version >= 1),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (source, external_id),
  check ((email is null) = (email_key is null)),
  check ((source is null) = (external_id is null))
);
create index users_display_name_key on users (display_name_key);
create index users_admins on users (id) where role = 'admin';

create table sessions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  kind text not null check (kind in ('program', 'browser')),
  -- Of the secret in a browser's cookie. A program's secrets are its refresh tokens.
  secret_hash text,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  -- Slides with use; never beyond ends_at.
  expires_at timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz,
  user_agent text not null,
  address text not null,
  check ((kind = 'browser') = (secret_hash is not null)),
  check (expires_at <= ends_at)
) with (fillfactor = 80);
create index sessions_of_user on sessions (user_id) where ended_at is null;
create index sessions_expiry on sessions (expires_at);
create index sessions_ended on sessions (id) where ended_at is not null;

create table refresh_tokens (
  hash text primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- Kept after its use, so that a second use is noticed.
  used_at timestamptz
);
create index refresh_tokens_of_session on refresh_tokens (session_id, created_at);

-- Both keys are hashes: names that nobody has are people's typing errors, and may be passwords.
create table sign_in_failures (
  id bigint generated always as identity primary key,
  account_key text not null,
  address_key text not null,
  failed_at timestamptz not null
);
create index sign_in_failures_of_account on sign_in_failures (account_key, failed_at);
create index sign_in_failures_of_address on sign_in_failures (address_key, failed_at);
create index sign_in_failures_age on sign_in_failures (failed_at);

create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key uuid not null,
  version bigint not null,
  payload jsonb,
  created_at timestamptz not null default now()
);
