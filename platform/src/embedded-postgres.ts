import { chown, lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '@glasshouse/kernel'
import pg from 'pg'
import { closedFolder, findClosedFolder, makeDataFolder, type ServerUser } from './data-folder.ts'
import {
  errorCode,
  failure,
  folderFailure,
  oneLine,
  startStopped,
  type EmbeddedPostgresError,
} from './embedded-postgres-error.ts'
import { lockFolder, type FolderLock } from './folder-lock.ts'
import { findFolderPass } from './folder-pass.ts'
import { ADMIN_ROLE, ensureCluster, type ClusterPlace } from './init-cluster.ts'
import { keepPostmaster, onPort, RESTARTS, samePort, type RestartPolicy } from './keep-postmaster.ts'
import { prepareNativeFolder } from './native-folder.ts'
import { findPostmaster, notAnswering, startPostmaster, type Postmaster, type PostmasterOptions } from './postmaster.ts'
import { isPostmasterOf, readPostmasterPid } from './postmaster-pid.ts'
import { findServerUser, SYSTEM_PATH } from './system-user.ts'

/**
 * A real PostgreSQL for one process, kept in `<dataFolder>/postgres`. The order of a start, each step of which has its own errors:
 *
 *   data folder -> its lock, held until `stop` -> as whom to run -> programs that run -> cluster (made when missing)
 *   -> a server left behind by a killed process is adopted, else one is started -> role and database
 *
 * The lock comes first, so whatever is found after it was left by somebody who is gone. Why the programs are driven directly:
 * docs/adr/0001-embedded-postgres.md.
 */
export interface EmbeddedPostgresOptions {
  readonly dataFolder: string
  /** Of both roles. Kept by the caller: a cluster that exists opens with the password that it was made with. */
  readonly password: string
  /** Name of the database and of the role that owns it. */
  readonly databaseName: string
  readonly startTimeoutMs: number
  /** A line that the server said. */
  readonly log: (line: string) => void
  /** Who this is, for the message to a second one: `server`, `import`. */
  readonly role: string
  /** What the program is called in that message. */
  readonly ownerName?: string
  /** Under root: the system user for a new cluster, made when it is missing. */
  readonly systemUserName?: string
  readonly connectionsMax?: number
  readonly stopTimeoutMs?: number
  /** Gives the start up: what was started is ended, and the answer is a failure of the kind `stopped`. */
  readonly signal?: AbortSignal
  /** When the server may be started again after it ended by itself; never when left out. */
  readonly restarts?: Partial<RestartPolicy>
  /** One line for the operator when the server is gone, and when it runs again. */
  readonly onRestart?: (line: string) => void
  /** Server settings over ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** Another `native` folder than that of the npm package. */
  readonly packagedFolder?: string
  /** Instead of any free port of the loopback interface; asked again when that one is taken. */
  readonly choosePort?: () => Promise<number>
  /** Where system commands are looked for. */
  readonly commandPath?: string
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** As the owner of the database, who is no superuser. */
  readonly connectionString: string
  /** As superuser, to the maintenance database. */
  readonly adminConnectionString: string
  readonly port: number
  /** Another one after each restart. */
  readonly pid: number
  /** It was left running by a process that was killed. */
  readonly adopted: boolean
  /** Resolves, with one line that says how, when the server ends without `stop` and is not started again. */
  readonly exited: Promise<string>
  /** Ends the server in bounded time, and releases the data folder. May be called twice. */
  stop(): Promise<void>
}

const CLUSTER_FOLDER = 'postgres'
const SYSTEM_USER = 'postgres'
const CONNECTIONS_MAX = 50
const STOP_TIMEOUT_MS = 5_000
const CONNECT_TIMEOUT_MS = 5_000

/** For one machine that it shares with the program; durable first. Each may be changed by `options.settings`. */
function serverSettings(connectionsMax: number): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(connectionsMax),
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    shared_buffers: '128MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    // Compiling a query costs more than it gains on the short queries of a live system.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '',
    lc_messages: 'C',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_checkpoints: 'off',
    // What people wrote is in statements and in the details of errors: neither belongs in a log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    // So that a long recovery is seen to go on, which keeps the start from giving up.
    log_startup_progress_interval: '2s',
  }
}

export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>> {
  const folder = await makeDataFolder(options.dataFolder)
  if (!folder.ok) return folder
  const lock = await lockFolder(folder.value, options.role, options.ownerName)
  if (!lock.ok) return lock
  let started: Result<EmbeddedPostgres, EmbeddedPostgresError> | undefined
  try {
    started = await startLocked(folder.value, options, lock.value)
    return started
  } catch (error) {
    // Files are read and written all along the way; what a system call has to say about the data folder is a failure as well.
    if (errorCode(error) === undefined) throw error
    return err(folderFailure(folder.value, error))
  } finally {
    if (started?.ok !== true) await lock.value.release()
  }
}

async function startLocked(
  dataFolder: string,
  options: EmbeddedPostgresOptions,
  lock: FolderLock,
): Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>> {
  const place = await findPlace(dataFolder, options)
  if (!place.ok) return place
  const cluster = await ensureCluster(place.value, options.password, options.signal)
  if (!cluster.ok) return cluster

  const postmasterOptions: PostmasterOptions = {
    startTimeoutMs: options.startTimeoutMs,
    log: options.log,
    choosePort: options.choosePort,
    signal: options.signal,
    settings: { ...serverSettings(options.connectionsMax ?? CONNECTIONS_MAX), ...options.settings },
  }
  const postmaster = await adoptOrStart(place.value, options, postmasterOptions)
  if (!postmaster.ok) return postmaster
  const { port, adopted } = postmaster.value
  const stopTimeoutMs = options.stopTimeoutMs ?? STOP_TIMEOUT_MS

  const opened = await ensureDatabase(port, options)
  if (options.signal?.aborted === true) {
    await postmaster.value.stop(stopTimeoutMs)
    return err(startStopped())
  }
  if (!opened.ok) {
    // One that we did not start, and cannot open, is not ours to end.
    if (!adopted) await postmaster.value.stop(stopTimeoutMs)
    return opened
  }
  const kept = keepPostmaster(postmaster.value, {
    policy: options.restarts === undefined ? { ...RESTARTS, restartsMax: 0 } : { ...RESTARTS, ...options.restarts },
    restart: (signal) => restartOn(port, { place: place.value, options, postmasterOptions, signal }),
    onRestart: options.onRestart ?? (() => undefined),
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= stopAndRelease(kept, stopTimeoutMs, lock)
    return stopped
  }
  return ok({
    connectionString: connectionString(options.databaseName, options.password, port, options.databaseName),
    adminConnectionString: connectionString(ADMIN_ROLE, options.password, port, 'postgres'),
    port,
    get pid() {
      return kept.pid
    },
    adopted,
    exited: kept.exited,
    stop,
    [Symbol.asyncDispose]: stop,
  })
}

async function stopAndRelease(
  postmaster: Pick<Postmaster, 'stop'>,
  timeoutMs: number,
  lock: FolderLock,
): Promise<void> {
  try {
    await postmaster.stop(timeoutMs)
  } finally {
    await lock.release()
  }
}

const SAME_PORT_PAUSE_MS = 500

/** In place of a server that ended: the same cluster, settings and port. */
async function restartOn(
  port: number,
  at: {
    readonly place: ClusterPlace
    readonly options: EmbeddedPostgresOptions
    readonly postmasterOptions: PostmasterOptions
    readonly signal: AbortSignal
  },
): Promise<Result<Postmaster, EmbeddedPostgresError>> {
  const { signal } = at
  try {
    const started = await adoptOrStart(at.place, at.options, {
      ...at.postmasterOptions,
      choosePort: samePort(port, SAME_PORT_PAUSE_MS),
      signal,
    })
    return started.ok ? onPort(port, started.value) : started
  } catch (error) {
    return err(folderFailure(at.place.dataFolder, error))
  }
}

async function findPlace(
  dataFolder: string,
  options: EmbeddedPostgresOptions,
): Promise<Result<ClusterPlace, EmbeddedPostgresError>> {
  const clusterFolder = join(dataFolder, CLUSTER_FOLDER)
  const user = await findServerUser({
    clusterFolder,
    userName: options.systemUserName ?? SYSTEM_USER,
    ...(options.commandPath === undefined ? {} : { commandPath: options.commandPath }),
  })
  if (!user.ok) return user
  const passing = user.value === undefined ? ok(undefined) : await letThrough(dataFolder, user.value, options)
  if (!passing.ok) return passing
  if (passing.value !== undefined) await giveCluster(clusterFolder, passing.value)
  const native = await prepareNativeFolder({
    dataFolder,
    user: passing.value,
    ...(options.packagedFolder === undefined ? {} : { packagedFolder: options.packagedFolder }),
  })
  if (!native.ok) return native
  return ok({ dataFolder, clusterFolder, user: passing.value, native: native.value })
}

/** The user as one who can reach the data folder: as they are, or with a pass through a folder that is closed to them. */
async function letThrough(
  dataFolder: string,
  user: ServerUser,
  options: EmbeddedPostgresOptions,
): Promise<Result<ServerUser, EmbeddedPostgresError>> {
  const closed = await findClosedFolder(dataFolder, user)
  if (closed === undefined) return ok(user)
  const pass = await findFolderPass(user, dataFolder, options.commandPath ?? SYSTEM_PATH)
  return pass === undefined ? err(closedFolder(dataFolder, closed, user)) : ok({ ...user, pass })
}

/** A cluster that root owns was copied or restored by root; the server could not read it. */
async function giveCluster(path: string, user: ServerUser): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined || found.uid !== 0) return
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await giveTree(join(path, name), user)
  }
  // Its own folder last: until then an interrupted change of hands is done again.
  await chown(path, user.uid, user.gid)
}

async function giveTree(path: string, user: ServerUser): Promise<void> {
  const found = await lstat(path)
  if (found.isSymbolicLink()) return
  await chown(path, user.uid, user.gid)
  if (!found.isDirectory()) return
  for (const name of await readdir(path)) await giveTree(join(path, name), user)
}

async function adoptOrStart(
  place: ClusterPlace,
  options: EmbeddedPostgresOptions,
  postmasterOptions: PostmasterOptions,
): Promise<Result<Postmaster, EmbeddedPostgresError>> {
  const found = await findPostmaster(place, postmasterOptions)
  if (!found.ok) return found
  if (!('pid' in found.value)) return startPostmaster(place, found.value, postmasterOptions)
  const left = found.value
  const answer = await ask(connectionString(ADMIN_ROLE, options.password, left.port, 'postgres'), async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version
  })
  if (!answer.ok)
    return err(isRefusal(answer.error) ? wrongPassword(place.clusterFolder) : notAnswering(place, left.pid))
  if (answer.value === place.native.version) return ok(left)
  // Left over from before an update: its programs may be gone from the disk.
  options.log(
    `the server with pid ${left.pid} is PostgreSQL ${answer.value}, and this is ${place.native.version}: starting it anew`,
  )
  await left.stop(options.stopTimeoutMs ?? STOP_TIMEOUT_MS)
  return startPostmaster(place, { foreignPid: undefined }, postmasterOptions)
}

/** Makes the role and the database that are missing. A start that was cut off between the two goes on here. */
async function ensureDatabase(
  port: number,
  options: EmbeddedPostgresOptions,
): Promise<Result<void, EmbeddedPostgresError>> {
  const { databaseName, password, dataFolder } = options
  const made = await ask(connectionString(ADMIN_ROLE, password, port, 'postgres'), async (client) => {
    const name = pg.escapeIdentifier(databaseName)
    const role = await client.query('select 1 from pg_roles where rolname = $1', [databaseName])
    if (role.rowCount === 0) await client.query(`create role ${name} login password ${pg.escapeLiteral(password)}`)
    const database = await client.query('select 1 from pg_database where datname = $1', [databaseName])
    if (database.rowCount === 0) await client.query(`create database ${name} owner ${name}`)
  })
  if (made.ok) return ok()
  const { error } = made
  if (isRefusal(error)) return err(wrongPassword(join(dataFolder, CLUSTER_FOLDER)))
  if (errorCode(error) === '53100') return err(folderFailure(dataFolder, { code: 'ENOSPC' }))
  return err(
    failure('start-failed', `PostgreSQL in ${dataFolder} runs, but its database could not be made: ${oneLine(error)}`),
  )
}

function wrongPassword(clusterFolder: string): EmbeddedPostgresError {
  return failure(
    'wrong-password',
    `the database in ${clusterFolder} does not take the password that is kept with it: put back the secrets that belong to this data folder`,
  )
}

function isRefusal(error: unknown): boolean {
  return errorCode(error) === '28P01' || errorCode(error) === '28000'
}

/** One short-lived connection. */
async function ask<Answer>(
  target: string,
  work: (client: pg.Client) => Promise<Answer>,
): Promise<Result<Answer, unknown>> {
  const client = new pg.Client({
    connectionString: target,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS * 4,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return ok(await work(client))
  } catch (error) {
    return err(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

function connectionString(user: string, password: string, port: number, database: string): string {
  const encode = encodeURIComponent
  return `postgres://${encode(user)}:${encode(password)}@127.0.0.1:${port}/${encode(database)}`
}

export interface RunningPostgres {
  readonly connectionString: string
  readonly port: number
  readonly pid: number
}

/** The server that another process runs on this data folder, for a command that joins it; undefined when there is none. */
export async function findRunningPostgres(
  options: Pick<EmbeddedPostgresOptions, 'dataFolder' | 'password' | 'databaseName'>,
): Promise<Result<RunningPostgres | undefined, EmbeddedPostgresError>> {
  const { dataFolder, password, databaseName } = options
  try {
    const folder = await realpath(dataFolder).catch(() => undefined)
    if (folder === undefined) return ok(undefined)
    const clusterFolder = join(folder, CLUSTER_FOLDER)
    const file = await readPostmasterPid(clusterFolder)
    if (file?.port === undefined || file.status !== 'ready') return ok(undefined)
    if (!(await isPostmasterOf(file.pid, clusterFolder))) return ok(undefined)
    const target = connectionString(databaseName, password, file.port, databaseName)
    const answer = await ask(target, (client) => client.query('select 1'))
    if (answer.ok) return ok({ connectionString: target, port: file.port, pid: file.pid })
    if (isRefusal(answer.error)) return err(wrongPassword(clusterFolder))
    return err(
      failure('not-answering', `the PostgreSQL with pid ${file.pid} does not answer: ${oneLine(answer.error)}`),
    )
  } catch (error) {
    return err(folderFailure(dataFolder, error))
  }
}
