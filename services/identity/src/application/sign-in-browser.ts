import { failure, type Failure, type LoginRequest, type WebSession } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { Account } from '../domain/account.ts'
import type { SignInSession } from '../domain/sign-in-session.ts'
import { timestamp, toUser } from './account-views.ts'
import { beginSignInSession, type Visitor } from './begin-session.ts'
import { endSession } from './end-session.ts'
import type { IdentityPorts } from './ports.ts'
import { provePassword } from './prove-password.ts'
import type { SessionDirectory } from './session-directory.ts'
import { openCookie } from './verify-browser-session.ts'

export interface BrowserSignIn {
  readonly session: WebSession
  readonly cookie: string
  /**
   * Seconds until the session ends at the latest, which is longer than until it expires unused: the server knows the latter, and so
   * the cookie need not be set again each time the session slides.
   */
  readonly cookieMaxAgeS: number
}

/** A password for a cookie. The session of the cookie that the browser had before, whoever's it was, ends. */
export async function signInBrowser(
  { ports, directory }: { readonly ports: IdentityPorts; readonly directory: SessionDirectory },
  request: LoginRequest,
  visitor: Visitor & { readonly cookie: string | undefined },
): Promise<Result<BrowserSignIn, Failure>> {
  const { cookie: before, address, userAgent } = visitor
  const proven = await provePassword(ports, request, address)
  if (!proven.ok) return proven
  const start = { kind: 'browser', proven: proven.value, visitor: { address, userAgent } } as const
  const begun = await beginSignInSession({ ports, directory }, start)
  if (begun === undefined) return err(failure('auth.invalid_credentials'))
  const old = before === undefined ? undefined : await openCookie({ ports, directory }, before)
  if (old?.ok === true) await endSession({ ports, directory }, old.value.session)
  const { session, secret } = begun
  return ok({
    session: toWebSession(ports, proven.value.account, session),
    cookie: ports.cookies.seal({ sessionId: session.id, secret }),
    cookieMaxAgeS: Math.floor((session.endsAtMs - session.createdAtMs) / 1000),
  })
}

export function toWebSession(ports: Pick<IdentityPorts, 'csrf'>, account: Account, session: SignInSession): WebSession {
  const { id, createdAtMs, expiresAtMs } = session
  return {
    user: toUser(account),
    csrf_token: ports.csrf.tokenFor(id),
    session: { id, created_at: timestamp(createdAtMs), expires_at: timestamp(expiresAtMs) },
  }
}
