import type { InspectedProcess } from './inspected-process.ts'

export interface EventLoopDelay {
  readonly maxMs: number
  readonly p99Ms: number
}

const RESOLUTION_MS = 5

/** From now on the process notes how late a timer of its own comes: for so long its event loop was blocked. */
export async function watchEventLoop(inspected: InspectedProcess): Promise<void> {
  await inspected.evaluate(`
    globalThis.eventLoopDelay?.disable()
    globalThis.eventLoopDelay = process.getBuiltinModule('node:perf_hooks')
      .monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} })
    globalThis.eventLoopDelay.enable()`)
}

/** What it has noted since, the timer's own interval taken off. */
export async function eventLoopDelay(inspected: InspectedProcess): Promise<EventLoopDelay> {
  const noted = await inspected.evaluate(
    'JSON.stringify([globalThis.eventLoopDelay.max, globalThis.eventLoopDelay.percentile(99)])',
  )
  const [max = 0, p99 = 0] = (JSON.parse(noted) as number[]).map((ns) => Math.max(0, ns / 1e6 - RESOLUTION_MS))
  return { maxMs: max, p99Ms: p99 }
}
