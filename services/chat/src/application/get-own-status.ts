import type { Caller, Failure, OwnStatus } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'
import { NO_RECORD, stillSet } from '../domain/shown-presence.ts'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toOwnStatus } from './wire-presence.ts'

/** What the caller has set; what has ended is no longer in it. */
export async function getOwnStatus(
  { ports }: ChatContext,
  caller: Caller | undefined,
): Promise<Result<OwnStatus, Failure>> {
  const permitted = requirePermission(caller, 'presence.set_own')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const record = (await ports.presence.find([userId])).get(userId) ?? NO_RECORD
  return ok(toOwnStatus(stillSet(record, ports.clock.nowMs())))
}
