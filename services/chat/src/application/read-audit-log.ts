import { failure, PAGE_LIMIT_DEFAULT, type AuditLog, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { parseTime } from './parse-time.ts'
import { notATime } from './read-history.ts'
import { toAuditEntry } from './wire-moderation.ts'

interface AuditRequest {
  readonly action?: string
  readonly actorId: UserId | undefined
  readonly userId: UserId | undefined
  readonly channelId: ChannelId | undefined
  readonly from?: string
  readonly to?: string
  readonly limit?: number
  readonly cursor?: string
}

/** Who did what to what, for administrators, the newest first. */
export async function readAuditLog(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  { actorId, userId, channelId, limit = PAGE_LIMIT_DEFAULT, ...request }: AuditRequest,
): Promise<Result<AuditLog, Failure>> {
  const permitted = requirePermission(caller, 'audit.read')
  if (!permitted.ok) return permitted
  const fromMs = parseTime(request.from)
  if (Number.isNaN(fromMs)) return err(notATime('from'))
  const toMs = parseTime(request.to)
  if (Number.isNaN(toMs)) return err(notATime('to'))
  const before = request.cursor === undefined ? undefined : Number(/^a(\d{1,15})$/.exec(request.cursor)?.[1])
  if (Number.isNaN(before)) {
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }
  const range = { fromMs, toMs, before, limit: limit + 1 }
  const found = await ports.moderation.audit({
    viewerId: permitted.value.userId,
    action: request.action,
    actorId,
    userId,
    channelId,
    ...range,
  })
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const people = shown.flatMap(({ actorId: actor, userId: about }) => (about === null ? [actor] : [actor, about]))
  const nameOf = await names.find(new Set(people))
  return ok({
    items: shown.map((record) => toAuditEntry(record, nameOf)),
    next: found.length > limit && last !== undefined ? `a${last.id}` : null,
  })
}
