import type { AuthSessionId, UserId } from '@glasshouse/kernel'
import type { IdentityPorts } from './ports.ts'
import type { SessionDirectory } from './session-directory.ts'

/** Ends a session: its tokens and cookie are refused from now on, here at once and in other processes by event. Ending twice is no error. */
export async function endSession(
  {
    ports,
    directory,
  }: { readonly ports: Pick<IdentityPorts, 'sessions' | 'clock'>; readonly directory: SessionDirectory },
  session: { readonly id: AuthSessionId; readonly userId: UserId },
): Promise<void> {
  await ports.sessions.end(session.id, ports.clock.nowMs())
  directory.ended(session.id, session.userId)
}
