/**
 * A sliding window over failed attempts: with `failuresMax` of them inside `windowMs`, the next attempt waits until the oldest of
 * the last `failuresMax` has left the window. Refused attempts are not failures, so trying on does not lengthen the wait.
 */
export interface ThrottlePolicy {
  readonly failuresMax: number
  readonly windowMs: number
}

const MINUTE_MS = 60_000

export const ACCOUNT_THROTTLE: ThrottlePolicy = { failuresMax: 10, windowMs: 15 * MINUTE_MS }
export const ADDRESS_THROTTLE: ThrottlePolicy = { failuresMax: 50, windowMs: 15 * MINUTE_MS }
export const SET_UP_THROTTLE: ThrottlePolicy = { failuresMax: 5, windowMs: MINUTE_MS }

/** How long the next attempt has to wait, in milliseconds: 0 for not at all. Order of the failures does not matter. */
export function throttleWaitMs(policy: ThrottlePolicy, failuresAtMs: readonly number[], nowMs: number): number {
  const recent = failuresAtMs.filter((atMs) => atMs > nowMs - policy.windowMs).sort((a, b) => b - a)
  const oldestThatCounts = recent[policy.failuresMax - 1]
  if (oldestThatCounts === undefined) return 0
  // A failure in the future was written before the clock was stepped back: it asks for no more than a whole window.
  return Math.min(oldestThatCounts + policy.windowMs - nowMs, policy.windowMs)
}
