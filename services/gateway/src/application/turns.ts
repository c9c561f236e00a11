import type { Clock } from '@glasshouse/kernel'
import { Slices } from '../domain/slices.ts'

/** Does jobs in slices, one slice for each turn of the event loop; see domain/slices.ts. While there are none it costs nothing. */
export class Turns {
  readonly #slices: Slices
  readonly #clock: Clock
  #scheduled = false

  constructor(clock: Clock, sliceMs: number) {
    this.#clock = clock
    this.#slices = new Slices(sliceMs)
  }

  push(job: () => void): void {
    this.#slices.push(job)
    this.#schedule()
  }

  /** The same for whoever waits for it: resolves with what the job answers, or rejects with what it throws. */
  run<Answer>(job: () => Answer): Promise<Answer> {
    return new Promise((done) => {
      // The job runs within the call: only its answer is a promise.
      this.push(() => done((async () => job())()))
    })
  }

  #slice(): void {
    this.#scheduled = false
    try {
      this.#slices.run(() => this.#clock.monotonicMs())
    } finally {
      if (this.#slices.waiting > 0) this.#schedule()
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#slice())
  }
}
