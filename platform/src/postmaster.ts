import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { assert, err, ok, type Result } from '@glasshouse/kernel'
import { failure, oneLine, serverFailure, startStopped, type EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { callAs } from './folder-pass.ts'
import { serverProcess, type ClusterPlace } from './init-cluster.ts'
import { OutputTail } from './output-tail.ts'
import { isPostmasterOf, isRunning, readPostmasterPid } from './postmaster-pid.ts'

/** A running server: our own child, or one that a process before us left behind. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly adopted: boolean
  /** Resolves, with one line that says how, when the server ends without having been asked to. */
  readonly exited: Promise<string>
  /** A fast shutdown; after `timeoutMs` an immediate one (the next start recovers from the log); at last SIGKILL. */
  stop(timeoutMs: number): Promise<void>
}

export interface PostmasterOptions {
  /** Longest time without a sign of progress: a recovery that reports how far it is may take longer. */
  readonly startTimeoutMs: number
  readonly settings: Readonly<Record<string, string>>
  readonly log: (line: string) => void
  /** Instead of any free port of the loopback interface. */
  readonly choosePort?: (() => Promise<number>) | undefined
  /** Gives the start up: what was started is ended. */
  readonly signal?: AbortSignal | undefined
}

/** A pid that `postmaster.pid` names, but whose process is gone, a zombie, or another program by now. */
export interface ForeignPid {
  readonly foreignPid: number | undefined
}

const POLL_MS = 20
const ADOPTED_POLL_MS = 1_000
const STOP_STEP_MS = 1_500
/** After the server itself has ended, its last words may still be on their way, and its children may hold the pipe. */
const LAST_WORDS_MS = 500
const PORT_TRIES_MAX = 5
const ORPHANS_POLL_MS = 200
const run = promisify(execFile)

/**
 * Looks for a server that already serves this cluster, and waits while it is starting or stopping. Answers with it, or with what
 * a new one has to know.
 */
export async function findPostmaster(
  place: ClusterPlace,
  options: PostmasterOptions,
): Promise<Result<Postmaster | ForeignPid, EmbeddedPostgresError>> {
  const giveUpAt = performance.now() + options.startTimeoutMs
  for (;;) {
    const file = await readPostmasterPid(place.clusterFolder)
    if (file === undefined) return ok({ foreignPid: undefined })
    if (!(await isPostmasterOf(file.pid, place.clusterFolder))) return ok({ foreignPid: file.pid })
    if (file.status === 'ready' && file.port !== undefined) {
      options.log(`adopted the server with pid ${file.pid}, which was left running on port ${file.port}`)
      return ok(adopt(place, file.pid, file.port))
    }
    if (performance.now() > giveUpAt) return err(notAnswering(place, file.pid))
    if (options.signal?.aborted === true) return err(startStopped())
    await delay(POLL_MS)
  }
}

export function notAnswering(place: ClusterPlace, pid: number): EmbeddedPostgresError {
  const message = `a PostgreSQL with pid ${pid} serves ${place.clusterFolder}, but does not answer: end it (kill -INT ${pid}) and start again`
  return failure('not-answering', message)
}

function adopt(place: ClusterPlace, pid: number, port: number): Postmaster {
  let asked = false
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      void isRunning(pid).then((running) => {
        if (running) return
        clearInterval(timer)
        if (!asked) resolve(`the server with pid ${pid} ended`)
      })
    }, ADOPTED_POLL_MS)
    timer.unref()
  })
  const stop = async (timeoutMs: number): Promise<void> => {
    asked = true
    const ended = async (withinMs: number): Promise<boolean> => {
      const giveUpAt = performance.now() + withinMs
      while (await isPostmasterOf(pid, place.clusterFolder)) {
        if (performance.now() > giveUpAt) return false
        await delay(POLL_MS)
      }
      return true
    }
    await endServer(place, pid, ended, timeoutMs)
  }
  return { pid, port, adopted: true, exited, stop }
}

/** Starts a server on a free port of the loopback interface. */
export async function startPostmaster(
  place: ClusterPlace,
  foreign: ForeignPid,
  options: PostmasterOptions,
): Promise<Result<Postmaster, EmbeddedPostgresError>> {
  const giveUpAt = performance.now() + options.startTimeoutMs
  for (let portTries = 1; ;) {
    if (options.signal?.aborted === true) return err(startStopped())
    const port = await (options.choosePort ?? findFreePort)()
    const attempt = await tryPort(place, port, foreign, options)
    if (attempt.ok) return attempt
    const output = attempt.error.output.join('\n')
    // Between our look and the server's, somebody else took the port.
    const portTaken = /could not create any TCP\/IP sockets|Address already in use/i.test(output)
    if (portTaken && portTries++ < PORT_TRIES_MAX) continue
    // The children of a server that was killed see that it is gone, and end by themselves.
    const orphans = /pre-existing shared memory block/i.test(output)
    if (orphans && performance.now() < giveUpAt) {
      await delay(ORPHANS_POLL_MS)
      continue
    }
    return err(attempt.error.failure)
  }
}

interface FailedAttempt {
  readonly failure: EmbeddedPostgresError
  readonly output: readonly string[]
}

async function tryPort(
  place: ClusterPlace,
  port: number,
  foreign: ForeignPid,
  options: PostmasterOptions,
): Promise<Result<Postmaster, FailedAttempt>> {
  let giveUpAt = performance.now() + options.startTimeoutMs
  const tail = new OutputTail((line) => {
    giveUpAt = performance.now() + options.startTimeoutMs
    options.log(line)
  })
  const settings = Object.entries({ ...options.settings, port: String(port) })
  const args = ['-D', place.clusterFolder, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const inherited = serverProcess(place)
  // postmaster.pid names a process that does not serve this cluster. If that pid exists at all, as a zombie or as another program,
  // the server would take it for a running one; a "grandparent" it does not count. So it looks on (at the shared memory of the old server) and removes the stale file itself, more safely than
  // we could.
  const env = foreign.foreignPid === undefined ? {} : { PG_GRANDPARENT_PID: String(foreign.foreignPid) }
  const call = callAs(place.user, place.native.postgres, args)
  const child = spawn(call.command, call.args, {
    ...inherited,
    ...call.as,
    ...(inherited.env === undefined ? {} : { env: { ...inherited.env, ...env } }),
    // A session of its own: Ctrl-C in a terminal is for us, and we end the server when we have finished with it.
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let how: string | undefined
  child.stderr?.on('data', (chunk: Buffer) => tail.add(chunk))
  const closed = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      how = oneLine(error)
      resolve()
    })
    child.on('exit', (code, signal) => {
      const end = (): void => {
        how ??= `the server ended with ${signal ?? `code ${code}`}`
        resolve()
      }
      child.once('close', end)
      setTimeout(end, LAST_WORDS_MS)
    })
  })
  const ended = async (withinMs: number): Promise<boolean> => {
    await Promise.race([closed, delay(withinMs, undefined, { ref: false })])
    return how !== undefined
  }

  const pid = child.pid
  while (!(await ended(POLL_MS))) {
    assert(pid !== undefined, 'a process that was started has a pid')
    const file = await readPostmasterPid(place.clusterFolder).catch(() => undefined)
    if (file?.pid === pid && file.status === 'ready')
      return ok(ownServer(place, { pid, port, closed, ended, how: () => how }))
    if (options.signal?.aborted === true) {
      await endServer(place, pid, ended, STOP_STEP_MS)
      return err({ failure: startStopped(), output: [] })
    }
    if (performance.now() > giveUpAt) {
      await endServer(place, pid, ended, STOP_STEP_MS)
      const message = `PostgreSQL in ${place.clusterFolder} was not ready after ${options.startTimeoutMs} ms without progress: ${tail.lines().at(-1) ?? 'it said nothing'}`
      return err({ failure: failure('not-answering', message), output: [] })
    }
  }
  const output = tail.lines().length === 0 ? [how ?? ''] : tail.lines()
  return err({ failure: serverFailure(place.clusterFolder, output), output })
}

interface OwnServer {
  readonly pid: number
  readonly port: number
  readonly closed: Promise<void>
  readonly ended: (withinMs: number) => Promise<boolean>
  readonly how: () => string | undefined
}

function ownServer(place: ClusterPlace, server: OwnServer): Postmaster {
  let asked = false
  const exited = new Promise<string>((resolve) => {
    void server.closed.then(() => {
      if (!asked) resolve(server.how() ?? 'the server ended')
    })
  })
  const stop = async (timeoutMs: number): Promise<void> => {
    asked = true
    await endServer(place, server.pid, server.ended, timeoutMs)
  }
  return { pid: server.pid, port: server.port, adopted: false, exited, stop }
}

async function endServer(
  place: ClusterPlace,
  pid: number,
  ended: (withinMs: number) => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  if (await ended(0)) return
  await tell(place, pid, 'fast')
  if (await ended(timeoutMs)) return
  await tell(place, pid, 'immediate')
  if (await ended(STOP_STEP_MS)) return
  process.kill(pid, 'SIGKILL')
  await ended(STOP_STEP_MS)
}

async function tell(place: ClusterPlace, pid: number, mode: 'fast' | 'immediate'): Promise<void> {
  try {
    if (process.platform === 'win32') {
      await run(place.native.pgCtl, ['stop', '-D', place.clusterFolder, '-m', mode, '-W'], { timeout: STOP_STEP_MS })
    } else {
      process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    }
  } catch {
    // It has ended meanwhile; or the next step is harder.
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      assert(typeof address === 'object' && address !== null, 'a server that listens on TCP has a port')
      server.close(() => resolve(address.port))
    })
  })
}
