/** SIGSTOP: a process that is there, holds its sockets, and does nothing. */
import { readFile } from 'node:fs/promises'

/** Freezes a process and, after it, all of its children. Returns what lets them go on. */
export async function freezeProcess(pid: number): Promise<() => void> {
  const frozen: number[] = []
  const freeze = async (each: number): Promise<void> => {
    if (!signal(each, 'SIGSTOP')) return
    frozen.push(each)
    // A process that stands still makes no more children.
    const text = await readFile(`/proc/${each}/task/${each}/children`, 'utf8').catch(() => '')
    for (const child of text.split(' ').filter((word) => word.trim() !== '')) await freeze(Number(child))
  }
  await freeze(pid)
  return () => {
    for (const each of frozen) signal(each, 'SIGCONT')
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
    return false
  }
}
