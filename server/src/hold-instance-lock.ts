/**
 * The right to be the one server on an external database, for as long as the server runs.
 *
 * The lock ends with its connection, and connections end without anybody's fault: the database is restarted, or moves to another machine.
 * So a lost lock is taken again as soon as the database answers. Meanwhile the server is not ready, and requests get 503. It is given up
 * when another Glasshouse has taken the lock, or when the database stays away.
 */
import { acquireInstanceLock, fullJitterMs, type InstanceLock, type InstanceLockError } from '@glasshouse/platform'
import { err, ok, type Result } from '@glasshouse/kernel'
import { setTimeout as delay } from 'node:timers/promises'

export interface HeldLock {
  /** Resolves with one line when the right is lost for good. */
  readonly lost: Promise<string>
  readonly release: () => Promise<void>
}

export interface HoldOptions {
  readonly connectionString: string
  readonly programName: string
  readonly role: string
  readonly warn: (line: string) => void
  readonly signal?: AbortSignal | undefined
  readonly bounds: Partial<HoldBounds> & Pick<HoldBounds, 'startWaitMs'>
}

export interface HoldBounds {
  /** At the start, for one that is just going away. */
  readonly waitMs: number
  /** At the start, for a database that does not answer yet. */
  readonly startWaitMs: number
  readonly awayMaxMs: number
  /** How long what looks like our own lock may be in the way: a database that did not see our connection break holds it for a while. */
  readonly ghostMaxMs: number
}

const NAME = 'glasshouse server'
const BOUNDS: Omit<HoldBounds, 'startWaitMs'> = { waitMs: 2_000, awayMaxMs: 600_000, ghostMaxMs: 60_000 }
const RETRY = { baseMs: 200, maxMs: 5_000 }

export async function holdInstanceLock(options: HoldOptions): Promise<Result<HeldLock, string>> {
  const { waitMs, startWaitMs, awayMaxMs, ghostMaxMs } = { ...BOUNDS, ...options.bounds }
  const released = new AbortController()
  const lost = Promise.withResolvers<string>()
  let held: InstanceLock | undefined
  let working: Promise<void> = Promise.resolve()

  const acquire = (patienceMs: number, signal: AbortSignal | undefined) =>
    acquireInstanceLock({
      connectionString: options.connectionString,
      programName: options.programName,
      name: NAME,
      role: options.role,
      waitMs: patienceMs,
      onLost: (reason) => {
        if (!released.signal.aborted) working = takeAgain(reason)
      },
      ...(signal === undefined ? {} : { signal }),
    })

  const takeAgain = async (reason: string): Promise<void> => {
    held = undefined
    options.warn(`the connection that holds the database for this server is lost (${reason}): taking it again`)
    const lostAtMs = performance.now()
    for (let attempt = 0; !released.signal.aborted; attempt++) {
      const taken = await acquire(0, released.signal)
      if (taken.ok) {
        held = taken.value
        if (!released.signal.aborted) options.warn('the database is held for this server again')
        return
      }
      const awayMs = performance.now() - lostAtMs
      const patienceMs = isOurs(taken.error) ? ghostMaxMs : taken.error.kind === 'taken' ? 0 : awayMaxMs
      if (awayMs >= patienceMs) return lost.resolve(taken.error.message)
      const pauseMs = RETRY.baseMs + fullJitterMs(attempt, RETRY)
      await delay(pauseMs, undefined, { signal: released.signal }).catch(() => undefined)
    }
  }

  const isOurs = (error: InstanceLockError): boolean =>
    error.kind === 'taken' && error.holder?.pid === process.pid && error.holder.role === options.role

  /** Machines start in any order: a database that is not up yet is waited for. */
  const acquireFirst = async (): ReturnType<typeof acquire> => {
    const giveUpAtMs = performance.now() + startWaitMs
    for (let attempt = 0; ; attempt++) {
      const taken = await acquire(waitMs, options.signal)
      const isAway = !taken.ok && taken.error.kind === 'unreachable' && taken.error.away
      if (!isAway || options.signal?.aborted === true || performance.now() >= giveUpAtMs) return taken
      if (attempt === 0) options.warn(`${taken.error.message}: trying again for ${startWaitMs / 1_000} s`)
      const leftMs = giveUpAtMs - performance.now()
      const pauseMs = Math.min(leftMs, RETRY.baseMs + fullJitterMs(attempt, RETRY))
      await delay(pauseMs, undefined, { signal: options.signal }).catch(() => undefined)
    }
  }

  const first = await acquireFirst()
  if (!first.ok) return err(first.error.message)
  held = first.value
  return ok({
    lost: lost.promise,
    release: async () => {
      released.abort()
      await working
      await held?.release()
    },
  })
}
