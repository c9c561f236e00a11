import { failure, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { IdentityPorts, LiveSession } from './ports.ts'
import type { SessionDirectory } from './session-directory.ts'

interface Context {
  readonly ports: Pick<IdentityPorts, 'cookies' | 'secrets'>
  readonly directory: SessionDirectory
}

/** Who holds this cookie. The session slides. */
export async function verifyBrowserSession(context: Context, sealed: string): Promise<Result<Caller, Failure>> {
  const opened = await openCookie(context, sealed)
  if (!opened.ok) return opened
  const live = await context.directory.use(opened.value)
  if (live === undefined) return err(failure('auth.session_ended'))
  const { account, session } = live
  return ok({
    userId: account.id,
    username: account.username,
    displayName: account.displayName,
    role: account.role,
    sessionId: session.id,
    door: 'cookie',
    expiresAtMs: session.expiresAtMs,
  })
}

/** The live session of a cookie, as it is: asking does not count as a use. */
export async function openCookie(context: Context, sealed: string): Promise<Result<LiveSession, Failure>> {
  const { ports, directory } = context
  const content = ports.cookies.open(sealed)
  if (content === undefined) return err(failure('auth.invalid_token'))
  const live = await directory.find(content.sessionId)
  if (live === undefined) return err(failure('auth.session_ended'))
  // The cookie was sealed here, so this only fails for one that was sealed before its session was given another secret.
  const matches = live.secretHash !== null && ports.secrets.equal(live.secretHash, ports.secrets.hash(content.secret))
  return matches ? ok(live) : err(failure('auth.invalid_token'))
}
