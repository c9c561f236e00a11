/** The PostgreSQL of a run, and what can be done to it. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPostgresPrograms, startEmbeddedPostgres, type EmbeddedPostgres } from '@glasshouse/platform'
import { startCuttableProxy, type CuttableProxy } from '../cuttable-proxy.ts'
import { dataFolder, type Settings } from '../start-server.ts'
import { SteppedClock } from '../stepped-clock.ts'

export interface DatabaseUnderTest extends AsyncDisposable {
  /** Where its files are. */
  readonly folder: string
  /** What the server has to be told: nothing when it has a database of its own. */
  readonly settings: Settings
  /** Between the server and an external one. */
  readonly wire?: CuttableProxy
  /** Of the server and an external one. */
  readonly clock?: SteppedClock
}

const START_TIMEOUT_MS = 60_000
/** A run may kill it as often as it likes: that somebody starts it again is not what is tested here. */
const RESTARTS_MAX = 1_000_000

/** The server's own, in its data folder. */
export function embeddedDatabase(serverFolder: string): DatabaseUnderTest {
  return { folder: serverFolder, settings: {}, [Symbol.asyncDispose]: async () => undefined }
}

export interface ExternalOptions {
  readonly folder: string
  readonly clock: 'stepped' | 'real'
}

/** One that the server does not know to be beside it, behind a wire. */
export async function startExternalDatabase({ folder, clock: kind }: ExternalOptions): Promise<DatabaseUnderTest> {
  await using opened = new AsyncDisposableStack()
  const clockFolder = kind === 'stepped' ? opened.use(await dataFolder()) : undefined
  const clock = clockFolder && (await SteppedClock.make(clockFolder.path))
  const packaged = clockFolder && clock && (await programsUnder(clock, clockFolder.path))
  const database = opened.use(await start(folder, packaged))
  const address = new URL(database.connectionString)
  const wire = opened.use(await startCuttableProxy(`http://${address.host}`))
  address.port = String(wire.port)
  const rest = opened.move()
  return {
    folder,
    settings: { DATABASE_URL: address.href, ...clock?.environment },
    wire,
    ...(clock === undefined ? {} : { clock }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

async function start(path: string, packagedFolder: string | undefined): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({
    dataFolder: path,
    password: randomBytes(16).toString('hex'),
    databaseName: 'elsewhere',
    startTimeoutMs: START_TIMEOUT_MS,
    role: 'test',
    log: () => undefined,
    restarts: { restartsMax: RESTARTS_MAX },
    ...(packagedFolder === undefined ? {} : { packagedFolder }),
  })
  if (!started.ok) throw new Error(started.error.message)
  return started.value
}

/** PostgreSQL's programs, of which the server itself runs by another clock. */
async function programsUnder(clock: SteppedClock, folder: string): Promise<string> {
  const packaged = findPostgresPrograms()
  if (packaged === undefined) throw new Error('no PostgreSQL is installed')
  const native = join(folder, 'native')
  await mkdir(join(native, 'bin'), { recursive: true })
  for (const path of [native, join(native, 'bin')]) await chmod(path, 0o755)
  for (const name of ['initdb', 'pg_ctl']) await symlink(join(packaged, 'bin', name), join(native, 'bin', name))
  const variables = Object.entries(clock.environment).map(([name, value]) => `export ${name}='${value}'`)
  const lines = ['#!/bin/sh', ...variables, `exec '${join(packaged, 'bin/postgres')}' "$@"`, '']
  await writeFile(join(native, 'bin/postgres'), lines.join('\n'), { mode: 0o755 })
  return native
}

/** Of the postmaster; undefined while there is none. */
export async function postmasterPid({ folder }: DatabaseUnderTest): Promise<number | undefined> {
  const text = await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return Number.isInteger(pid) && pid > 1 ? pid : undefined
}
