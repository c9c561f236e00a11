import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { lockFolder } from './folder-lock.ts'
import { isPostmasterOf, readPostmasterPid } from './postmaster-pid.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a role that may create databases, but is no superuser, as the one that the program works as. */
    testPostgres: string
  }
}

const FOLDER_PREFIX = 'platform-test-postgres-'
const CONNECTIONS_MAX = 200
/** A younger folder may belong to a run that has not locked it yet. */
const LEFTOVER_AGE_MS = 60_000
const START_TIMEOUT_MS = 60_000

/** For vitest's `globalSetup`: one server for all test files of a run, in a temporary folder, ended and removed after it. */
export default async function startTestServer(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers()
  const dataFolder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX))
  // The folder that mkdtemp makes is closed to others, and under root the server is another user.
  await chmod(dataFolder, 0o711)
  const said: string[] = []
  const started = await startEmbeddedPostgres({
    dataFolder,
    password: randomBytes(16).toString('hex'),
    databaseName: 'tests',
    startTimeoutMs: START_TIMEOUT_MS,
    role: 'tests',
    connectionsMax: CONNECTIONS_MAX,
    log: (line) => said.push(line),
    // What is lost with the machine is lost anyway here. The suites that are about durability start servers of their own.
    settings: { fsync: 'off', full_page_writes: 'off' },
  })
  if (!started.ok) throw new Error(`${started.error.message}\n${said.join('\n')}`)
  await allowDatabases(started.value.adminConnectionString)
  project.provide('testPostgres', started.value.connectionString)
  return async () => {
    await started.value.stop()
    await rm(dataFolder, { recursive: true, force: true })
  }
}

async function allowDatabases(adminConnectionString: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminConnectionString })
  await admin.connect()
  await admin.query('alter role tests createdb')
  await admin.end()
}

/** A run that was killed could not clean up: its server still runs. The lock on its folder says that nobody is there any more. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue
    const folder = join(tmpdir(), name)
    const age = await stat(folder).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age < LEFTOVER_AGE_MS) continue
    const lock = await lockFolder(folder, 'tests')
    if (!lock.ok) continue
    const file = await readPostmasterPid(join(folder, 'postgres')).catch(() => undefined)
    if (file !== undefined && (await isPostmasterOf(file.pid, join(folder, 'postgres'))))
      process.kill(file.pid, 'SIGQUIT')
    await lock.value.release()
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}
