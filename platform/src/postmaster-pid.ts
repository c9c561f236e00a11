import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from './embedded-postgres-error.ts'

/**
 * `postmaster.pid` in a cluster's folder: who serves it, and where. The server fills it line by line while it starts
 * (PostgreSQL's src/include/utils/pidfile.h), so each line after the first may be missing.
 */
export interface PostmasterPid {
  readonly pid: number
  readonly port: number | undefined
  readonly status: 'starting' | 'ready' | 'stopping' | 'standby' | undefined
}

const run = promisify(execFile)
const COMMAND_TIMEOUT_MS = 5_000
const LINE = { pid: 0, port: 3, status: 7 }
const STATUSES = ['starting', 'ready', 'stopping', 'standby'] as const

/** Undefined when there is none or its first line is not written yet. Throws when it may not be read. */
export async function readPostmasterPid(clusterFolder: string): Promise<PostmasterPid | undefined> {
  try {
    return parsePostmasterPid(await readFile(join(clusterFolder, 'postmaster.pid'), 'utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

export function parsePostmasterPid(text: string): PostmasterPid | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[LINE.pid])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const port = Number(lines[LINE.port])
  return {
    pid,
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    status: STATUSES.find((status) => status === lines[LINE.status]),
  }
}

/** Whether a process with this pid runs. A zombie does not: nobody may be there to reap it (pid 1 of many containers). */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false
  }
  if (process.platform !== 'linux') return true
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name stands in parentheses and may hold any character; the state follows it.
  return stat === undefined ? true : !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

/**
 * Whether `pid` is the server of this very cluster, and not another program that got a dead server's pid. A server's working
 * folder is its cluster, which Linux shows; elsewhere its command line names it.
 */
export async function isPostmasterOf(pid: number, clusterFolder: string): Promise<boolean> {
  if (!(await isRunning(pid))) return false
  if (process.platform === 'linux') {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (name.trim() !== 'postgres') return false
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
    if (cwd !== undefined) return cwd === clusterFolder
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    return args.includes(clusterFolder)
  }
  if (process.platform === 'win32') {
    const { stdout } = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], {
      timeout: COMMAND_TIMEOUT_MS,
    }).catch(() => ({ stdout: '' }))
    return /postgres/i.test(stdout)
  }
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)], { timeout: COMMAND_TIMEOUT_MS }).catch(
    () => ({
      stdout: '',
    }),
  )
  return basename(stdout.split(' ')[0] ?? '') === 'postgres' && stdout.includes(clusterFolder)
}
