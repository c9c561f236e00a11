/** Where a person is signed in, and signing out there from here. */
import {
  failure,
  may,
  PAGE_LIMIT_DEFAULT,
  type Caller,
  type Failure,
  type OwnSession,
  type OwnSessionList,
  type SessionsEnded,
} from '@glasshouse/contracts'
import { err, ok, parseId, type AuthSessionId, type Result } from '@glasshouse/kernel'
import { describeDevice } from '../domain/device.ts'
import { timestamp } from './account-views.ts'
import type { IdentityPorts, SessionOnDevice } from './ports.ts'
import type { SessionDirectory } from './session-directory.ts'

type Ports = Pick<IdentityPorts, 'sessions' | 'clock'>

export interface ListSessionsQuery {
  readonly limit?: number
  readonly cursor?: string
}

/** The newest first. The cursor is the id of the last one of the page before: ids grow with the time at which sessions begin. */
export async function listOwnSessions(
  ports: Ports,
  caller: Caller,
  query: ListSessionsQuery,
): Promise<Result<OwnSessionList, Failure>> {
  if (!may(caller.role, 'session.read_own')) return err(failure('permission.denied'))
  const before = query.cursor === undefined ? undefined : parseId<AuthSessionId>(query.cursor)
  if (query.cursor !== undefined && before === undefined) {
    const message = 'cursor: is not one that a page of this list gave.'
    return err(failure('request.invalid', { path: 'cursor', message }))
  }
  const limit = query.limit ?? PAGE_LIMIT_DEFAULT
  const found = await ports.sessions.listOfUser(caller.userId, { before, limit: limit + 1 }, ports.clock.nowMs())
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return ok({
    items: page.map((each) => toOwnSession(each, caller.sessionId)),
    next: found.length > limit && last !== undefined ? last.session.id : null,
  })
}

/** Somebody else's does not exist. The one that asks may end itself: that is signing out. */
export async function endOwnSession(
  { ports, directory }: { readonly ports: Ports; readonly directory: SessionDirectory },
  caller: Caller,
  id: AuthSessionId,
): Promise<Result<undefined, Failure>> {
  if (!may(caller.role, 'session.end_own')) return err(failure('permission.denied'))
  const ended = await ports.sessions.endOfUser(caller.userId, { only: id }, ports.clock.nowMs())
  if (ended.length === 0) return err(failure('not_found'))
  for (const each of ended) directory.ended(each, caller.userId)
  return ok(undefined)
}

export async function endOtherSessions(
  { ports, directory }: { readonly ports: Ports; readonly directory: SessionDirectory },
  caller: Caller,
): Promise<Result<SessionsEnded, Failure>> {
  if (!may(caller.role, 'session.end_own')) return err(failure('permission.denied'))
  const ended = await ports.sessions.endOfUser(caller.userId, { except: caller.sessionId }, ports.clock.nowMs())
  for (const id of ended) directory.ended(id, caller.userId)
  return ok({ sessions_ended: ended.length })
}

function toOwnSession({ session, userAgent, address }: SessionOnDevice, currentId: AuthSessionId): OwnSession {
  return {
    id: session.id,
    kind: session.kind,
    current: session.id === currentId,
    ...describeDevice(userAgent),
    user_agent: userAgent,
    address,
    created_at: timestamp(session.createdAtMs),
    last_used_at: timestamp(session.lastUsedAtMs),
    expires_at: timestamp(session.expiresAtMs),
  }
}
