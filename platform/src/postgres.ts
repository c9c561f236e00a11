import { setTimeout as delay } from 'node:timers/promises'
import { err, ok, type Result } from '@glasshouse/kernel'
import pg from 'pg'
import { errorCode, oneLine } from './embedded-postgres-error.ts'
import { fullJitterMs } from './backoff.ts'

export type Pool = pg.Pool
export type PoolClient = pg.PoolClient
/** What a query can be sent to: the pool, or the one connection of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>

export interface PoolOptions {
  readonly connectionString: string
  /** Most connections at a time; a query over that waits for one, at most `connectTimeoutMs`. */
  readonly connectionsMax: number
  /** Shown in pg_stat_activity. */
  readonly applicationName: string
  readonly connectTimeoutMs?: number
  /** 0 is without end. */
  readonly statementTimeoutMs?: number
  readonly idleTimeoutMs?: number
  readonly idleInTransactionTimeoutMs?: number
  /** A connection broke while it was in nobody's hands. The pool has dropped it already. */
  readonly onConnectionError?: (error: Error) => void
}

const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
/** To open one again costs both sides some milliseconds, in the moment in which many are needed. */
const IDLE_TIMEOUT_MS = 600_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
/** The server ends a statement itself; this is for a server that does not answer any more. */
const ANSWER_GRACE_MS = 5_000

/**
 * A pool of connections with every wait bounded. `int8` is read as a number (beyond 2^53 the query fails, it is never rounded),
 * `date` as `YYYY-MM-DD`, since a day is no point in time; `timestamptz` as Date.
 */
export function createPool(options: PoolOptions): Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.connectionsMax,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(statementTimeoutMs === 0
      ? {}
      : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + ANSWER_GRACE_MS }),
    keepAlive: true,
    types: { getTypeParser: typeParser },
  })
  // The pool listens to idle connections only. One that breaks while it is checked out, between two queries of a transaction,
  // would end the process with an unhandled event; the next query on it fails anyway, and that error is the one that is seen.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', (error) => options.onConnectionError?.(error))
  return pool
}

const TYPE = { int8: 20, int8Array: 1016, date: 1082, textArray: 1009 }

function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (format !== 'binary') {
    if (oid === TYPE.int8) return parseInt8
    if (oid === TYPE.date) return (value) => value
    if (oid === TYPE.int8Array) return parseInt8Array
  }
  // The types of pg say any here.
  return pg.types.getTypeParser(oid, format) as (value: string) => unknown
}

const parseTextArray = pg.types.getTypeParser(TYPE.textArray, 'text') as (value: string) => readonly (string | null)[]

function parseInt8Array(text: string): (number | null)[] {
  return parseTextArray(text).map((item) => (item === null ? null : parseInt8(item)))
}

function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`the bigint ${text} is beyond what a number holds exactly`)
  return value
}

/**
 * Runs `work` in a transaction and commits it. When `work` throws, all is rolled back and the error thrown on. An error that does
 * not come from the server (a lost connection, a timeout) leaves it open whether a commit was done.
 */
export async function transaction<Answer>(pool: Pool, work: (client: PoolClient) => Promise<Answer>): Promise<Answer> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const answer = await work(client)
    const { command } = await client.query('commit')
    // A statement failed and `work` hid it: the server then answers a commit with a rollback, and without an error.
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back, since a statement in it had failed')
    return answer
  } catch (error) {
    // After a timeout of ours the connection still waits for the late answer: nothing can be said on it any more.
    broken = isReadTimeout(error) ? asError(error) : await rollBack(client)
    throw error
  } finally {
    // A connection that could not be rolled back never goes to the next user.
    client.release(broken)
  }
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback')
    return undefined
  } catch (error) {
    return asError(error)
  }
}

function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(oneLine(error))
}

/** Whether the server itself refused, with an SQLSTATE; else it was not reached, or lost. */
export function isServerError(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(error.code ?? '')
}

/** Of what happens to a connection, and not of what was asked on it. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
/** pg has no codes for these. */
const CONNECTION_WORDS =
  /^Connection terminated|^timeout exceeded when trying to connect|is not queryable$|^Query read timeout$|^Cannot use a pool after calling end/

/**
 * Whether the database is away, or cannot work just now: to try again later may help. A fault of the query, or of ours, is none of
 * these. Unless the query only read, it stays open whether it took effect.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isServerError(error)) return heals(errorCode(error))
  // One attempt for each address of the host, and so an error for each.
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  return CONNECTION_CODES.has(errorCode(error) ?? '') || CONNECTION_WORDS.test(error.message)
}

export type PostgresError =
  | { readonly kind: 'too-old'; readonly message: string; readonly version: string }
  | { readonly kind: 'refused' | 'unreachable' | 'stopped'; readonly message: string }

const MAJOR_VERSION_MIN = 15
const RETRY_BASE_MS = 50
const RETRY_MAX_MS = 2_000

/**
 * Waits until the server takes queries, and checks that it is PostgreSQL 15 or newer. What waiting does not heal (a wrong password,
 * a missing database) fails at once. Returns the server's version, for example `18.4`.
 */
export async function waitUntilReady(
  pool: Pool,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Result<string, PostgresError>> {
  const giveUpAt = performance.now() + options.timeoutMs
  for (let attempt = 0; ; attempt++) {
    if (options.signal?.aborted === true) return err({ kind: 'stopped', message: 'the wait was stopped' })
    try {
      return checkVersion(await pool.query<{ server_version: string }>('show server_version'))
    } catch (error) {
      if (isServerError(error) && !heals(errorCode(error))) {
        return err({ kind: 'refused', message: `PostgreSQL at ${placeOf(pool)} refused: ${oneLine(error)}` })
      }
      if (performance.now() >= giveUpAt) {
        return err({
          kind: 'unreachable',
          message: `PostgreSQL at ${placeOf(pool)} is not reached after ${options.timeoutMs} ms: ${connectReason(error)}`,
        })
      }
      const pauseMs = RETRY_BASE_MS + fullJitterMs(attempt, { baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS })
      await delay(pauseMs, undefined, { signal: options.signal }).catch(() => undefined)
    }
  }
}

function checkVersion(answer: pg.QueryResult<{ server_version: string }>): Result<string, PostgresError> {
  const version = answer.rows[0]?.server_version ?? 'unknown'
  if (Number.parseInt(version, 10) >= MAJOR_VERSION_MIN) return ok(version)
  return err({
    kind: 'too-old',
    version,
    message: `PostgreSQL ${version} is too old: version ${MAJOR_VERSION_MIN} or newer is needed`,
  })
}

/** Starting, stopping, recovering, out of connections: classes 57 and 53 pass with time. Also lost connections, class 08. */
function heals(code: string | undefined): boolean {
  return code !== undefined && ['57', '53', '08'].includes(code.slice(0, 2))
}

function connectReason(error: unknown): string {
  // One attempt for each address of the host, and so an error for each.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return oneLine(first ?? error)
}

/** Host, port and database; never the password. */
function placeOf(pool: Pool): string {
  const { connectionString } = pool.options
  if (connectionString === undefined || !URL.canParse(connectionString)) return 'the given address'
  const { host, pathname } = new URL(connectionString)
  return `${host}${pathname}`
}
