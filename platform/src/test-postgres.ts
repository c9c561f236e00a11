import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { createPool, type Pool, type PoolOptions } from './postgres.ts'

/** A fresh database on the server that `test-postgres-setup.ts` has started for this run of vitest. */
export interface TestDatabase extends AsyncDisposable {
  readonly connectionString: string
  /** A pool of few connections, ended with the database. */
  readonly pool: Pool
  /** Another pool, ended with the database. */
  createPool(options?: Partial<PoolOptions>): Pool
  /** Ends the pools and drops the database, with whoever is still connected to it. */
  drop(): Promise<void>
}

const CONNECTIONS_MAX = 10

/**
 *   await using database = await startTestDatabase()
 *
 * or, for a whole file, made in `beforeAll` and dropped in `afterAll`.
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  const server = inject('testPostgres')
  if (server === undefined) {
    throw new Error(
      'no test server: name the file *.pg.test.ts, or add platform/src/test-postgres-setup.ts to its project as globalSetup',
    )
  }
  const name = `t_${randomBytes(8).toString('hex')}`
  await onServer(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const connectionString = url.href

  const pools: Pool[] = []
  const open = (options: Partial<PoolOptions> = {}): Pool => {
    const made = createPool({ connectionString, connectionsMax: CONNECTIONS_MAX, applicationName: 'test', ...options })
    pools.push(made)
    return made
  }
  const drop = async (): Promise<void> => {
    // Not waited for: a pool with a connection that a failed test did not give back would never end.
    for (const one of pools) if (!one.ended && !one.ending) void one.end().catch(() => undefined)
    await onServer(server, `drop database if exists ${name} with (force)`)
  }
  return { connectionString, pool: open(), createPool: open, drop, [Symbol.asyncDispose]: drop }
}

async function onServer(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
