/**
 * Which channels people watch, and where they write: the n-th channel in proportion to 1/n (Zipf's law), so that nearly everybody is in
 * the first and few are in the last. Seeded: each run draws the same.
 */
export class Zipf {
  readonly #upTo: readonly number[]
  #state: number

  constructor(count: number, seed: number) {
    let sum = 0
    this.#upTo = Array.from({ length: count }, (_, index) => (sum += 1 / (index + 1)))
    this.#state = seed
  }

  /** From 0 to below `count`. */
  next(): number {
    const at = this.#random() * (this.#upTo.at(-1) ?? 0)
    let [low, high] = [0, this.#upTo.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#upTo[middle] ?? 0) > at) high = middle
      else low = middle + 1
    }
    return low
  }

  /** `size` different ones. */
  some(size: number): number[] {
    const drawn = new Set<number>()
    while (drawn.size < Math.min(size, this.#upTo.length)) drawn.add(this.next())
    return [...drawn]
  }

  /** Mulberry32, by Tommy Ettinger. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
