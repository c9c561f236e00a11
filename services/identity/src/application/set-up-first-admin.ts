/**
 * The first visit makes the first administrator. Whoever reads the terminal has the code; nobody else gets more than a few tries at
 * it. The code is made anew at each start and is good until there is an administrator. Tries are counted for the whole process
 * and not by address: a guesser has many addresses, and the operator who is kept waiting for a minute has all of them.
 */
import { failure, type Failure, type SetupRequest, type User } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { SET_UP_THROTTLE, throttleWaitMs } from '../domain/attempt-throttle.ts'
import { toUser } from './account-views.ts'
import { prepareAccount, takenFailure } from './create-account.ts'
import { checkAccountFields } from './new-account-fields.ts'
import type { IdentityPorts } from './ports.ts'

export class FirstAdminSetUp {
  readonly code: string
  readonly #ports: IdentityPorts
  /** Times of wrong tries, at most as many as the policy looks at. */
  #wrongTriesMs: number[] = []
  #done = false

  constructor(ports: IdentityPorts) {
    this.#ports = ports
    this.code = ports.secrets.createCode()
  }

  /** Whether there is no administrator yet. Once false it stays so: the last one cannot be removed. */
  async isNeeded(): Promise<boolean> {
    this.#done ||= await this.#ports.accounts.hasAdmin()
    return !this.#done
  }

  async setUp(request: SetupRequest): Promise<Result<User, Failure>> {
    if (!(await this.isNeeded())) return err(failure('setup.done'))
    const refusal = this.#tryCode(request.code)
    if (refusal !== undefined) return err(refusal)
    const checked = await checkAccountFields(this.#ports, request)
    if (!checked.ok) return checked
    const account = await prepareAccount(this.#ports, checked.value, 'admin')
    if (!account.ok) return account
    const created = await this.#ports.accounts.createFirstAdmin(account.value)
    if (created.ok) {
      this.#ports.log.info('first administrator made with the code', { user_id: created.value.id })
      return ok(toUser(created.value))
    }
    return err(created.error === 'admin_exists' ? failure('setup.done') : takenFailure(created.error))
  }

  /** No await between the count and the note of a wrong try, so tries at the same time cannot slip through. */
  #tryCode(code: string): Failure | undefined {
    const nowMs = this.#ports.clock.nowMs()
    const waitMs = throttleWaitMs(SET_UP_THROTTLE, this.#wrongTriesMs, nowMs)
    if (waitMs > 0) {
      return failure('auth.throttled', { message: 'Too many wrong codes. Wait, then try again.', retryAfterMs: waitMs })
    }
    if (this.#ports.secrets.equal(plainCode(code), plainCode(this.code))) return undefined
    this.#wrongTriesMs = [...this.#wrongTriesMs, nowMs].slice(-SET_UP_THROTTLE.failuresMax)
    this.#ports.log.warn('wrong code for the first administrator', { tries: this.#wrongTriesMs.length })
    return failure('setup.wrong_code', { path: 'code' })
  }
}

/** People copy codes by hand: case, blanks and dashes do not count. */
function plainCode(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '')
}
