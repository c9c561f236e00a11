/** How accounts and sessions lie in their tables, for the stores that read them. */
import type { AuthSessionId, UserId } from '@glasshouse/kernel'
import type { LiveSession } from '../application/ports.ts'
import type { Account, AccountRole, AccountState } from '../domain/account.ts'
import type { SessionKind, SignInSession } from '../domain/sign-in-session.ts'

/** Of a query in which the table of users is `u`. */
export const ACCOUNT_COLUMNS =
  'u.id, u.username, u.display_name, u.email, u.role, u.state, u.bot, u.version, u.created_at, u.updated_at'

/** Of a query in which the table of sessions is `s`. Together with ACCOUNT_COLUMNS. */
export const SESSION_COLUMNS =
  's.id as session_id, s.kind, s.secret_hash, s.created_at as session_created_at, s.last_used_at, s.expires_at, s.ends_at'

export interface AccountRow {
  readonly id: UserId
  readonly username: string
  readonly display_name: string
  readonly email: string | null
  readonly role: AccountRole
  readonly state: AccountState
  readonly bot: boolean
  readonly version: number
  readonly created_at: Date
  readonly updated_at: Date
}

export interface SessionRow {
  readonly session_id: AuthSessionId
  readonly kind: SessionKind
  readonly secret_hash: string | null
  readonly session_created_at: Date
  readonly last_used_at: Date
  readonly expires_at: Date
  readonly ends_at: Date
}

export type LiveSessionRow = AccountRow & SessionRow

export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    role: row.role,
    state: row.state,
    bot: row.bot,
    version: row.version,
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
  }
}

export function toLiveSession(row: LiveSessionRow): LiveSession {
  return {
    account: toAccount(row),
    secretHash: row.secret_hash,
    session: toSession(row, row.id),
  }
}

export function toSession(row: SessionRow, userId: UserId): SignInSession {
  return {
    id: row.session_id,
    userId,
    kind: row.kind,
    createdAtMs: row.session_created_at.getTime(),
    lastUsedAtMs: row.last_used_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    endsAtMs: row.ends_at.getTime(),
  }
}
