/**
 * How long to wait before the next try: exponential backoff with full jitter. The ceiling doubles with each failed try, and the wait is
 * drawn evenly from zero to the ceiling, so that the clients which one restart cut off do not come back all at once.
 */
export interface BackoffBounds {
  readonly min: number
  readonly max: number
}

/** Within this the first try after a planned restart is made: the server is back soon, and knows that all return. */
const AFTER_RESTART_MS_MAX = 3_000

/** Milliseconds. `failures`: tries that failed since the last good connection. `random` is in [0, 1). */
export function reconnectDelayMs(failures: number, random: number, bounds: BackoffBounds): number {
  const ceilingMs = Math.min(bounds.max, bounds.min * 2 ** Math.min(failures, 30))
  return Math.floor(random * ceilingMs)
}

/** Milliseconds, for the first try after the server said that it restarts. */
export function restartDelayMs(random: number, bounds: BackoffBounds): number {
  return Math.floor(random * Math.min(AFTER_RESTART_MS_MAX, bounds.max))
}
