import type { Failure } from '@glasshouse/contracts'
import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import type { AccountRole } from '../domain/account.ts'
import { nameKey } from '../domain/name-key.ts'
import { prepareAccount, takenFailure } from './create-account.ts'
import { checkAccountFields, type AccountFields } from './new-account-fields.ts'
import type { IdentityPorts } from './ports.ts'

export interface CreatedAdmin {
  /** False when somebody of that name is there already: then nothing is changed, not even the password or the role. */
  readonly created: boolean
  readonly userId: UserId
  /** Of the account as it is, which for one that was there already may be any. */
  readonly role: AccountRole
}

/** The administrator that the settings name. Safe to call at each start. */
export async function createAdmin(ports: IdentityPorts, fields: AccountFields): Promise<Result<CreatedAdmin, Failure>> {
  const username = nameKey(fields.username)
  const before = await ports.accounts.findByUsername(username)
  if (before !== undefined) return ok({ created: false, userId: before.id, role: before.role })
  const made = await makeAdmin(ports, fields)
  if (made.ok || made.error.code !== 'user.username_taken') return made
  // Another process was faster with the same settings.
  const meanwhile = await ports.accounts.findByUsername(username)
  return meanwhile === undefined ? made : ok({ created: false, userId: meanwhile.id, role: meanwhile.role })
}

async function makeAdmin(ports: IdentityPorts, fields: AccountFields): Promise<Result<CreatedAdmin, Failure>> {
  const checked = await checkAccountFields(ports, fields)
  if (!checked.ok) return checked
  const account = await prepareAccount(ports, checked.value, 'admin')
  if (!account.ok) return account
  const created = await ports.accounts.create(account.value)
  return created.ok ? ok({ created: true, userId: created.value.id, role: 'admin' }) : err(takenFailure(created.error))
}
