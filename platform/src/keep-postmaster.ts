import { setTimeout as delay } from 'node:timers/promises'
import { err, ok, type Result } from '@glasshouse/kernel'
import { failure, type EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { Postmaster } from './postmaster.ts'

/**
 * A server that is started again in place when it ends without having been asked to: killed by the system for its memory, or by
 * somebody's hand. What it has acknowledged is on disk, so the new one goes on from there, on the same port: whoever has its address
 * reconnects.
 *
 * A server that ends again and again has a reason that starting it does not heal (damaged files, say). So the restarts of a stretch
 * of time are counted, and at the bound the server is given up, with one line.
 *
 * A full disk is another matter: somebody frees it, sooner or later, and until then nothing is lost. So it is waited for without end,
 * and the tries do not count.
 */
export interface RestartPolicy {
  readonly restartsMax: number
  /** Restarts longer ago than this do not count. */
  readonly windowMs: number
  /** Between a restart that failed and the next one. */
  readonly pauseMs: number
  /** Between two tries while the disk is full. */
  readonly fullDiskPauseMs: number
}

export const RESTARTS: RestartPolicy = {
  restartsMax: 5,
  windowMs: 600_000,
  pauseMs: 1_000,
  fullDiskPauseMs: 2_000,
}

const DISK_FULL = 'PostgreSQL cannot run, since its disk is full: free some space, and it runs again by itself'

export interface KeptPostmaster {
  /** Of the server that runs now, or ran last. */
  readonly pid: number
  /** Resolves, with one line that says why, when the server has ended and is not started again. */
  readonly exited: Promise<string>
  /** Ends the server, and a restart that is under way. */
  stop(timeoutMs: number): Promise<void>
}

export interface KeepOptions {
  readonly policy: RestartPolicy
  /** Starts a server on the cluster and the port of the one that is gone. */
  readonly restart: (signal: AbortSignal) => Promise<Result<Postmaster, EmbeddedPostgresError>>
  /** One line for the operator: that it is gone, that it runs again. */
  readonly onRestart: (line: string) => void
}

export function keepPostmaster(first: Postmaster, options: KeepOptions): KeptPostmaster {
  const { policy, restart, onRestart } = options
  const stopping = new AbortController()
  const exited = Promise.withResolvers<string>()
  let current = first
  let working: Promise<void> = Promise.resolve()
  let restartsAtMs: number[] = []

  const watch = (): void => {
    // It resolves at the end that nobody has asked for, and only then.
    void current.exited.then((how) => {
      if (!stopping.signal.aborted) working = bringBack(how)
    })
  }

  /** Whether one more restart is within the bound; it is counted then. */
  const mayRestart = (): boolean => {
    const nowMs = performance.now()
    restartsAtMs = restartsAtMs.filter((atMs) => atMs > nowMs - policy.windowMs)
    if (restartsAtMs.length >= policy.restartsMax) return false
    restartsAtMs.push(nowMs)
    return true
  }

  const bringBack = async (how: string): Promise<void> => {
    let isDiskFull = false
    for (let reason = how; ;) {
      if (!isDiskFull) {
        if (!mayRestart()) {
          const given = policy.restartsMax === 0 ? '' : `, after ${policy.restartsMax} restarts`
          return exited.resolve(`${reason}${given}`)
        }
        onRestart(`PostgreSQL is gone (${reason}): starting it again`)
      }
      const started = await restart(stopping.signal)
      if (started.ok) {
        current = started.value
        if (stopping.signal.aborted) return
        onRestart(`PostgreSQL runs again, with pid ${current.pid}`)
        return watch()
      }
      const wasDiskFull = isDiskFull
      isDiskFull = started.error.kind === 'disk-full'
      if (isDiskFull && !wasDiskFull && !stopping.signal.aborted) onRestart(DISK_FULL)
      reason = started.error.message
      const pauseMs = isDiskFull ? policy.fullDiskPauseMs : policy.pauseMs
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
    }
  }

  watch()
  return {
    get pid() {
      return current.pid
    },
    exited: exited.promise,
    async stop(timeoutMs) {
      stopping.abort()
      await working
      await current.stop(timeoutMs)
    },
  }
}

/**
 * The port that a server had, for the one that takes its place. Another program may have it just now, as the near end of a connection of
 * its own: it is asked for again after a while.
 */
export function samePort(port: number, pauseMs: number): () => Promise<number> {
  let asked = false
  return async () => {
    if (asked) await delay(pauseMs)
    asked = true
    return port
  }
}

/** A server that came to serve the cluster on another port is not the one that our connections know. */
export function onPort(port: number, started: Postmaster): Result<Postmaster, EmbeddedPostgresError> {
  if (started.port === port) return ok(started)
  return err(
    failure('start-failed', `another PostgreSQL, with pid ${started.pid}, serves it on port ${started.port} now`),
  )
}
