/** Runs it when the browser has nothing better to do, and within two seconds. Safari has no such notion: there it is soon. */
export function whenIdle(run: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(run, { timeout: 2_000 })
  else setTimeout(run, 200)
}
