import { failure, may, type Caller, type Failure, type User } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { toUser } from './account-views.ts'
import { prepareAccount, takenFailure } from './create-account.ts'
import { checkAccountFields, type AccountFields } from './new-account-fields.ts'
import type { IdentityPorts } from './ports.ts'

/** Makes an account of the role `user`. While registration is closed only an administrator can. */
export async function registerUser(
  ports: IdentityPorts,
  fields: AccountFields,
  caller: Caller | undefined,
): Promise<Result<User, Failure>> {
  if (!may(caller?.role ?? 'anonymous', 'user.register')) return err(failure('permission.denied'))
  if (ports.settings.registration === 'closed' && caller?.role !== 'admin') return err(failure('registration.closed'))
  const checked = await checkAccountFields(ports, fields)
  if (!checked.ok) return checked
  const account = await prepareAccount(ports, checked.value, 'user')
  if (!account.ok) return account
  const created = await ports.accounts.create(account.value)
  return created.ok ? ok(toUser(created.value)) : err(takenFailure(created.error))
}
