/** Times in buckets that grow by 2 %: a quantile is exact to that, and a week of them takes no more memory than a minute. */
export class Latencies {
  static readonly #GROWTH = Math.log(1.02)
  static readonly #MIN_MS = 0.01
  readonly #buckets = new Uint32Array(1_200)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(ms: number): void {
    const exact = Math.log(Math.max(ms, Latencies.#MIN_MS) / Latencies.#MIN_MS) / Latencies.#GROWTH
    const bucket = Math.min(this.#buckets.length - 1, Math.floor(exact))
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#count++
  }

  /** Milliseconds; undefined when there are none. */
  quantile(share: number): number | undefined {
    let left = Math.ceil(this.#count * share)
    if (left === 0) return undefined
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket] ?? 0
      if (left <= 0) return Latencies.#MIN_MS * Math.exp((bucket + 1) * Latencies.#GROWTH)
    }
    return undefined
  }
}
