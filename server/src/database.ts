/**
 * The database of a Glasshouse: its own PostgreSQL in the data folder, or the one that DATABASE_URL names. The server owns it; a
 * command that comes beside a running server joins it, and one that finds none runs it for as long as it works.
 */
import {
  findRunningPostgres,
  RESTARTS,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresError,
  type RestartPolicy,
} from '@glasshouse/platform'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { Config } from './config.ts'
import { holdInstanceLock } from './hold-instance-lock.ts'
import type { Secrets } from './secrets.ts'

export interface Database extends AsyncDisposable {
  readonly connectionString: string
  /** Whether this process runs the server, or has joined one that another runs. */
  readonly place: 'embedded' | 'joined' | 'external'
  /** Resolves with one line when the database, or the right to it, is lost for good. */
  readonly lost: Promise<string>
  stop(): Promise<void>
}

export interface DatabaseOptions {
  /** `server`, or the name of the command. */
  readonly role: string
  readonly log: (line: string) => void
  /** What the operator should know: that the database is away, that it is back. */
  readonly warn: (line: string) => void
  /** Gives the start up. */
  readonly signal?: AbortSignal
}

const DATABASE_NAME = 'glasshouse'
const PROGRAM = 'Glasshouse'
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 2_500
/** What the server needs beside its pool: the locks, a command that joins, an operator's look. */
const SPARE_CONNECTIONS = 20

/** For the server: nobody else may run on this database. */
export async function ownDatabase(
  config: Config,
  secrets: Secrets,
  options: DatabaseOptions,
): Promise<Result<Database, string>> {
  if (config.DATABASE_URL === undefined) {
    // For a command a database that ends is the end; the server brings it back.
    const started = await startEmbedded(config, secrets, { ...options, restarts: RESTARTS })
    return started.ok ? ok(embedded(started.value)) : err(started.error.message)
  }
  const { role, warn, signal } = options
  const address = config.DATABASE_URL
  const held = await holdInstanceLock({
    connectionString: address.href,
    programName: PROGRAM,
    role,
    warn,
    signal,
    bounds: { startWaitMs: config.DATABASE_WAIT_SECS * 1_000 },
  })
  return held.ok ? ok(external(address, held.value.lost, held.value.release)) : held
}

/** For a command: beside a running server, or alone. */
export async function joinDatabase(
  config: Config,
  secrets: Secrets,
  options: DatabaseOptions,
): Promise<Result<Database, string>> {
  if (config.DATABASE_URL !== undefined) return ok(external(config.DATABASE_URL, never(), async () => {}))
  const started = await startEmbedded(config, secrets, options)
  if (started.ok) return ok(embedded(started.value))
  if (started.error.kind !== 'folder-in-use') return err(started.error.message)
  const running = await findRunningPostgres({
    dataFolder: config.GLASSHOUSE_DATA,
    password: secrets.databasePassword,
    databaseName: DATABASE_NAME,
  })
  if (!running.ok) return err(running.error.message)
  if (running.value === undefined) return err(`${started.error.message}, or try again once it has started`)
  const stop = async (): Promise<void> => {}
  return ok({
    connectionString: running.value.connectionString,
    place: 'joined',
    lost: never(),
    stop,
    [Symbol.asyncDispose]: stop,
  })
}

function startEmbedded(
  config: Config,
  secrets: Secrets,
  options: DatabaseOptions & { readonly restarts?: RestartPolicy },
): Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>> {
  return startEmbeddedPostgres({
    dataFolder: config.GLASSHOUSE_DATA,
    password: secrets.databasePassword,
    databaseName: DATABASE_NAME,
    startTimeoutMs: START_TIMEOUT_MS,
    connectionsMax: config.INFRA_DB_MAX_CONNECTIONS + SPARE_CONNECTIONS,
    role: options.role,
    ownerName: PROGRAM,
    log: options.log,
    onRestart: options.warn,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.restarts === undefined ? {} : { restarts: options.restarts }),
  })
}

function embedded(running: EmbeddedPostgres): Database {
  return {
    connectionString: running.connectionString,
    place: 'embedded',
    lost: running.exited,
    stop: () => running.stop(),
    [Symbol.asyncDispose]: () => running.stop(),
  }
}

function external(address: URL, lost: Promise<string>, stop: () => Promise<void>): Database {
  return { connectionString: address.href, place: 'external', lost, stop, [Symbol.asyncDispose]: stop }
}

function never(): Promise<string> {
  return new Promise(() => {})
}
