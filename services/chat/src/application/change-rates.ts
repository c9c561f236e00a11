import { failure, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, type Clock, type Result } from '@glasshouse/kernel'
import { RateLimiter } from '../domain/rate-limit.ts'
import type { RateLimitSetting } from './ports.ts'

/** How many changes one person makes, of whatever kind, in all channels together. */
export class ChangeRates {
  readonly #rates: RateLimiter
  readonly #limit: RateLimitSetting
  readonly #clock: Clock

  constructor(options: { readonly bytesMax: number; readonly limit: RateLimitSetting; readonly clock: Clock }) {
    this.#rates = new RateLimiter({ bytesMax: options.bytesMax })
    this.#limit = options.limit
    this.#clock = options.clock
  }

  /** Takes one, or says when the next one passes. */
  count(caller: Caller): Result<void, Failure> {
    const { count, windowS } = this.#limit
    const place = this.#rates.reserve(caller.userId, { count, windowMs: windowS * 1_000 }, this.#clock.monotonicMs())
    if (place.granted) return ok()
    const code = place.reason === 'limit' ? 'message.changed_too_often' : 'server.overloaded'
    return err(failure(code, { retryAfterMs: place.retryAfterMs }))
  }
}
