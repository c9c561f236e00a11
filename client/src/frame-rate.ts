const WINDOW_S = 5

/** Counts events by second, over a window: memory does not grow with their number. */
export class FrameRate {
  readonly #counts = Array.from({ length: WINDOW_S }, () => 0)
  #second = 0

  count(nowMs: number): void {
    this.#moveTo(nowMs)
    const slot = this.#second % WINDOW_S
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
  }

  /** Mean over the window, this second included. */
  perSecond(nowMs: number): number {
    this.#moveTo(nowMs)
    return this.#counts.reduce((sum, count) => sum + count, 0) / WINDOW_S
  }

  #moveTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    for (let passed = Math.max(this.#second + 1, second - WINDOW_S + 1); passed <= second; passed++) {
      this.#counts[passed % WINDOW_S] = 0
    }
    this.#second = Math.max(this.#second, second)
  }
}
