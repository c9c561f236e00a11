/** What a person changes of their own account. */
import {
  failure,
  may,
  type Caller,
  type ChangePasswordRequest,
  type Failure,
  type SessionsEnded,
  type UpdateSelfRequest,
  type User,
} from '@glasshouse/contracts'
import { err, ok, unreachable, type Result } from '@glasshouse/kernel'
import { parseDisplayName, type DisplayNameError } from '../domain/display-name.ts'
import { typedPassword } from '../domain/password.ts'
import { toUser } from './account-views.ts'
import { overloadedFailure } from './create-account.ts'
import { checkNewPassword, ownNamesOf } from './new-account-fields.ts'
import type { IdentityPorts } from './ports.ts'
import { proveOwnPassword } from './prove-password.ts'
import type { SessionDirectory } from './session-directory.ts'

interface Context {
  readonly ports: IdentityPorts
  readonly directory: SessionDirectory
}

export async function updateSelf(
  { ports, directory }: Context,
  caller: Caller,
  request: UpdateSelfRequest,
): Promise<Result<User, Failure>> {
  if (!may(caller.role, 'user.change_self')) return err(failure('permission.denied'))
  const displayName = parseDisplayName(request.display_name)
  if (!displayName.ok) return err(displayNameFailure(displayName.error))
  const account = await ports.accounts.setDisplayName(caller.userId, displayName.value, ports.clock.nowMs())
  if (account === undefined) return err(failure('auth.session_ended'))
  directory.accountChanged(account.id)
  return ok(toUser(account))
}

/**
 * The present password for another one. Whoever else is signed in as this person is signed out: one changes a password that others may
 * know. The new one is looked at first, which says nothing of the present one and spares the work.
 */
export async function changePassword(
  { ports, directory }: Context,
  caller: Caller,
  request: ChangePasswordRequest & { readonly address: string },
): Promise<Result<SessionsEnded, Failure>> {
  if (!may(caller.role, 'user.change_self')) return err(failure('permission.denied'))
  const account = await ports.accounts.find(caller.userId)
  if (account === undefined) return err(failure('auth.session_ended'))
  const { current_password: current, new_password: next, address } = request
  const checked = await checkNewPassword(ports, next, ownNamesOf(account), 'new_password')
  if (!checked.ok) return checked
  if (checked.value === typedPassword(current)) return err(unchangedFailure())

  const proven = await proveOwnPassword(ports, caller.userId, { password: current, address })
  if (!proven.ok) return err(proven.error.code === 'auth.invalid_credentials' ? wrongFailure() : proven.error)
  const hashed = await ports.hasher.hash(checked.value)
  if (!hashed.ok) return err(overloadedFailure())
  const change = {
    id: caller.userId,
    provenPasswordHash: proven.value.passwordHash,
    passwordHash: hashed.value,
    keptSessionId: caller.sessionId,
  }
  const ended = await ports.accounts.changePassword(change, ports.clock.nowMs())
  // It was changed while it was being proved: what was typed is the present one no longer.
  if (ended === undefined) return err(wrongFailure())
  for (const id of ended) directory.ended(id, caller.userId)
  directory.accountChanged(caller.userId)
  ports.log.info('password changed by its owner', { user_id: caller.userId, sessions_ended: ended.length })
  return ok({ sessions_ended: ended.length })
}

function wrongFailure(): Failure {
  return failure('user.wrong_password', { path: 'current_password' })
}

function unchangedFailure(): Failure {
  return failure('request.invalid', { path: 'new_password', message: 'new_password: is the same as current_password.' })
}

function displayNameFailure(error: DisplayNameError): Failure {
  return failure('request.invalid', { path: 'display_name', message: `display_name: ${describeDisplayName(error)}.` })
}

function describeDisplayName(error: DisplayNameError): string {
  switch (error.kind) {
    case 'empty':
      return 'shows nothing; at least 1 visible character is needed'
    case 'too_long':
      return `has ${error.actual} characters, at most ${error.max} are allowed`
    case 'character_not_allowed':
      return `holds ${error.code}, a character that is not shown; it is one line of text`
    default:
      return unreachable(error)
  }
}
