import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createPool, isServerError, transaction, waitUntilReady } from './postgres.ts'
import { startTestDatabase, type TestDatabase } from './test-postgres.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startTestDatabase()
  await database.pool.query('create table numbers (id int primary key)')
})
afterAll(() => database.drop())

async function count(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>('select count(*) as count from numbers')
  return rows[0]?.count ?? -1
}

test('reads bigint as number, date as text, timestamptz as Date', async () => {
  const { rows } = await database.pool.query(
    `select 9007199254740991::bigint as big, array[1, null, -2]::bigint[] as bigs, date '2026-02-28' as day,
       timestamptz '2026-02-28 12:00+00' as moment, null::bigint as nothing`,
  )
  expect(rows).toEqual([
    {
      big: 9007199254740991,
      bigs: [1, null, -2],
      day: '2026-02-28',
      moment: new Date('2026-02-28T12:00:00Z'),
      nothing: null,
    },
  ])
  await expect(database.pool.query('select 9007199254740992::bigint as big')).rejects.toThrow(
    'beyond what a number holds',
  )
  await expect(database.pool.query('select 1 as one')).resolves.toMatchObject({ rows: [{ one: 1 }] })
})

test('a transaction is kept whole or not at all, and its connection is used again', async () => {
  const pool = database.createPool({ connectionsMax: 1 })
  expect(
    await transaction(pool, async (client) => (await client.query('insert into numbers values (1)')).rowCount),
  ).toBe(1)
  const before = await count()
  await expect(
    transaction(pool, async (client) => {
      await client.query('insert into numbers values (2)')
      throw new Error('changed my mind')
    }),
  ).rejects.toThrow('changed my mind')
  const twice = transaction(pool, (client) => client.query('insert into numbers values (3), (3)'))
  expect(isServerError(await twice.catch((error: unknown) => error))).toBe(true)
  expect(await count()).toBe(before)
  expect(pool.totalCount).toBe(1)
})

test('a transaction whose error was hidden does not look committed', async () => {
  const hidden = transaction(database.pool, async (client) => {
    await client.query('insert into numbers values (4)')
    await client.query('insert into numbers values (4)').catch(() => undefined)
  })
  await expect(hidden).rejects.toThrow('rolled back')
})

test('a connection that is cut, idle or in a transaction, ends neither the process nor the pool', async () => {
  const seen: string[] = []
  const pool = database.createPool({ connectionsMax: 1, onConnectionError: (error) => seen.push(error.message) })
  const cut = (): Promise<unknown> =>
    database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'cut me'`,
    )
  await pool.query(`set application_name = 'cut me'`)
  const told = once(pool, 'error')
  await cut()
  await told
  expect(seen.length).toBe(1)

  const broken = transaction(pool, async (client) => {
    await client.query(`set application_name = 'cut me'`)
    // Not by `once`, which would take the error that comes before for the end.
    const ended = new Promise((resolve) => client.once('end', resolve))
    await cut()
    await ended
    await client.query('select 1')
  })
  await expect(broken).rejects.toThrow('not queryable')
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a statement has an end', async () => {
  const pool = database.createPool({ statementTimeoutMs: 50 })
  await expect(pool.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' })
})

test('is ready, with a version; a wrong password and a missing database are not waited for', async () => {
  expect(await waitUntilReady(database.pool, { timeoutMs: 10_000 })).toMatchObject({
    ok: true,
    value: expect.stringMatching(/^18\./) as unknown,
  })
  const wrong = new URL(database.connectionString)
  wrong.password = 'secret-guess'
  const missing = new URL(database.connectionString)
  missing.pathname = '/no_such_database'
  for (const url of [wrong, missing]) {
    const pool = createPool({ connectionString: url.href, connectionsMax: 1, applicationName: 'test' })
    const refused = await waitUntilReady(pool, { timeoutMs: 600_000 })
    expect(refused).toMatchObject({ ok: false, error: { kind: 'refused' } })
    expect(JSON.stringify(refused)).not.toContain('secret-guess')
    await pool.end()
  }
})

test('nobody there is one clear error; a server that comes later is found', async () => {
  const target = new URL(database.connectionString)
  const open = new Set<Socket>()
  const proxy = createServer((socket) => {
    const onward = new URL(database.connectionString)
    import('node:net').then(
      ({ connect }) => {
        const upstream = connect(Number(onward.port), onward.hostname)
        for (const one of [socket, upstream]) {
          open.add(one)
          one.on('error', () => undefined)
        }
        socket.pipe(upstream).pipe(socket)
      },
      () => socket.destroy(),
    )
  })
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    proxy.close()
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  proxy.close()
  await once(proxy, 'close')
  target.port = String(port)
  const pool = database.createPool({ connectionString: target.href })
  expect(await waitUntilReady(pool, { timeoutMs: 1 })).toMatchObject({
    ok: false,
    error: { kind: 'unreachable', message: expect.stringContaining(`127.0.0.1:${port}`) as unknown },
  })
  const found = waitUntilReady(pool, { timeoutMs: 20_000 })
  proxy.listen(port, '127.0.0.1')
  expect((await found).ok).toBe(true)
})
