import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { EmbeddedPostgresOptions } from './embedded-postgres.ts'
import { isPostmasterOf, readPostmasterPid } from './postmaster-pid.ts'

/** What a command of the system says. Throws when it fails. */
export function system(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args).toString()
}

/** For tests that start servers of their own, and kill them. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string
  readonly cluster: string
}

/** A folder that the server's user may pass through. Its end ends the server in it, whatever became of the one who started it. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), 'platform-embedded-'))
  await chmod(path, 0o711)
  const cluster = join(path, 'postgres')
  return {
    path,
    cluster,
    async [Symbol.asyncDispose]() {
      const file = await readPostmasterPid(cluster).catch(() => undefined)
      if (file !== undefined && (await isPostmasterOf(file.pid, cluster))) {
        process.kill(file.pid, 'SIGKILL')
        await until(async () => !(await isPostmasterOf(file.pid, cluster)))
      }
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export function optionsFor(dataFolder: string): EmbeddedPostgresOptions {
  return {
    dataFolder,
    password: 'a password: with "signs" @/%',
    databaseName: 'house',
    startTimeoutMs: 20_000,
    role: 'server',
    ownerName: 'House',
    log: () => undefined,
  }
}

/** Waits for a condition. It is the test's own timeout that ends the wait. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(10)
}

export interface Program extends AsyncDisposable {
  readonly process: ChildProcess
  readonly pid: number
  /** The next line of its output, parsed as JSON. Fails when it ends without one. */
  answer(): Promise<unknown>
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface ProgramOptions {
  readonly uid?: number
  readonly gid?: number
  /** A session of its own, so that a signal can be sent to its whole process group. */
  readonly detached?: boolean
  /**
   * An empty folder, in which the program finds the project, read-only. For a user who may not go to where the project really is.
   * The mount is in a namespace of the program's own: nobody else sees it, and it ends with the program.
   */
  readonly projectFolder?: string
}

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs a program in another process. It has `say(value)`, which answers to the test, and `platform`, the modules by the names of
 * their files; and lives until it is killed.
 */
export function startProgram(code: string, options: ProgramOptions = {}): Program {
  const { projectFolder, uid = 0, gid = 0, detached = false } = options
  const project = projectFolder ?? PROJECT
  const load = ['embedded-postgres', 'folder-lock', 'instance-lock', 'postgres', 'outbox']
    .map((name) => `...(await import(${JSON.stringify(join(project, 'platform/src', `${name}.ts`))})),`)
    .join('\n')
  const program = `
    const platform = { ${load} }
    const say = (value) => console.log(JSON.stringify(value))
    setInterval(() => undefined, 1000)
    ${code}`
  const args = ['--input-type=module', '--eval', program]
  const [command, ...rest] =
    projectFolder === undefined
      ? [process.execPath, ...args]
      : [
          'unshare',
          '--mount',
          '--propagation=private',
          'sh',
          '-ec',
          'mount --bind -o ro "$1" "$2"; shift 2; exec setpriv "$@"',
          'sh',
          PROJECT,
          projectFolder,
          `--reuid=${uid}`,
          `--regid=${gid}`,
          '--clear-groups',
          '--',
          join(projectFolder, relative(PROJECT, process.execPath)),
          ...args,
        ]
  const child = spawn(command ?? '', rest, {
    detached,
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let problems = ''
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    process: child,
    pid: child.pid ?? 0,
    kill,
    async answer() {
      const line = await lines.next()
      if (line.done === true) throw new Error(`the program ended: ${problems}`)
      const answer: unknown = JSON.parse(line.value)
      return answer
    },
    [Symbol.asyncDispose]: () => kill('SIGKILL'),
  }
}

/** The code of a program that starts a server and says how that went. */
export function startingProgram(dataFolder: string): string {
  const { log, ...options } = optionsFor(dataFolder)
  return `
    const started = await platform.startEmbeddedPostgres({ ...${JSON.stringify(options)}, log: ${String(log)} })
    say(started.ok ? { ok: true, ...started.value } : started)`
}
