import { failure, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { IdentityPorts } from './ports.ts'
import type { SessionDirectory } from './session-directory.ts'

/**
 * Who holds this access token. It dies with its session. The role is the account's as it is now: what the token says of it is for
 * readers that cannot ask.
 */
export async function authenticateToken(
  {
    ports,
    directory,
  }: { readonly ports: Pick<IdentityPorts, 'tokens' | 'clock'>; readonly directory: SessionDirectory },
  token: string,
): Promise<Result<Caller, Failure>> {
  const claims = await ports.tokens.verify(token, ports.clock.nowMs())
  if (claims === undefined) return err(failure('auth.invalid_token'))
  const live = await directory.find(claims.sessionId)
  if (live === undefined) return err(failure('auth.session_ended'))
  const { account, session } = live
  if (account.id !== claims.userId || session.kind !== 'program') return err(failure('auth.invalid_token'))
  return ok({
    userId: account.id,
    username: account.username,
    displayName: account.displayName,
    role: account.role,
    sessionId: session.id,
    door: 'token',
    expiresAtMs: Math.min(claims.expiresAtMs, session.expiresAtMs),
  })
}
