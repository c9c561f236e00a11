/** What the kernel counts of a process, from /proc. */
import { readFileSync } from 'node:fs'

/** USER_HZ, which Linux has fixed at 100 for what it shows to programs. */
const TICKS_PER_S = 100
/** Fields of /proc/PID/stat after the name, which is in parentheses and may hold spaces: utime and stime are the 14th and 15th. */
const FIELDS_UNTIL_NAME = 2

/** User and system time of all its threads, microseconds; steps of 10 ms. */
export function cpuTimeUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[13 - FIELDS_UNTIL_NAME]) + Number(fields[14 - FIELDS_UNTIL_NAME])
  return (ticks / TICKS_PER_S) * 1_000_000
}

export function residentBytes(pid: number): number {
  return memoryBytes(pid, 'VmRSS')
}

/** The most that it had resident since it began. */
export function peakResidentBytes(pid: number): number {
  return memoryBytes(pid, 'VmHWM')
}

function memoryBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error(`process ${pid} has no resident memory: it has ended`)
  return Number(kib) * 1024
}

/** How many files and sockets a process that this one starts may have open. */
export function openFilesMax(): number {
  const limit = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '0'
  return limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(limit)
}
