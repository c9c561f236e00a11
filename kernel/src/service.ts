/**
 * The life of everything that runs. `drain` stops taking new work and finishes what was taken; `stop` releases what is held,
 * and may be called without `drain` or twice.
 */
export interface Service {
  readonly name: string
  run(): Promise<void>
  drain(): Promise<void>
  stop(): Promise<void>
}

export interface ShutdownFailure {
  readonly service: string
  readonly step: 'drain' | 'stop'
  readonly error: unknown
}

/**
 * Ends services in the reverse of the order in which they were started: drains all, then stops all. Each step of each service has
 * `stepTimeoutMs`; a step that fails or takes longer is reported, and the rest goes on.
 */
export async function shutDown(started: readonly Service[], stepTimeoutMs: number): Promise<ShutdownFailure[]> {
  const failures: ShutdownFailure[] = []
  for (const step of ['drain', 'stop'] as const) {
    for (const service of started.toReversed()) {
      try {
        await within(service[step](), stepTimeoutMs)
      } catch (error) {
        failures.push({ service: service.name, step, error })
      }
    }
  }
  return failures
}

async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
