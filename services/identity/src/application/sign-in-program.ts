import { failure, type Failure, type LoginAnswer, type LoginRequest } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { Account } from '../domain/account.ts'
import { ACCESS_TOKEN_LIFE_S, type SignInSession } from '../domain/sign-in-session.ts'
import { toUser } from './account-views.ts'
import { beginSignInSession, type Visitor } from './begin-session.ts'
import type { IdentityPorts } from './ports.ts'
import { provePassword } from './prove-password.ts'
import type { SessionDirectory } from './session-directory.ts'

/** A password for tokens: an access token that dies with its session, and a refresh token that is good for one use. */
export async function signInProgram(
  { ports, directory }: { readonly ports: IdentityPorts; readonly directory: SessionDirectory },
  request: LoginRequest,
  visitor: Visitor,
): Promise<Result<LoginAnswer, Failure>> {
  const proven = await provePassword(ports, request, visitor.address)
  if (!proven.ok) return proven
  const begun = await beginSignInSession({ ports, directory }, { kind: 'program', proven: proven.value, visitor })
  if (begun === undefined) return err(failure('auth.invalid_credentials'))
  return ok(await tokenAnswer(ports, { account: proven.value.account, session: begun.session }, begun.secret))
}

export async function tokenAnswer(
  ports: Pick<IdentityPorts, 'tokens' | 'clock'>,
  { account, session }: { readonly account: Account; readonly session: SignInSession },
  refreshToken: string,
): Promise<LoginAnswer> {
  const nowMs = ports.clock.nowMs()
  const token = await ports.tokens.sign({
    userId: account.id,
    role: account.role,
    sessionId: session.id,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + ACCESS_TOKEN_LIFE_S * 1000,
  })
  return { token, refresh_token: refreshToken, expires_in: ACCESS_TOKEN_LIFE_S, user: toUser(account) }
}
