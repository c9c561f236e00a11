/** The fields that make an account, from what somebody wrote to values of the domain, with one exact refusal for what is wrong. */
import { failure, type Failure } from '@glasshouse/contracts'
import { err, ok, unreachable, type Result } from '@glasshouse/kernel'
import type { Account } from '../domain/account.ts'
import { parseEmail, type EmailAddress, type EmailError } from '../domain/email-address.ts'
import { guessableForms, isMostlyName, isPattern } from '../domain/guessable-password.ts'
import { parsePassword, type Password, type PasswordError } from '../domain/password.ts'
import { parseUsername, type Username, type UsernameError } from '../domain/username.ts'
import type { IdentityPorts } from './ports.ts'

export interface AccountFields {
  readonly username: string
  readonly email: string
  readonly password: string
}

export interface CheckedFields {
  readonly username: Username
  readonly email: EmailAddress
  readonly password: Password
}

const PRODUCT_NAME = 'glasshouse'
const EMAIL_HOST_NAME_LENGTH_MIN = 4

type Ports = Pick<IdentityPorts, 'commonPasswords' | 'settings'>

export async function checkAccountFields(ports: Ports, fields: AccountFields): Promise<Result<CheckedFields, Failure>> {
  const username = parseUsername(fields.username)
  if (!username.ok) return err(usernameFailure(username.error))
  const email = parseEmail(fields.email)
  if (!email.ok) return err(emailFailure(email.error))
  const password = await checkNewPassword(
    ports,
    fields.password,
    ownNamesOf({ username: username.value, email: email.value }),
  )
  if (!password.ok) return password
  return ok({ username: username.value, email: email.value, password: password.value })
}

/** `ownNames`: names of the account, of which alone a password may not consist. `path`: the field that it came in. */
export async function checkNewPassword(
  ports: Ports,
  text: string,
  ownNames: readonly string[],
  path = 'password',
): Promise<Result<Password, Failure>> {
  const password = parsePassword(text)
  if (!password.ok) return err(passwordFailure(password.error, path))
  if (isPattern(text)) {
    return err(
      failure('user.password_common', {
        path,
        message: 'This password is a pattern that is guessed early (a run of keys, a repetition). Choose another.',
      }),
    )
  }
  if (isMostlyName(text, [...ownNames, ports.settings.siteName, PRODUCT_NAME])) {
    return err(
      failure('user.password_common', {
        path,
        message: 'This password is little more than a name of yours or of this house. Choose another.',
      }),
    )
  }
  if (await ports.commonPasswords.includesAny(guessableForms(text))) {
    return err(failure('user.password_common', { path }))
  }
  return ok(password.value)
}

/** The names of an account, of which alone its password may not consist. */
export function ownNamesOf({ username, email }: Pick<Account, 'username' | 'email'>): readonly string[] {
  return [username, ...(email === null ? [] : emailNames(email))]
}

/** What of an address is a person's or a firm's name. */
function emailNames(email: string): readonly string[] {
  const [local = '', host = ''] = email.split('@')
  const hostNames = host.split('.').filter((name) => name.length >= EMAIL_HOST_NAME_LENGTH_MIN)
  return [email, local, ...hostNames]
}

function usernameFailure(error: UsernameError): Failure {
  return failure('request.invalid', { path: 'username', message: `username: ${describeUsername(error)}.` })
}

function describeUsername(error: UsernameError): string {
  switch (error.kind) {
    case 'too_short':
      return `has ${error.actual} characters, at least ${error.min} are needed`
    case 'too_long':
      return `has ${error.actual} characters, at most ${error.max} are allowed`
    case 'character_not_allowed':
      return `character ${error.position} is ${JSON.stringify(error.character)}; allowed are A-Z, a-z, 0-9, _ and -`
    default:
      return unreachable(error)
  }
}

function emailFailure(error: EmailError): Failure {
  const what =
    error.kind === 'too_long'
      ? `has ${error.actual} characters, at most ${error.max} are allowed`
      : `is not of the form ${error.expected}`
  return failure('request.invalid', { path: 'email', message: `email: ${what}.` })
}

function passwordFailure(error: PasswordError, path: string): Failure {
  const bound = error.kind === 'too_long' ? `at most ${error.max} are allowed` : `at least ${error.min} are needed`
  return failure('request.invalid', {
    path,
    message: `${path}: has ${error.actual} characters, ${bound}.`,
  })
}
