/**
 * Timers that somebody else may hurry: a browser slows down those of a hidden tab, to one a minute at worst, but not the messages that
 * it gets. So the tab that leads is hurried by the tabs that somebody looks at: `nudge` runs what is due.
 */
import type { Clock } from '@glasshouse/kernel'
import type { Timers } from './live-types.ts'

interface Waiting {
  readonly run: () => void
  /** Monotonic. */
  readonly dueAtMs: number
  timer: unknown
}

export class NudgedTimers implements Timers {
  readonly #timers: Timers
  readonly #clock: Clock
  readonly #waiting = new Set<Waiting>()

  constructor(timers: Timers, clock: Clock) {
    this.#timers = timers
    this.#clock = clock
  }

  set(run: () => void, delayMs: number): unknown {
    const waiting: Waiting = { run, dueAtMs: this.#clock.monotonicMs() + delayMs, timer: undefined }
    waiting.timer = this.#timers.set(() => this.#fire(waiting), delayMs)
    this.#waiting.add(waiting)
    return waiting
  }

  clear(handle: unknown): void {
    const waiting = handle as Waiting | undefined
    if (waiting === undefined || !this.#waiting.delete(waiting)) return
    this.#timers.clear(waiting.timer)
  }

  nudge(): void {
    const nowMs = this.#clock.monotonicMs()
    const due = [...this.#waiting].filter(({ dueAtMs }) => dueAtMs <= nowMs)
    for (const waiting of due.toSorted((a, b) => a.dueAtMs - b.dueAtMs)) this.#fire(waiting)
  }

  #fire(waiting: Waiting): void {
    // One that has run, or was cleared by one before it.
    if (!this.#waiting.delete(waiting)) return
    this.#timers.clear(waiting.timer)
    waiting.run()
  }
}
