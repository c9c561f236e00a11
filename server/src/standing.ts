/** What a start has built up so far, so that it can be taken down from any point of it, in bounded time. */
import { shutDown, type Service } from '@glasshouse/kernel'
import type { Logger } from '@glasshouse/platform'

/** An operator is promised ten seconds; what hangs longer is left behind. */
const SHUTDOWN_TIMEOUT_MS = 9_500
/** Of that: one step of one service, all services together, and each thing that was opened, unless it has a bound of its own. */
const STEP_TIMEOUT_MS = 3_500
const SERVICES_TIMEOUT_MS = 4_000
export const CLOSE_TIMEOUT_MS = 500
/** The exit code of a start that was refused, or of a server that had to stop. */
export const REFUSED = 1

export class Standing {
  readonly #logger: Logger
  readonly #givenUp = new AbortController()
  readonly #opened: { readonly close: () => Promise<unknown>; readonly timeoutMs: number | undefined }[] = []
  readonly #running: Service[] = []
  #code = REFUSED
  #closing = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Aborted when the start is not to go on: each step that may take long listens. */
  get signal(): AbortSignal {
    return this.#givenUp.signal
  }

  /** From here on the process ends in bounded time, whatever hangs. */
  giveUp(): void {
    if (this.#givenUp.signal.aborted) return
    this.#givenUp.abort()
    const leave = (): void => {
      if (this.#closing) this.#logger.error(`stopping took longer than ${SHUTDOWN_TIMEOUT_MS} ms, leaving`)
      process.exit(this.#code)
    }
    setTimeout(leave, SHUTDOWN_TIMEOUT_MS).unref()
  }

  /** `timeoutMs` is left out for what bounds its end itself. */
  opened(close: () => Promise<unknown>, timeoutMs?: number): void {
    this.#opened.push({ close, timeoutMs })
  }

  async run(service: Service): Promise<void> {
    // Before it runs: one that fails half way has something to stop as well.
    this.#running.push(service)
    await service.run()
  }

  /** Services first, then what they stand on, in reverse. Returns the exit code. */
  async close(code: number): Promise<number> {
    this.giveUp()
    this.#closing = true
    const stopped = await within(shutDown(this.#running, STEP_TIMEOUT_MS), SERVICES_TIMEOUT_MS)
    if (stopped === 'late') this.#logger.error(`the services did not stop within ${SERVICES_TIMEOUT_MS} ms`)
    else
      for (const { service, step, error } of stopped) this.#logger.error({ err: error }, `${service} did not ${step}`)
    for (const { close, timeoutMs } of this.#opened.toReversed()) {
      try {
        await (timeoutMs === undefined ? close() : within(close(), timeoutMs))
      } catch (error) {
        this.#logger.error({ err: error }, 'something did not close')
      }
    }
    this.#closing = false
    this.#code = code
    return code
  }
}

async function within<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
