/** Starts a whole Glasshouse in a process of its own, as `npm start` does, on a port that the system chooses. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = join(ROOT, 'server/src/main.ts')
const START_TIMEOUT_MS = 240_000
const READY = /^Glasshouse is ready at (http:\/\/\S+)$/m

export type Settings = Readonly<Record<string, string>>

export interface CommandResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Command extends AsyncDisposable {
  readonly child: ChildProcess
  readonly pid: number
  /** All that it has written so far. */
  output(): string
  stderr(): string
  ended: Promise<CommandResult>
  /** Waits until its output matches; fails with all of the output when it ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal?: NodeJS.Signals): void
}

export interface CommandOptions {
  readonly env?: Settings
  readonly uid?: number
  readonly cwd?: string
  /** As a person types it: `npm run ARGS`. */
  readonly viaNpm?: boolean
  /** What a pipe hands it. */
  readonly input?: string
}

/** Runs `glasshouse ARGS` with exactly these settings: nothing of this process's own reaches it but the path. */
export function runGlasshouse(args: readonly string[], options: CommandOptions = {}): Command {
  const [program, words] = options.viaNpm === true ? ['npm', ['run', ...args]] : [process.execPath, [MAIN, ...args]]
  const child = spawn(program, words, {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  const changed = (): void => {
    for (const look of watchers) look()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
    changed()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
    changed()
  })
  const ended = new Promise<CommandResult>((done, failed) => {
    child.on('error', failed)
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr }))
  })
  // Awaited where it matters; a start that nobody waits for must not end the test run.
  ended.catch(() => undefined)

  const waitFor = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((found, failed) => {
      const timer = setTimeout(
        () => finish(() => failed(new Error(`no ${String(pattern)} in time in:\n${stdout}\n${stderr}`))),
        START_TIMEOUT_MS,
      )
      const finish = (then: () => void): void => {
        clearTimeout(timer)
        watchers.delete(look)
        then()
      }
      const look = (): void => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr)
        if (match !== null) finish(() => found(match))
      }
      watchers.add(look)
      void ended.then(() => finish(() => failed(new Error(`ended without ${String(pattern)}:\n${stdout}\n${stderr}`))))
      look()
    })

  return {
    child,
    pid: child.pid ?? -1,
    output: () => stdout + stderr,
    stderr: () => stderr,
    ended,
    waitFor,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended.catch(() => undefined)
    },
  }
}

export interface DataFolder extends AsyncDisposable {
  readonly path: string
}

/** A folder for one Glasshouse, removed at the end. */
export async function dataFolder(): Promise<DataFolder> {
  const path = await mkdtemp(join(tmpdir(), 'glasshouse-e2e-'))
  // As an operator's folder is: under root, PostgreSQL runs as another user. Closed ones have tests of their own.
  await chmod(path, 0o711)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

export interface Server extends AsyncDisposable {
  readonly url: string
  readonly liveUrl: string
  readonly command: Command
  readonly data: string
  /** kill -9: nothing is flushed, nothing is said. */
  crash(): Promise<void>
  /** SIGTERM, as an operator stops it. */
  stop(): Promise<CommandResult>
}

export interface ServerOptions {
  /** A folder that outlives this server; without it one is made and removed. */
  readonly data?: string
  readonly settings?: Settings
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const own = options.data === undefined ? await dataFolder() : undefined
  const data = options.data ?? own?.path ?? ''
  const command = runGlasshouse(['start'], {
    env: { HOST: '127.0.0.1', PORT: '0', GLASSHOUSE_DATA: data, ...options.settings },
  })
  let url: string
  try {
    url = (await command.waitFor(READY))[1] ?? ''
  } catch (error) {
    await command[Symbol.asyncDispose]()
    await own?.[Symbol.asyncDispose]()
    throw error
  }
  return {
    url,
    liveUrl: `${url.replace('http', 'ws')}/ws`,
    command,
    data,
    crash: async () => {
      command.kill('SIGKILL')
      await command.ended
    },
    stop: async () => {
      command.kill('SIGTERM')
      return command.ended
    },
    [Symbol.asyncDispose]: async () => {
      await command[Symbol.asyncDispose]()
      await own?.[Symbol.asyncDispose]()
    },
  }
}
