/**
 * `npm run bench`: measures, keeps the figures in bench/results.json, and writes docs/benchmarks.md from them. `--only` selects
 * sections, the figures of the others stay; `--quick` measures little and writes nothing; `--report` writes the report anew;
 * `--minutes` says for how long connections come and go (an hour for P4).
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { newPerson, rest } from '@glasshouse/e2e/rest'
import { dataFolder, startServer } from '@glasshouse/e2e/start-server'
import { benchConnections, SESSIONS_COME_AND_GO } from './bench-connections.ts'
import { benchIsolation } from './bench-isolation.ts'
import { databaseOf, postgresVersionOf } from './database.ts'
import { benchFanOut } from './fan-out/bench-fan-out.ts'
import { benchPersisted } from './fan-out/bench-persisted.ts'
import { NOT_PINGED, RAISED_BOUNDS } from './fan-out/raised-bounds.ts'
import { benchHistory, type HistoryResult } from './history.ts'
import { benchFilled } from './filled/bench-filled.ts'
import { benchImport, channelsByName, type ImportResult } from './import.ts'
import { benchIngest, type IngestResult } from './ingest.ts'
import { parseOptions, type BenchOptions } from './options.ts'
import { writeReport } from './report/render.ts'
import { benchStorm } from './storm/bench-storm.ts'
import {
  readResults,
  ROOT,
  saveResults,
  stampOf,
  type Results,
  type SectionName,
  type SectionResults,
} from './results.ts'

/** Real exports, where there are some. */
const EXPORTS = process.env['GLASSHOUSE_TEST_DATA'] ?? join(ROOT, '../shared/data')
const SETTINGS = {
  CHANNEL_RATE_LIMIT: '10000/1',
  LIVE_SOCKETS_PER_USER_MAX: '100000',
  LIVE_OPENS_PER_USER: '10000/1',
  LIVE_SOCKETS_PER_ADDRESS_MAX: '100000',
  LIVE_FRAMES_PER_SECOND_MAX: '1000000',
  LOG_LEVEL: 'warn',
}
/** Of the bounds only this one: all come from one machine. */
const ISOLATION_SETTINGS = { LIVE_SOCKETS_PER_ADDRESS_MAX: '100000', LOG_LEVEL: 'error' }
/** Everybody is a person of their own, and comes from an address that few others have: no bound of the live door is raised. */
const STORM_SETTINGS = { CHANNEL_RATE_LIMIT: '10000/1', LOG_LEVEL: 'warn' }
const log = (line: string): void => console.error(line)

const options = readOptions()
const { quick } = options

/** Undefined when there is nothing here to measure it with. */
const sections: { readonly [Name in SectionName]: () => Promise<SectionResults[Name] | undefined> } = {
  'fan-out': () =>
    benchFanOut(
      {
        scenes: quick
          ? [{ subscribers: 1_000, rounds: 1 }]
          : [
              { subscribers: 1_000, rounds: 3 },
              { subscribers: 5_000, rounds: 2 },
            ],
        warmUpMs: quick ? 300 : 500,
        measureMs: quick ? 700 : 2_000,
      },
      log,
    ),
  persisted: () =>
    benchPersisted(
      {
        subscribers: 1_000,
        ratesPerS: quick ? [50] : [20, 50, 100],
        rounds: quick ? 1 : 3,
        measureMs: quick ? 2_000 : 4_000,
        settings: SETTINGS,
      },
      log,
    ),
  ingest: benchIngestSection,
  connections: () =>
    benchConnections(
      {
        connections: quick ? 1_000 : 10_000,
        people: quick ? 2 : 10,
        churnRounds: quick ? 3 : 9,
        churnPerRound: quick ? 200 : 2_000,
        churnMinutes: options.minutes,
        settings: SETTINGS,
      },
      log,
    ),
  storm: () =>
    benchStorm(
      {
        sessions: quick ? 1_000 : 10_000,
        streamsEach: 20,
        channels: quick ? 100 : 500,
        messagesAway: 300,
        messagesPerS: 2,
        settings: STORM_SETTINGS,
      },
      log,
    ),
  isolation: () =>
    benchIsolation(
      {
        talkers: 100,
        perS: 100,
        rounds: quick ? 2 : 9,
        measureMs: quick ? 3_000 : 10_000,
        settings: ISOLATION_SETTINGS,
      },
      log,
    ),
  start: benchStartSection,
  history: benchHistorySection,
  filled: benchFilledSection,
}

if (options.reportOnly) log(`written: ${writeReport(readResults())}`)
else await run(options)

async function run({ sections: selected }: BenchOptions): Promise<void> {
  for (const name of selected) {
    log(`--- ${name}`)
    const measured = await measure(name)
    if (quick) log(JSON.stringify(measured, undefined, 2))
    else if (measured !== undefined) {
      // Saved one by one: a later section that fails takes nothing away.
      saveResults({ ...readResults(), ...measured })
      log(`written: ${writeReport(readResults())}`)
    }
  }
}

async function measure<Name extends SectionName>(name: Name): Promise<Results | undefined> {
  const result = await sections[name]()
  if (result === undefined) return undefined
  return { [name]: { stamp: stampOf(boundsOf(name)), result } }
}

function boundsOf(name: SectionName): Readonly<Record<string, string>> {
  if (name === 'isolation') return ISOLATION_SETTINGS
  if (name === 'storm') return STORM_SETTINGS
  if (name === 'connections') return { ...SETTINGS, ...SESSIONS_COME_AND_GO }
  if (name === 'persisted') return { ...SETTINGS, ...NOT_PINGED }
  if (name !== 'fan-out') return SETTINGS
  return Object.fromEntries(Object.entries(RAISED_BOUNDS).map(([bound, value]) => [bound, String(value)]))
}

function readOptions(): BenchOptions {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    log(`bench: ${(error as Error).message}`)
    process.exit(1)
  }
}

async function benchIngestSection(): Promise<SectionResults['ingest']> {
  await using server = await startServer({ settings: SETTINGS })
  const connectionString = await databaseOf(server.data)
  const runs: IngestResult[] = []
  for (const [connections, channels, inFlight] of [
    [64, 50, 64],
    [250, 50, 1000],
  ] as const) {
    log(`${connections} connections, ${channels} channels, ${inFlight} in flight`)
    runs.push(
      await benchIngest(
        server,
        connectionString,
        {
          rounds: quick ? 2 : 5,
          messagesPerRound: quick ? 30_000 : 150_000,
          connections,
          channels,
          inFlight,
          contentBytes: 150,
        },
        log,
      ),
    )
  }
  return { postgresVersion: await postgresVersionOf(connectionString), runs }
}

function exportFiles(max = Infinity): readonly string[] {
  const found = existsSync(EXPORTS) ? readdirSync(EXPORTS).filter((name) => name.endsWith('.zip')) : []
  if (found.length === 0) log('there are no exports to import: GLASSHOUSE_TEST_DATA names a folder of them')
  return found.slice(0, max).map((name) => join(EXPORTS, name))
}

async function benchFilledSection(): Promise<SectionResults['filled'] | undefined> {
  const exports = exportFiles()
  if (exports.length === 0) return undefined
  return benchFilled({ messages: quick ? 50_000 : options.fill, exports, settings: SETTINGS }, log)
}

async function benchHistorySection(): Promise<SectionResults['history'] | undefined> {
  // A large one says no more in a short run than a small one.
  const exports = exportFiles(quick ? 1 : undefined)
  if (exports.length === 0) return undefined
  await using server = await startServer({ settings: SETTINGS })
  const person = await newPerson(server.url, 'reader')
  const imports: ImportResult[] = []
  const histories: HistoryResult[] = []
  for (const file of exports) {
    const before = await channelsByName(server.url, person.token)
    imports.push(await benchImport(server, file))
    log(`import ${imports.at(-1)?.file}: ${Math.round(imports.at(-1)?.perS ?? 0)} messages/s`)
    for (const [channel, id] of await channelsByName(server.url, person.token)) {
      if (!before.has(channel)) histories.push(await benchHistory(server.url, person.token, id))
    }
  }
  return { imports, histories }
}

async function benchStartSection(): Promise<SectionResults['start']> {
  await using data = await dataFolder()
  {
    // The first start makes the database; it is not counted.
    await using _first = await startServer({ data: data.path, settings: SETTINGS })
  }
  const secondStartMs: number[] = []
  for (let start = 0; start < (quick ? 1 : 5); start++) {
    const started = performance.now()
    await using server = await startServer({ data: data.path, settings: SETTINGS })
    while ((await rest(server.url, 'GET', '/readyz')).status !== 200) await new Promise((again) => setImmediate(again))
    secondStartMs.push(performance.now() - started)
    log(`${Math.round(secondStartMs.at(-1) ?? 0)} ms`)
  }
  return { secondStartMs }
}
