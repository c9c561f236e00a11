import { DEMO_USER_ID, failure, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import type { AccountState } from '../domain/account.ts'
import { nameKey } from '../domain/name-key.ts'
import { overloadedFailure } from './create-account.ts'
import { checkNewPassword, ownNamesOf } from './new-account-fields.ts'
import type { IdentityPorts } from './ports.ts'
import { accountAttemptKey } from './prove-password.ts'
import type { SessionDirectory } from './session-directory.ts'

export interface PasswordSet {
  readonly userId: UserId
  readonly username: string
  /** A disabled person cannot sign in with the new password either. */
  readonly state: AccountState
  readonly sessionsEnded: number
}

/** For the operator at the command line, who needs no password to be believed. Whoever is signed in as this person is signed out. */
export async function setPasswordByOperator(
  { ports, directory }: { readonly ports: IdentityPorts; readonly directory: SessionDirectory },
  username: string,
  password: string,
): Promise<Result<PasswordSet, Failure>> {
  const account = await ports.accounts.findByUsername(nameKey(username))
  if (account === undefined) {
    return err(
      failure('not_found', { path: 'username', message: `There is no user named ${JSON.stringify(username)}.` }),
    )
  }
  if (account.id === DEMO_USER_ID) {
    return err(failure('permission.denied', { message: 'Visitors write as this user, and nobody signs in as it.' }))
  }
  const checked = await checkNewPassword(ports, password, ownNamesOf(account))
  if (!checked.ok) return checked
  const hashed = await ports.hasher.hash(checked.value)
  if (!hashed.ok) return err(overloadedFailure())
  const ended = await ports.accounts.setPassword(account.id, hashed.value, ports.clock.nowMs())
  // Whoever asked the operator has probably tried the old one too often.
  await ports.attempts.forget(accountAttemptKey(ports, account.id))
  for (const id of ended) directory.ended(id, account.id)
  return ok({ userId: account.id, username: account.username, state: account.state, sessionsEnded: ended.length })
}
