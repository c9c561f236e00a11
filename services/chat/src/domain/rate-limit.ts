/**
 * A sliding window: at most `count` sends of one sender in any stretch of `windowMs`. Exact, not a bucket that lets through twice the
 * limit around the edge of a window: the times of the sends themselves are kept, at most `count` a sender, until the window has passed
 * them.
 *
 * A send is reserved before it is stored, and given back when it cost nothing (a repeat of a known message, a failure), so two sends at
 * the same time cannot both take the last place.
 *
 * Memory is bounded, by an estimate of what the times and their senders take. What has expired is swept now and then, at a cost that is
 * spread over the sends. At the bound a sender is refused: the limit never opens because there are many of them.
 *
 * Times are those of any clock that does not step back.
 */
export interface RateLimit {
  readonly count: number
  readonly windowMs: number
}

export interface Place {
  readonly granted: true
  readonly key: string
  readonly atMs: number
}

export interface Refusal {
  readonly granted: false
  readonly reason: 'limit' | 'memory'
  readonly retryAfterMs: number
}

export type Reservation = Place | Refusal

interface SenderWindow {
  /** Ascending. */
  readonly timesMs: number[]
  windowMs: number
}

/** How long to wait when memory, not the sender's own limit, refuses. */
const MEMORY_RETRY_MS = 1_000
/** A number in an array that has room to grow. */
export const TIME_BYTES = 16
/** A sender's key, array and place in the map. */
export const SENDER_BYTES = 320
/** At the bound, sweeping again sooner would find little and cost much. */
const SWEEP_INTERVAL_MS = 100
/** Fewer senders than these are not worth a sweep. */
const SWEEP_SENDERS_MIN = 1_000

export class RateLimiter {
  readonly #windows = new Map<string, SenderWindow>()
  readonly #bytesMax: number
  #times = 0
  #grantsSinceSweep = 0
  #sweptAtMs = Number.NEGATIVE_INFINITY

  constructor(options: { readonly bytesMax: number }) {
    this.#bytesMax = options.bytesMax
  }

  /** What is kept takes about this much. */
  get bytes(): number {
    return this.#times * TIME_BYTES + this.#windows.size * SENDER_BYTES
  }

  /** How a sender who has used all places is refused; takes none. */
  refusal(key: string, limit: RateLimit, nowMs: number): Refusal | undefined {
    const known = this.#windows.get(key)
    if (known === undefined) return undefined
    known.windowMs = limit.windowMs
    this.#expire(key, known, nowMs)
    // Not `known`: a window that has expired as a whole was dropped.
    const timesMs = this.#windows.get(key)?.timesMs
    const oldest = timesMs?.[timesMs.length - limit.count]
    return oldest === undefined
      ? undefined
      : { granted: false, reason: 'limit', retryAfterMs: Math.max(1, Math.ceil(oldest + limit.windowMs - nowMs)) }
  }

  reserve(key: string, limit: RateLimit, nowMs: number): Reservation {
    const refused = this.refusal(key, limit, nowMs)
    if (refused !== undefined) return refused
    let window = this.#windows.get(key)
    if (!this.#makeRoom(window === undefined, nowMs)) {
      return { granted: false, reason: 'memory', retryAfterMs: MEMORY_RETRY_MS }
    }
    window = this.#windows.get(key)
    if (window === undefined) {
      window = { timesMs: [], windowMs: limit.windowMs }
      this.#windows.set(key, window)
    }
    window.timesMs.push(nowMs)
    this.#times++
    this.#grantsSinceSweep++
    return { granted: true, key, atMs: nowMs }
  }

  /** What was reserved cost nothing after all. */
  giveBack(reservation: Place): void {
    const window = this.#windows.get(reservation.key)
    const index = window === undefined ? -1 : window.timesMs.lastIndexOf(reservation.atMs)
    if (window === undefined || index === -1) return
    window.timesMs.splice(index, 1)
    this.#times--
    if (window.timesMs.length === 0) this.#windows.delete(reservation.key)
  }

  /** Takes in a send of before a restart. In ascending order of time for each key. */
  restore(key: string, limit: RateLimit, atMs: number): void {
    const window = this.#windows.get(key) ?? { timesMs: [], windowMs: limit.windowMs }
    // Older ones than the last `count` decide nothing.
    if (window.timesMs.length >= limit.count) window.timesMs.shift()
    else if (this.bytes >= this.#bytesMax) return
    else this.#times++
    window.timesMs.push(atMs)
    this.#windows.set(key, window)
  }

  /** Forgets what has expired. */
  sweep(nowMs: number): void {
    for (const [key, window] of this.#windows) this.#expire(key, window, nowMs)
    this.#grantsSinceSweep = 0
    this.#sweptAtMs = nowMs
  }

  /** Whether one more time may be kept, of a sender that is new or not. */
  #makeRoom(isNew: boolean, nowMs: number): boolean {
    const neededBytes = TIME_BYTES + (isNew ? SENDER_BYTES : 0)
    const full = (): boolean => this.bytes + neededBytes > this.#bytesMax
    // A sweep looks at each sender: after half as many grants as there are senders, each grant has paid for two of them.
    const isDue = this.#grantsSinceSweep > this.#windows.size / 2 + SWEEP_SENDERS_MIN
    if (isDue || (full() && nowMs - this.#sweptAtMs >= SWEEP_INTERVAL_MS)) this.sweep(nowMs)
    return !full()
  }

  #expire(key: string, { timesMs, windowMs }: SenderWindow, nowMs: number): void {
    let expired = 0
    for (const atMs of timesMs) {
      if (atMs > nowMs - windowMs) break
      expired++
    }
    if (expired === 0) return
    this.#times -= expired
    if (expired === timesMs.length) this.#windows.delete(key)
    else timesMs.splice(0, expired)
  }
}
