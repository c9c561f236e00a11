/** docs/benchmarks.md: what was measured, on what, and nothing that was not. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HistoryResult } from './history.ts'
import type { ImportResult } from './import.ts'
import type { IngestResult } from './ingest.ts'
import { median } from './statistics.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Results {
  readonly postgresVersion: string
  readonly settings: Readonly<Record<string, string>>
  readonly ingest: readonly IngestResult[]
  readonly imports: readonly ImportResult[]
  readonly histories: readonly HistoryResult[]
  readonly secondStartMs: readonly number[]
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US').replaceAll(',', ' ')
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
const bar = (share: number): string => '█'.repeat(Math.max(1, Math.round(share * 30)))

export function writeReport(results: Results): string {
  const file = join(ROOT, 'docs/benchmarks.md')
  writeFileSync(file, report(results))
  return file
}

function report(results: Results): string {
  const lines = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`. Every figure was measured in one run on the machine named here; ratios are between things measured side by side in that run.',
    '',
    `- Machine: ${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; server, database and load generator share them`,
    `- Node ${process.version}, PostgreSQL ${results.postgresVersion}, Glasshouse ${version()} (${commit()})`,
    `- Bounds raised for the run: ${Object.entries(results.settings)
      .map(([name, value]) => `\`${name}=${value}\``)
      .join(', ')}`,
    '',
    '## P3 Ingest: the whole path against bare inserts',
    '',
    'Ours: a frame over a WebSocket, its schema, session, permission, rate limit, group commit with outbox row and index maintenance, fsync, ack. Bare: multi-row inserts of 512 rows into tables of the same shape (outbox row included), four in flight, on the same server. Rounds alternate.',
    '',
    '| connections | channels | in flight | ours, messages/s | bare, rows/s | ours / bare |',
    '|---|---|---|---|---|---|',
    ...results.ingest.map(
      ({ options, oursPerS, barePerS, ratio }) =>
        `| ${options.connections} | ${options.channels} | ${options.inFlight} | ${thousands(median(oursPerS))} | ${thousands(median(barePerS))} | ${(ratio * 100).toFixed(0)} % |`,
    ),
    '',
    '```',
    ...results.ingest.flatMap(({ options, ratio }) => [
      `${`${options.connections} senders`.padEnd(14)} ${bar(ratio)} ${(ratio * 100).toFixed(0)} %`,
    ]),
    `${'bare inserts'.padEnd(14)} ${bar(1)} 100 %`,
    '```',
    '',
    ...results.ingest
      .slice(0, 1)
      .map(
        ({ aloneP50Ms, commitP50Ms }) =>
          `One message at a time on an idle server: ${ms(aloneP50Ms)} p50 from the frame to its ack; one bare row in a transaction of its own: ${ms(commitP50Ms)}. The difference, ${ms(aloneP50Ms - commitP50Ms)}, is what the path costs.`,
      ),
    '',
  ]
  if (results.imports.length > 0) {
    lines.push(
      '## Import of a Slack export',
      '',
      '`npm run glasshouse -- import slack FILE.zip` into a running Glasshouse, the whole command.',
      '',
      '| export | messages | messages/s |',
      '|---|---|---|',
      ...results.imports.map(({ file, messages, perS }) => `| ${file} | ${thousands(messages)} | ${thousands(perS)} |`),
      '',
    )
  }
  if (results.histories.length > 0) {
    lines.push(
      '## P9 History: a page of 50 at any depth',
      '',
      'Over REST, one request at a time, from the request to the parsed answer.',
      '',
      '| channel | messages | anywhere p50 | p95 | slowest | first page p50 | last page p50 |',
      '|---|---|---|---|---|---|---|',
      ...results.histories.map(
        (each) =>
          `| ${each.channel} | ${thousands(each.messages)} | ${ms(each.p50Ms)} | ${ms(each.p95Ms)} | ${ms(each.maxMs)} | ${ms(each.firstPageP50Ms)} | ${ms(each.lastPageP50Ms)} |`,
      ),
      '',
    )
  }
  if (results.secondStartMs.length > 0) {
    lines.push(
      '## P7 Start',
      '',
      `A second start with everything built, from the command to \`/readyz\` answering 200: ${ms(median(results.secondStartMs))} (median of ${results.secondStartMs.length}).`,
      '',
    )
  }
  return lines.join('\n')
}

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'no commit'
  }
}
