import type { Clock } from '@glasshouse/kernel'

export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>

export interface ReadinessReport {
  readonly status: 'ready' | 'not_ready'
  readonly dependencies: Readonly<Record<string, 'up' | 'down'>>
}

/**
 * Asks each dependency whether it is there; one that throws or takes too long is down. A report serves everybody who asks within
 * `cacheMs`, so that asking often costs the dependencies nothing.
 */
export class Readiness {
  readonly #checks: ReadinessChecks
  readonly #clock: Clock
  readonly #bounds: { readonly timeoutMs: number; readonly cacheMs: number }
  #report: Promise<ReadinessReport> | undefined
  #askedMs = 0

  constructor(checks: ReadinessChecks, clock: Clock, bounds: { readonly timeoutMs: number; readonly cacheMs: number }) {
    this.#checks = checks
    this.#clock = clock
    this.#bounds = bounds
  }

  report(): Promise<ReadinessReport> {
    const nowMs = this.#clock.monotonicMs()
    if (this.#report === undefined || nowMs - this.#askedMs >= this.#bounds.cacheMs) {
      this.#askedMs = nowMs
      this.#report = this.#ask()
    }
    return this.#report
  }

  async #ask(): Promise<ReadinessReport> {
    const answers = await Promise.all(
      Object.entries(this.#checks).map(async ([name, check]) => [name, await this.#isUp(check)] as const),
    )
    const dependencies = Object.fromEntries(answers.map(([name, up]) => [name, up ? 'up' : 'down'] as const))
    return { status: answers.every(([, up]) => up) ? 'ready' : 'not_ready', dependencies }
  }

  async #isUp(check: () => Promise<void>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.#bounds.timeoutMs)
    })
    try {
      return await Promise.race([check().then(() => true), late])
    } catch {
      return false
    } finally {
      clearTimeout(timer)
    }
  }
}
