import { failure, type Failure } from '@glasshouse/contracts'
import { err, newId, ok, type Result, type UserId } from '@glasshouse/kernel'
import type { AccountRole } from '../domain/account.ts'
import { nameKey } from '../domain/name-key.ts'
import type { CheckedFields } from './new-account-fields.ts'
import type { IdentityPorts, NewAccount, Taken } from './ports.ts'

/** How long somebody should wait when too many passwords wait to be hashed. */
const OVERLOADED_RETRY_MS = 2_000

/** A new account's row, with its password hashed. Looks first whether the names are free: hashing for nothing is dear. */
export async function prepareAccount(
  ports: Pick<IdentityPorts, 'accounts' | 'hasher' | 'clock'>,
  fields: CheckedFields,
  role: AccountRole,
): Promise<Result<NewAccount, Failure>> {
  const taken = await ports.accounts.findTaken({ username: nameKey(fields.username), email: nameKey(fields.email) })
  if (taken !== undefined) return err(takenFailure(taken))
  const hashed = await ports.hasher.hash(fields.password)
  if (!hashed.ok) return err(overloadedFailure())
  const nowMs = ports.clock.nowMs()
  return ok({
    id: newId<UserId>(nowMs),
    username: fields.username,
    displayName: fields.username,
    email: fields.email,
    role,
    passwordHash: hashed.value,
    createdAtMs: nowMs,
  })
}

export function takenFailure(taken: Taken): Failure {
  return taken === 'username_taken'
    ? failure('user.username_taken', { path: 'username' })
    : failure('user.email_taken', { path: 'email' })
}

export function overloadedFailure(): Failure {
  return failure('server.overloaded', { retryAfterMs: OVERLOADED_RETRY_MS })
}
