/**
 * What was measured, kept as bench/results.json, from which the report is written. A run replaces the sections that it measured
 * and leaves the others, so each carries with it when, on what and at which commit it was measured.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConnectionsResult } from './bench-connections.ts'
import type { IsolationResult } from './bench-isolation.ts'
import type { FilledResult } from './filled/bench-filled.ts'
import type { FanOutResult } from './fan-out/bench-fan-out.ts'
import type { PersistedResult } from './fan-out/bench-persisted.ts'
import type { HistoryResult } from './history.ts'
import type { ImportResult } from './import.ts'
import type { IngestResult } from './ingest.ts'
import type { StormResult } from './storm/bench-storm.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FILE = join(ROOT, 'bench/results.json')
const DIGITS = 5

export interface SectionResults {
  'fan-out': FanOutResult
  persisted: PersistedResult
  ingest: { readonly postgresVersion: string; readonly runs: readonly IngestResult[] }
  connections: ConnectionsResult
  storm: StormResult
  isolation: IsolationResult
  history: { readonly imports: readonly ImportResult[]; readonly histories: readonly HistoryResult[] }
  filled: FilledResult
  start: { readonly secondStartMs: readonly number[] }
}

export type SectionName = keyof SectionResults
/** In the order of the report. */
export const SECTIONS: readonly SectionName[] = [
  'fan-out',
  'persisted',
  'ingest',
  'connections',
  'storm',
  'isolation',
  'start',
  'history',
  'filled',
]

export interface Stamp {
  readonly date: string
  readonly machine: string
  readonly node: string
  readonly glasshouse: string
  /** Settings that the section raised. */
  readonly settings: Readonly<Record<string, string>>
}

export type Results = {
  readonly [Name in SectionName]?: { readonly stamp: Stamp; readonly result: SectionResults[Name] }
}

export function readResults(): Results {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Results) : {}
}

export function saveResults(results: Results): void {
  const ordered = Object.fromEntries(SECTIONS.flatMap((name) => (results[name] ? [[name, results[name]]] : [])))
  writeFileSync(FILE, `${JSON.stringify(ordered, rounded, 2)}\n`)
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value
}

export function stampOf(settings: Readonly<Record<string, string>>): Stamp {
  const cores = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cores[0]?.model.trim() ?? 'unknown'}, ${cores.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    node: process.version,
    glasshouse: `${version()} (${commit()})`,
    settings,
  }
}

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return git('rev-parse', '--short', 'HEAD') + (changed ? ' and changes on top of it' : '')
  } catch {
    return 'no commit'
  }
}
