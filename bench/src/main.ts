/** `npm run bench`: measures, prints, and writes docs/benchmarks.md. `--quick` runs fewer rounds and writes nothing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newPerson, rest } from '@glasshouse/e2e/rest'
import { dataFolder, startServer } from '@glasshouse/e2e/start-server'
import { findRunningPostgres } from '@glasshouse/platform'
import { Client } from 'pg'
import { benchHistory, type HistoryResult } from './history.ts'
import { benchImport, channelsByName, type ImportResult } from './import.ts'
import { benchIngest, type IngestResult } from './ingest.ts'
import { writeReport } from './report.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const QUICK = process.argv.includes('--quick')
/** Real exports, where there are some. */
const EXPORTS = process.env['GLASSHOUSE_TEST_DATA'] ?? join(ROOT, '../shared/data')
const SETTINGS = {
  CHANNEL_RATE_LIMIT: '10000/1',
  LIVE_SOCKETS_PER_USER_MAX: '2000',
  LIVE_SOCKETS_PER_ADDRESS_MAX: '2000',
  LIVE_FRAMES_PER_SECOND_MAX: '1000000',
  LOG_LEVEL: 'warn',
}
const ROUNDS = QUICK ? 2 : 5
const STARTS = QUICK ? 1 : 5
const log = (line: string): void => console.error(line)

await using data = await dataFolder()
const ingest: IngestResult[] = []
const imports: ImportResult[] = []
const histories: HistoryResult[] = []
const secondStartMs: number[] = []
let postgresVersion = ''
{
  await using server = await startServer({ data: data.path, settings: SETTINGS })
  const connectionString = await databaseOf(data.path)
  postgresVersion = await versionOf(connectionString)
  const exports = existsSync(EXPORTS) ? readdirSync(EXPORTS).filter((name) => name.endsWith('.zip')) : []
  const person = await newPerson(server.url, 'reader')
  for (const name of exports) {
    const before = await channelsByName(server.url, person.token)
    imports.push(await benchImport(server, join(EXPORTS, name)))
    log(`import ${name}: ${Math.round(imports.at(-1)?.perS ?? 0)} messages/s`)
    for (const [channel, id] of await channelsByName(server.url, person.token)) {
      if (!before.has(channel)) histories.push(await benchHistory(server.url, person.token, id))
    }
  }
  for (const [connections, channels, inFlight] of [
    [64, 50, 64],
    [250, 50, 1000],
  ] as const) {
    log(`ingest: ${connections} connections, ${channels} channels, ${inFlight} in flight`)
    ingest.push(
      await benchIngest(
        server,
        connectionString,
        {
          rounds: ROUNDS,
          messagesPerRound: QUICK ? 50_000 : 150_000,
          connections,
          channels,
          inFlight,
          contentBytes: 150,
        },
        log,
      ),
    )
  }
}
for (let start = 0; start < STARTS; start++) {
  const started = performance.now()
  await using server = await startServer({ data: data.path, settings: SETTINGS })
  while ((await rest(server.url, 'GET', '/readyz')).status !== 200) await new Promise((again) => setImmediate(again))
  secondStartMs.push(performance.now() - started)
}
const results = { postgresVersion, settings: SETTINGS, ingest, imports, histories, secondStartMs }
log(JSON.stringify(results, undefined, 2))
if (!QUICK) log(`written: ${writeReport(results)}`)

async function databaseOf(folder: string): Promise<string> {
  const secrets = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as { database_password: string }
  const running = await findRunningPostgres({
    dataFolder: folder,
    password: secrets.database_password,
    databaseName: 'glasshouse',
  })
  if (!running.ok) throw new Error(running.error.message)
  if (running.value === undefined) throw new Error('the database of the server is not to be found')
  return running.value.connectionString
}

async function versionOf(connectionString: string): Promise<string> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version ?? 'unknown'
  } finally {
    await client.end()
  }
}
