/**
 * How long to wait before the next try: with full jitter, drawn evenly from zero to a ceiling, so that the clients which one restart cut off
 * do not come back all at once. The ceiling is the time that the connection has been lost for: so tries thin out as an outage goes on,
 * and whoever is unlucky waits no longer after it than it lasted. (A ceiling that doubles with each failed try lets some who drew short
 * waits at first run far ahead: of ten thousand the last came back 25 seconds after an outage of three.)
 */
export interface BackoffBounds {
  readonly min: number
  readonly max: number
}

/** Within this the first try after a planned restart is made: the server is back soon, and knows that all return. */
const AFTER_RESTART_MS_MAX = 3_000

/** Milliseconds. `lostForMs`: since the last good connection ended. `random` is in [0, 1). */
export function reconnectDelayMs(lostForMs: number, random: number, bounds: BackoffBounds): number {
  const ceilingMs = Math.min(bounds.max, Math.max(bounds.min, lostForMs))
  return Math.floor(random * ceilingMs)
}

/** Milliseconds, for the first try after the server said that it restarts. */
export function restartDelayMs(random: number, bounds: BackoffBounds): number {
  return Math.floor(random * Math.min(AFTER_RESTART_MS_MAX, bounds.max))
}
