/**
 * From what somebody typed to the account that is theirs. Names that do not exist, people without a password and disabled accounts go
 * through the same steps, in the same time, to the same answer.
 *
 * The throttle is asked twice. Before the password is hashed, to save the work; and when the outcome is settled, one attempt of an
 * account or address after the other: of a hundred guesses at once, ten get an answer, and the right one among the others does not.
 * Attempts that are right do not count, so a hundred programs may sign in from one address at once.
 */
import { DEMO_USER_ID, failure, type Failure, type LoginRequest } from '@glasshouse/contracts'
import { addressKey, err, ok, type Result, type UserId } from '@glasshouse/kernel'
import type { Account } from '../domain/account.ts'
import { ACCOUNT_THROTTLE, ADDRESS_THROTTLE, throttleWaitMs } from '../domain/attempt-throttle.ts'
import { nameKey } from '../domain/name-key.ts'
import { typedPassword } from '../domain/password.ts'
import { overloadedFailure } from './create-account.ts'
import type { AttemptKeys, Credentials, IdentityPorts, RecentFailures } from './ports.ts'

export interface ProvenAccount {
  readonly account: Account
  readonly passwordHash: string
}

const WINDOW_MS = Math.max(ACCOUNT_THROTTLE.windowMs, ADDRESS_THROTTLE.windowMs)
const FAILURES_READ_MAX = Math.max(ACCOUNT_THROTTLE.failuresMax, ADDRESS_THROTTLE.failuresMax)

export async function provePassword(
  ports: IdentityPorts,
  request: LoginRequest,
  address: string,
): Promise<Result<ProvenAccount, Failure>> {
  const login = request.username ?? request.email
  if (login === undefined) {
    return err(failure('request.invalid', { path: 'username', message: 'username: is missing; so is email.' }))
  }
  const name = nameKey(login)
  const found = await ports.accounts.findCredentials(name)
  const account = found === undefined ? ports.secrets.hash(`name:${name}`) : accountAttemptKey(ports, found.account.id)
  return await prove(ports, {
    found,
    password: request.password,
    keys: { account, address: addressOf(ports, address) },
  })
}

/** The password of somebody who is signed in, asked for once more. Counts with what is tried at the door: it is the same guess. */
export async function proveOwnPassword(
  ports: IdentityPorts,
  id: UserId,
  typed: { readonly password: string; readonly address: string },
): Promise<Result<ProvenAccount, Failure>> {
  const found = await ports.accounts.credentialsOf(id)
  const keys = { account: accountAttemptKey(ports, id), address: addressOf(ports, typed.address) }
  return await prove(ports, { found, password: typed.password, keys })
}

async function prove(
  ports: IdentityPorts,
  attempt: { readonly found: Credentials | undefined; readonly password: string; readonly keys: AttemptKeys },
): Promise<Result<ProvenAccount, Failure>> {
  const { found, keys } = attempt
  const askedAtMs = ports.clock.nowMs()
  const recent = await ports.attempts.recent(keys, askedAtMs - WINDOW_MS, FAILURES_READ_MAX)
  const earlyWaitMs = waitMs(recent, askedAtMs)
  if (earlyWaitMs > 0) return err(throttled(ports, keys, earlyWaitMs))

  const verified = await ports.hasher.verify(provableHash(found), typedPassword(attempt.password))
  if (!verified.ok) return err(overloadedFailure())

  const nowMs = ports.clock.nowMs()
  let settledWaitMs = 0
  const window = { nowMs, sinceMs: nowMs - WINDOW_MS, limit: FAILURES_READ_MAX }
  const outcome = await ports.attempts.settle(keys, window, (failures) => {
    settledWaitMs = waitMs(failures, nowMs)
    if (settledWaitMs > 0) return 'refused'
    return verified.value ? 'succeeded' : 'failed'
  })
  if (outcome === 'refused') return err(throttled(ports, keys, settledWaitMs))
  const passwordHash = provableHash(found)
  if (outcome === 'failed' || found === undefined || passwordHash === null) {
    return err(failure('auth.invalid_credentials'))
  }
  return ok({ account: found.account, passwordHash })
}

/** Hashed, as that of an unknown name is: the table of failures holds no names, and each key has the same length. */
export function accountAttemptKey(ports: Pick<IdentityPorts, 'secrets'>, id: UserId): string {
  return ports.secrets.hash(`id:${id}`)
}

function addressOf(ports: Pick<IdentityPorts, 'secrets'>, address: string): string {
  return ports.secrets.hash(`address:${addressKey(address)}`)
}

/** Nobody signs in as the demo user, whatever stands in its row. */
function provableHash(found: Credentials | undefined): string | null {
  if (found?.account.id === DEMO_USER_ID) return null
  return found?.account.state === 'active' ? found.passwordHash : null
}

function waitMs(failures: RecentFailures, nowMs: number): number {
  return Math.max(
    throttleWaitMs(ACCOUNT_THROTTLE, failures.accountMs, nowMs),
    throttleWaitMs(ADDRESS_THROTTLE, failures.addressMs, nowMs),
  )
}

function throttled(ports: IdentityPorts, keys: AttemptKeys, retryAfterMs: number): Failure {
  ports.log.warn('sign-in throttled', { account_key: keys.account.slice(0, 8), retry_after_ms: retryAfterMs })
  return failure('auth.throttled', { retryAfterMs })
}
