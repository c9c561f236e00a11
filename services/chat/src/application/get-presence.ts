import { failure, type Caller, type Failure, type Presence } from '@glasshouse/contracts'
import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'

/** How a person is now, as everybody may see them. */
export async function getPresence(
  { people, names }: ChatContext,
  caller: Caller | undefined,
  userId: UserId,
): Promise<Result<Presence, Failure>> {
  const permitted = requirePermission(caller, 'presence.read')
  if (!permitted.ok) return permitted
  const nameOf = await names.find(new Set([userId]))
  const [presence] = nameOf(userId).degraded ? [] : await people.find([userId])
  return presence === undefined ? err(failure('not_found')) : ok(presence)
}
