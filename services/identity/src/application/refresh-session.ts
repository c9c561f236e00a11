/**
 * A refresh token is good for one use, and its use gives the next. If one is used twice, somebody else has it: which of the two is
 * the thief cannot be told, so the session ends for both.
 *
 * That includes a program whose answer was lost and which asks again: it has to sign in again. A time of grace would hand a thief, who
 * is quick, a session beside the owner's, unseen. Programs that refresh from several places at once must agree on one.
 */
import { failure, type Failure, type LoginAnswer } from '@glasshouse/contracts'
import { err, ok, unreachable, type Result } from '@glasshouse/kernel'
import { slideExpiry } from '../domain/sign-in-session.ts'
import type { IdentityPorts } from './ports.ts'
import type { SessionDirectory } from './session-directory.ts'
import { tokenAnswer } from './sign-in-program.ts'

export async function refreshSession(
  { ports, directory }: { readonly ports: IdentityPorts; readonly directory: SessionDirectory },
  refreshToken: string,
): Promise<Result<LoginAnswer, Failure>> {
  const { secrets, sessions, clock, log } = ports
  const next = secrets.create()
  const nowMs = clock.nowMs()
  const rotation = await sessions.rotate(
    { presentedHash: secrets.hash(refreshToken), nextHash: secrets.hash(next) },
    nowMs,
    (session) => slideExpiry(session.kind, session, nowMs),
  )
  switch (rotation.kind) {
    case 'rotated':
      return ok(await tokenAnswer(ports, rotation.live, next))
    case 'unknown':
      return err(failure('auth.invalid_token', { message: 'The refresh token is not valid, or no longer.' }))
    case 'ended':
      return err(failure('auth.session_ended'))
    case 'reused':
      log.warn('a refresh token was used twice: its session is ended', {
        user_id: rotation.userId,
        session_id: rotation.sessionId,
      })
      directory.ended(rotation.sessionId, rotation.userId)
      return err(failure('auth.session_ended'))
    default:
      return unreachable(rotation)
  }
}
