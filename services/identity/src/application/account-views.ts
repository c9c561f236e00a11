import type { PublicUser, User, UserEvent } from '@glasshouse/contracts'
import { newId, type AuthSessionId, type EventId, type UserId } from '@glasshouse/kernel'
import type { Account } from '../domain/account.ts'

export function toUser(account: Account): User {
  const { id, username, displayName, email, role, createdAtMs } = account
  return { id, username, display_name: displayName, email, role, created_at: timestamp(createdAtMs) }
}

export function toPublicUser({ id, username, displayName }: Account): PublicUser {
  return { id, username, display_name: displayName }
}

export function userCreated(account: Account): UserEvent {
  return { ...eventHead(account), event_type: 'user_created', created_at: timestamp(account.createdAtMs) }
}

export function userUpdated(account: Account): UserEvent {
  return { ...eventHead(account), event_type: 'user_updated', updated_at: timestamp(account.updatedAtMs) }
}

export function sessionRevoked(userId: UserId, sessionId: AuthSessionId, atMs: number): UserEvent {
  return {
    event_type: 'session_revoked',
    event_id: newId<EventId>(),
    schema: 1,
    user_id: userId,
    sid: sessionId,
    at: timestamp(atMs),
  }
}

export function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function eventHead(account: Account) {
  return {
    event_id: newId<EventId>(),
    schema: 1 as const,
    user_id: account.id,
    username: account.username,
    display_name: account.displayName,
    email: account.email,
    role: account.role,
    state: account.state,
    bot: account.bot,
    account_created_at: timestamp(account.createdAtMs),
    version: account.version,
  }
}
