export interface Rate {
  readonly perSecondMax: number
  readonly windowMs: number
}

/**
 * A rate that may be exceeded for a while: a bucket that holds the whole window's worth, refilled at the rate. It runs empty when
 * more than `perSecondMax` came for `windowMs`, or a burst of that size at once.
 */
export class RateBucket {
  readonly #capacity: number
  readonly #perMs: number
  #tokens: number
  #lastMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#perMs = rate.perSecondMax / 1_000
    this.#capacity = Math.max(1, this.#perMs * rate.windowMs)
    this.#tokens = this.#capacity
    this.#lastMs = nowMs
  }

  /** How long until there is one, when it is empty. */
  get refilledInMs(): number {
    return Math.max(0, Math.ceil((1 - this.#tokens) / this.#perMs))
  }

  isFull(nowMs: number): boolean {
    return this.#tokens + (nowMs - this.#lastMs) * this.#perMs >= this.#capacity
  }

  /** Takes more than there may be: what is owed is refilled first, a bucketful at most. */
  owe(count: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#tokens = Math.min(this.#tokens, Math.max(-this.#capacity, this.#tokens - count))
  }

  /**
   * Takes one that may come only later: says in how long. What was reserved before comes first, however much that is: whoever reserves
   * is bounded in how many they may have waiting.
   */
  reserve(nowMs: number): number {
    this.#refill(nowMs)
    this.#tokens -= 1
    return Math.max(0, Math.ceil(-this.#tokens / this.#perMs))
  }

  /** Takes one; false when the bucket is empty. */
  take(nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  #refill(nowMs: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#lastMs) * this.#perMs)
    this.#lastMs = nowMs
  }
}

/** Whether the last `max` events lie within `windowMs`: exact, with `max` times kept at most. */
export class RecentEvents {
  readonly #max: number
  readonly #windowMs: number
  readonly #timesMs: number[] = []

  constructor(max: number, windowMs: number) {
    this.#max = max
    this.#windowMs = windowMs
  }

  /** Counts one; true when it is the one too many. */
  add(nowMs: number): boolean {
    this.#timesMs.push(nowMs)
    if (this.#timesMs.length > this.#max) this.#timesMs.shift()
    const first = this.#timesMs[0] ?? nowMs
    return this.#timesMs.length >= this.#max && nowMs - first <= this.#windowMs
  }
}

/** How many of each key there are, each key bounded. */
export class BoundedCounts {
  readonly #counts = new Map<string, number>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** `beyond`: as many more than the bound are let in. */
  take(key: string, beyond = 0): boolean {
    const count = this.#counts.get(key) ?? 0
    if (count >= this.#max + beyond) return false
    this.#counts.set(key, count + 1)
    return true
  }

  release(key: string): void {
    const count = this.#counts.get(key) ?? 0
    if (count <= 1) this.#counts.delete(key)
    else this.#counts.set(key, count - 1)
  }
}

/** A bucket for each key. Those that are full again are as good as new, and forgotten. */
export class BucketByKey {
  readonly #rate: Rate
  readonly #buckets = new Map<string, RateBucket>()

  constructor(rate: Rate) {
    this.#rate = rate
  }

  get size(): number {
    return this.#buckets.size
  }

  /** Takes one; or says how long until there is one. */
  take(
    key: string,
    nowMs: number,
  ): { readonly taken: true } | { readonly taken: false; readonly refilledInMs: number } {
    const bucket = this.#bucketOf(key, nowMs)
    return bucket.take(nowMs) ? { taken: true } : { taken: false, refilledInMs: bucket.refilledInMs }
  }

  owe(key: string, count: number, nowMs: number): void {
    this.#bucketOf(key, nowMs).owe(count, nowMs)
  }

  /** Takes one that may come only later: says in how long. */
  reserve(key: string, nowMs: number): number {
    return this.#bucketOf(key, nowMs).reserve(nowMs)
  }

  #bucketOf(key: string, nowMs: number): RateBucket {
    const bucket = this.#buckets.get(key) ?? new RateBucket(this.#rate, nowMs)
    this.#buckets.set(key, bucket)
    return bucket
  }

  sweep(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key)
  }
}
