import { err, ok, type Result } from '@glasshouse/kernel'
import { hash, verify, type Options } from '@node-rs/argon2'
import type { PasswordHasher } from '../application/ports.ts'
import type { Password } from '../domain/password.ts'

/**
 * Argon2id (2 in the package's enum, whose names type stripping cannot reach) with 19 MiB, two passes and one lane, one of the
 * settings that OWASP holds to be equally strong.
 */
const ARGON2ID: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Of 32 random bytes that were thrown away, with the parameters above: to verify against it takes as long, and always fails. */
export const DECOY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$QlLF2FvBZXngghn/ftCO3w$W6dyfVArIOGelbvdyzxdLQfMCt1SZ3YTeuT8Y937wYk'

export interface HasherLimits {
  /** Each takes one of libuv's threads (four by default, which files and name lookups share), and 19 MiB. */
  readonly runningMax: number
  readonly waitingMax: number
}

const HASHER_LIMITS: HasherLimits = { runningMax: 2, waitingMax: 200 }

/** Off the event loop, a few at a time, in the order in which they came. */
export class Argon2PasswordHasher implements PasswordHasher {
  readonly #limits: HasherLimits
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: HasherLimits = HASHER_LIMITS) {
    this.#limits = limits
  }

  hash(password: Password): Promise<Result<string, 'overloaded'>> {
    return this.#inTurn(() => hash(password, ARGON2ID))
  }

  async verify(passwordHash: string | null, password: Password): Promise<Result<boolean, 'overloaded'>> {
    const verified = await this.#inTurn(() => verify(passwordHash ?? DECOY_HASH, password))
    return verified.ok ? ok(verified.value && passwordHash !== null) : verified
  }

  async #inTurn<Answer>(work: () => Promise<Answer>): Promise<Result<Answer, 'overloaded'>> {
    if (this.#running >= this.#limits.runningMax) {
      if (this.#waiting.length >= this.#limits.waitingMax) return err('overloaded')
      // Whoever ends hands its place over, so it stays counted as running.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running += 1
    try {
      return ok(await work())
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}
