/** Server and load on a processor core each, so that neither takes time from what is measured of the other. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

export interface Cores {
  readonly server: number
  readonly load: number
}

/** Undefined where processes cannot be pinned: no `taskset`, or a single core. */
export const CORES: Cores | undefined = findCores()

function findCores(): Cores | undefined {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    const [server, load] = allowedCores()
    return server === undefined || load === undefined ? undefined : { server, load }
  } catch {
    return undefined
  }
}

/** The line reads `0-3,8`. */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** The command that runs `command` on that core, or as it is where nothing can be pinned. */
export function pinned(core: keyof Cores, command: readonly string[]): readonly string[] {
  return CORES === undefined ? command : ['taskset', '-c', String(CORES[core]), ...command]
}

/**
 * Runs `start` while this process is pinned to the server's core: whatever it starts inherits that, down to the database that
 * the server starts in turn.
 */
export async function startPinned<T>(start: () => Promise<T>): Promise<T> {
  if (CORES === undefined) return start()
  pinSelf(String(CORES.server))
  try {
    return await start()
  } finally {
    pinSelf(`0-${cpus().length - 1}`)
  }
}

function pinSelf(cores: string): void {
  execFileSync('taskset', ['-a', '-p', '-c', cores, String(process.pid)], { stdio: 'ignore' })
}
