/** Why this process is to end: a signal, or that npm has ended above it. */
export interface StopRequest {
  /** Aborted at the first request; its reason is a word for the log. Later ones change nothing: a shutdown takes bounded time. */
  readonly signal: AbortSignal
  readonly asked: Promise<string>
}

/** SIGHUP is a terminal that was closed. Ctrl-C below npm comes twice: from the terminal, and passed on by npm. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const NPM_ENDED = 'npm has ended'
const PARENT_POLL_MS = 250

/**
 * `npm start` runs us below a shell, and that shell ends on SIGTERM without passing it on: then our parent is another one, and whoever
 * stopped npm meant us.
 */
export function watchStopRequests(startedByNpm: boolean): StopRequest {
  const controller = new AbortController()
  const asked = Promise.withResolvers<string>()
  const stop = (reason: string): void => {
    if (controller.signal.aborted) return
    controller.abort(reason)
    asked.resolve(reason)
  }
  for (const name of SIGNALS) process.on(name, () => stop(name))
  if (startedByNpm) {
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      stop(NPM_ENDED)
    }, PARENT_POLL_MS)
    watch.unref()
  }
  return { signal: controller.signal, asked: asked.promise }
}
