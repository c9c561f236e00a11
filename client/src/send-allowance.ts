/** How many messages may be sent now: refilled with time, a second's worth at most. */
import type { Clock } from '@glasshouse/kernel'

export class SendAllowance {
  readonly #perSecond: number
  readonly #clock: Clock
  #left: number
  /** Monotonic. */
  #refilledAtMs: number

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond
    this.#clock = clock
    this.#left = perSecond
    this.#refilledAtMs = clock.monotonicMs()
  }

  /** Takes one; false when there is none, and then `waitMs` says how long until there is. */
  take(): boolean {
    const nowMs = this.#clock.monotonicMs()
    const gained = ((nowMs - this.#refilledAtMs) / 1000) * this.#perSecond
    this.#left = Math.min(this.#perSecond, this.#left + gained)
    this.#refilledAtMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }

  get waitMs(): number {
    return Math.max(0, Math.ceil(((1 - this.#left) / this.#perSecond) * 1000))
  }
}
