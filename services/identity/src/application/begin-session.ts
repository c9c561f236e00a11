import { newId, type AuthSessionId } from '@glasshouse/kernel'
import { beginSession, type SessionKind, type SignInSession } from '../domain/sign-in-session.ts'
import type { IdentityPorts } from './ports.ts'
import type { ProvenAccount } from './prove-password.ts'
import type { SessionDirectory } from './session-directory.ts'

/** From where somebody signs in. */
export interface Visitor {
  readonly address: string
  readonly userAgent: string
}

/**
 * Stores a new session and its secret, whose hash alone is kept. Undefined when the password was changed, or the account disabled,
 * since the password was verified. The oldest sessions of a user who has too many end.
 */
export async function beginSignInSession(
  { ports, directory }: { readonly ports: IdentityPorts; readonly directory: SessionDirectory },
  start: { readonly kind: SessionKind; readonly proven: ProvenAccount; readonly visitor: Visitor },
): Promise<{ readonly session: SignInSession; readonly secret: string } | undefined> {
  const { account, passwordHash } = start.proven
  const nowMs = ports.clock.nowMs()
  const session: SignInSession = {
    id: newId<AuthSessionId>(nowMs),
    userId: account.id,
    kind: start.kind,
    ...beginSession(start.kind, nowMs),
  }
  const secret = ports.secrets.create()
  const ended = await ports.sessions.begin({
    session,
    provenPasswordHash: passwordHash,
    secretHash: ports.secrets.hash(secret),
    ...start.visitor,
  })
  for (const id of ended ?? []) directory.ended(id, account.id)
  return ended === undefined ? undefined : { session, secret }
}
