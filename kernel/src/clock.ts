/** Where time comes from. Domain code never reads a clock by itself: it is handed one, or a time. */
export interface Clock {
  /** Wall clock, milliseconds since 1970 in UTC. May step. */
  nowMs(): number
  /** Monotonic, milliseconds from an arbitrary origin. For durations. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}
