import type { Timers } from './live-types.ts'

/** The longest that a timer can be set to, in browsers and in Node. */
const DELAY_MS_MAX = 2_147_483_647

/** One timer for many things that end: it is set to the next. */
export class ExpiryTimer {
  readonly #timers: Timers
  readonly #run: () => void
  #handle: unknown

  constructor(timers: Timers, run: () => void) {
    this.#timers = timers
    this.#run = run
  }

  /** In the place of what was set before; undefined: nothing ends. */
  set(delayMs: number | undefined): void {
    this.#timers.clear(this.#handle)
    if (delayMs === undefined) return
    this.#handle = this.#timers.set(this.#run, Math.min(Math.max(0, delayMs), DELAY_MS_MAX))
  }
}
