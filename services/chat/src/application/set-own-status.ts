import { failure, type Caller, type Failure, type OwnStatus, type SetStatusRequest } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { END_RULE, isEndOfSomething, parseCustomStatus, type CustomStatus } from '../domain/custom-status.ts'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toOwnStatus } from './wire-presence.ts'

/** permitted -> well formed -> stored -> told to those who watch */
export async function setOwnStatus(
  { ports, people }: ChatContext,
  caller: Caller | undefined,
  request: SetStatusRequest,
): Promise<Result<OwnStatus, Failure>> {
  const permitted = requirePermission(caller, 'presence.set_own')
  if (!permitted.ok) return permitted
  const nowMs = ports.clock.nowMs()
  const status = parseStatus(request.status, nowMs)
  if (!status.ok) return status
  const until = request.do_not_disturb_until
  const doNotDisturbUntilMs = until === null ? undefined : Date.parse(until)
  if (doNotDisturbUntilMs !== undefined && !isEndOfSomething(doNotDisturbUntilMs, nowMs)) {
    return err(failure('request.invalid', { path: 'do_not_disturb_until', message: END_RULE }))
  }
  const settings = {
    status: status.value,
    doNotDisturbUntilMs,
    lastSeenVisible: request.last_seen_visible_to === 'everybody',
  }
  const { userId } = permitted.value
  await ports.presence.save(userId, settings)
  people.changed(userId)
  return ok(toOwnStatus(settings))
}

function parseStatus(given: SetStatusRequest['status'], nowMs: number): Result<CustomStatus | undefined, Failure> {
  if (given === null) return ok(undefined)
  const untilMs = given.until === undefined ? undefined : Date.parse(given.until)
  const parsed = parseCustomStatus({ emoji: given.emoji, text: given.text, untilMs }, nowMs)
  if (parsed.ok) return parsed
  const { field, message } = parsed.error
  return err(failure('request.invalid', { path: `status.${field}`, message }))
}
