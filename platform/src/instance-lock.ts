import { setTimeout as delay } from 'node:timers/promises'
import { err, ok, type Result } from '@glasshouse/kernel'
import pg from 'pg'
import { oneLine } from './embedded-postgres-error.ts'
import { isUnavailable } from './postgres.ts'

/**
 * One instance per database, whoever started it from whichever folder or machine. It is an advisory lock of PostgreSQL's on a
 * connection of its own: when the holder dies, however it dies, the server sees the connection end and frees the lock. The
 * connection's application name says who holds it.
 */
export interface InstanceLockOptions {
  readonly connectionString: string
  /** What is locked, the same for all who exclude each other. */
  readonly name: string
  readonly role: string
  /** What the program is called in the message to the second one. */
  readonly programName?: string
  /** How long to wait for a holder that is just going away. */
  readonly waitMs: number
  /** Gives the attempt up; it then fails as unreachable. */
  readonly signal?: AbortSignal
  /** The lock is not held any more: its connection broke. Another instance may start from now on. Called at most once. */
  readonly onLost: (reason: string) => void
}

export interface InstanceLock extends AsyncDisposable {
  release(): Promise<void>
}

export type InstanceLockError =
  | { readonly kind: 'taken'; readonly message: string; readonly holder: InstanceHolder | undefined }
  /** `away`: it does not answer, or not now; to try again may help. Else it refused, or its address is wrong. */
  | { readonly kind: 'unreachable'; readonly message: string; readonly away: boolean }

export interface InstanceHolder {
  readonly pid: number
  readonly role: string
}

const LOCK_CLASS = 0x69_6e_73_74
const CONNECT_TIMEOUT_MS = 5_000
/** Longer than a server may be frozen for a while: it still holds the lock then. */
const QUERY_TIMEOUT_MS = 20_000
const POLL_MS = 100
const HEARTBEAT_MS = 10_000
/** PostgreSQL cuts an application name there. */
const NAME_BYTES_MAX = 63
const PID_MARK = ' pid '

export async function acquireInstanceLock(
  options: InstanceLockOptions,
): Promise<Result<InstanceLock, InstanceLockError>> {
  let client: pg.Client
  try {
    client = makeClient(options)
  } catch (error) {
    // It reads the files that the address names: certificates and keys.
    const message = `the address of the database cannot be used: ${oneLine(error)}`
    return err({ kind: 'unreachable', message, away: false })
  }
  const watch = new Watch(client, options.onLost)
  const giveUp = (): void => void watch.end()
  options.signal?.addEventListener('abort', giveUp, { once: true })
  try {
    await client.connect()
    // The session waits in silence for days. A holder whose machine vanished is found out within half a minute.
    await client.query('set idle_session_timeout = 0; set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5')
    await client.query('set tcp_keepalives_count = 3')
    const giveUpAt = performance.now() + options.waitMs
    while (!(await tryLock(client, options.name))) {
      if (performance.now() < giveUpAt) {
        await delay(POLL_MS)
        continue
      }
      const holder = await findHolder(client, options.name)
      await watch.end()
      return err(taken(options, holder))
    }
  } catch (error) {
    await watch.end()
    const message = `the database cannot be locked: ${oneLine(error)}`
    return err({ kind: 'unreachable', message, away: isUnavailable(error) })
  } finally {
    options.signal?.removeEventListener('abort', giveUp)
  }
  watch.begin()
  const release = (): Promise<void> => watch.end()
  return ok({ release, [Symbol.asyncDispose]: release })
}

function makeClient(options: InstanceLockOptions): pg.Client {
  const mark = `${PID_MARK}${process.pid}`
  return new pg.Client({
    connectionString: options.connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: options.role.slice(0, NAME_BYTES_MAX - mark.length) + mark,
    keepAlive: true,
  })
}

async function tryLock(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as held', [
    LOCK_CLASS,
    name,
  ])
  return rows[0]?.held === true
}

async function findHolder(client: pg.Client, name: string): Promise<InstanceHolder | undefined> {
  const { rows } = await client.query<{ application_name: string | null }>(
    `select application_name
       from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
        and classid::bigint = $1 and objid::bigint = hashtext($2)::bigint & 4294967295`,
    [LOCK_CLASS, name],
  )
  const text = rows[0]?.application_name ?? ''
  const at = text.lastIndexOf(PID_MARK)
  const pid = Number(text.slice(at + PID_MARK.length))
  return at >= 0 && Number.isInteger(pid) ? { pid, role: text.slice(0, at) } : undefined
}

function taken(options: InstanceLockOptions, holder: InstanceHolder | undefined): InstanceLockError {
  const program = options.programName ?? 'another instance'
  const who = holder === undefined ? program : `${program} with pid ${holder.pid} (${holder.role})`
  return {
    kind: 'taken',
    message: `the database is in use by ${who}: stop it first, or choose another database`,
    holder,
  }
}

/** Tells once when the connection that holds the lock is gone, which a silent network shows only to a heartbeat. */
class Watch {
  readonly #client: pg.Client
  readonly #onLost: (reason: string) => void
  #heartbeat: NodeJS.Timeout | undefined
  #over = false
  #held = false

  constructor(client: pg.Client, onLost: (reason: string) => void) {
    this.#client = client
    this.#onLost = onLost
    client.on('error', (error) => this.#lose(oneLine(error)))
    client.on('end', () => this.#lose('its connection was closed'))
  }

  begin(): void {
    this.#held = true
    let asking = false
    this.#heartbeat = setInterval(() => {
      if (asking) return
      asking = true
      this.#client.query('select 1').then(
        () => (asking = false),
        (error: unknown) => this.#lose(oneLine(error)),
      )
    }, HEARTBEAT_MS)
    this.#heartbeat.unref()
  }

  async end(): Promise<void> {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#heartbeat)
    await this.#client.end().catch(() => undefined)
  }

  #lose(reason: string): void {
    if (this.#over || !this.#held) return
    void this.end()
    this.#onLost(reason)
  }
}
