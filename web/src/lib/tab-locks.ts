/** Names of which one tab of the browser at a time may have each; a tab that is closed or crashes has none any more. */
export interface TabLocks {
  /** Returns what releases it. */
  hold(name: string): () => void
  /** Calls once when no tab has it, and nobody else is called meanwhile. Returns what ends the wait. */
  whenFree(name: string, run: () => void): () => void
}

/** Web Locks. A browser without them (they need https or localhost) does not know what other tabs do: there everything is free. */
export const tabLocks: TabLocks = {
  hold(name) {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    return ask(name, () => released, release)
  },
  whenFree: (name, run) => ask(name, run, () => {}),
}

function ask(name: string, held: () => Promise<void> | void, release: () => void): () => void {
  const waiting = new AbortController()
  if (!('locks' in navigator)) {
    void held()
    return release
  }
  navigator.locks
    .request(name, { signal: waiting.signal }, () => held())
    // Ended while it waited.
    .catch(() => undefined)
  return () => {
    release()
    waiting.abort()
  }
}
