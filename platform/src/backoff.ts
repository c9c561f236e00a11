/**
 * How long to wait before the next try: a random time up to `baseMs` doubled with each failure, at most `maxMs`. Full jitter, after
 * "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): many that failed together do not come back together.
 */
export function fullJitterMs(
  failures: number,
  options: { readonly baseMs: number; readonly maxMs: number },
  random: () => number = Math.random,
): number {
  return random() * Math.min(options.maxMs, options.baseMs * 2 ** Math.min(failures, DOUBLINGS_MAX))
}

const DOUBLINGS_MAX = 30
