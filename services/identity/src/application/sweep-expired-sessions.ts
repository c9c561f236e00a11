import type { Service } from '@glasshouse/kernel'
import { ACCOUNT_THROTTLE, ADDRESS_THROTTLE } from '../domain/attempt-throttle.ts'
import type { IdentityPorts } from './ports.ts'

const ROWS_PER_BATCH_MAX = 1_000
const BATCHES_PER_SWEEP_MAX = 1_000
const TIMER_MS_MAX = 2 ** 31 - 1
const FAILURES_KEPT_MS = Math.max(ACCOUNT_THROTTLE.windowMs, ADDRESS_THROTTLE.windowMs)

type Ports = Pick<IdentityPorts, 'sessions' | 'attempts' | 'clock' | 'log' | 'settings'>

export interface Swept {
  readonly sessions: number
  readonly attempts: number
}

/** Removes what can never matter again: sessions that are over, with their tokens, and failures that no throttle looks at. */
async function sweepExpired(ports: Ports, isStopping: () => boolean): Promise<Swept> {
  const nowMs = ports.clock.nowMs()
  const batches = async (removeBatch: () => Promise<number>): Promise<number> => {
    let removed = 0
    for (let batch = 0; batch < BATCHES_PER_SWEEP_MAX && !isStopping(); batch += 1) {
      const count = await removeBatch()
      removed += count
      if (count < ROWS_PER_BATCH_MAX) break
    }
    return removed
  }
  const sessions = await batches(() => ports.sessions.removeDead(nowMs, ROWS_PER_BATCH_MAX))
  const attempts = await batches(() => ports.attempts.removeBefore(nowMs - FAILURES_KEPT_MS, ROWS_PER_BATCH_MAX))
  return { sessions, attempts }
}

/** Sweeps at the start, then each time `sessionCleanupIntervalS` after the end of the sweep before. A sweep that fails is made up for by the next. */
export function createSweeper(ports: Ports): Service {
  let timer: ReturnType<typeof setTimeout> | undefined
  let sweeping: Promise<void> = Promise.resolve()
  let isStopping = false

  const sweep = async (): Promise<void> => {
    try {
      const { sessions, attempts } = await sweepExpired(ports, () => isStopping)
      if (sessions + attempts > 0) ports.log.info('swept', { sessions, attempts })
    } catch (error) {
      ports.log.error('the sweep of expired sessions failed; the next one will make up for it', error)
    }
    if (!isStopping) timer = setTimeout(begin, Math.min(ports.settings.sessionCleanupIntervalS * 1000, TIMER_MS_MAX))
  }
  const begin = (): void => void (sweeping = sweep())
  const end = async (): Promise<void> => {
    isStopping = true
    clearTimeout(timer)
    await sweeping
  }

  return {
    name: 'identity sweeper',
    run: () => {
      begin()
      return Promise.resolve()
    },
    drain: end,
    stop: end,
  }
}
