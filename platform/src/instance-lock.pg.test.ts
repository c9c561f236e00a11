import { expect, test } from 'vitest'
import { startProgram } from './embedded-postgres-fixture.ts'
import { acquireInstanceLock, type InstanceLockOptions } from './instance-lock.ts'
import { startTestDatabase } from './test-postgres.ts'

function optionsFor(connectionString: string, more: Partial<InstanceLockOptions> = {}): InstanceLockOptions {
  return {
    connectionString,
    name: 'house',
    role: 'server',
    programName: 'House',
    waitMs: 0,
    onLost: () => undefined,
    ...more,
  }
}

test('the second one is told the pid and the role of the first; a release frees it', async () => {
  await using database = await startTestDatabase()
  const first = await acquireInstanceLock(optionsFor(database.connectionString))
  expect(await acquireInstanceLock(optionsFor(database.connectionString, { role: 'import' }))).toEqual({
    ok: false,
    error: {
      kind: 'taken',
      message: `the database is in use by House with pid ${process.pid} (server): stop it first, or choose another database`,
      holder: { pid: process.pid, role: 'server' },
    },
  })
  if (first.ok) await first.value.release()
  const second = await acquireInstanceLock(optionsFor(database.connectionString, { waitMs: 10_000 }))
  expect(second.ok).toBe(true)
  if (second.ok) await second.value.release()
})

test('another name, and another database of the same server, are other locks', async () => {
  await using database = await startTestDatabase()
  await using other = await startTestDatabase()
  const options = [
    optionsFor(database.connectionString),
    optionsFor(database.connectionString, { name: 'shed' }),
    optionsFor(other.connectionString),
  ]
  const locks = await Promise.all(options.map((one) => acquireInstanceLock(one)))
  expect(locks.every((lock) => lock.ok)).toBe(true)
  for (const lock of locks) if (lock.ok) await lock.value.release()
})

test('kill -9 of the holder frees the lock', async () => {
  await using database = await startTestDatabase()
  const options = JSON.stringify({
    ...optionsFor(database.connectionString),
    role: 'a role of many, many words that is longer than a name may be',
  })
  await using program = startProgram(
    `say((await platform.acquireInstanceLock({ ...${options}, onLost: () => undefined })).ok)`,
  )
  expect(await program.answer()).toBe(true)
  expect(await acquireInstanceLock(optionsFor(database.connectionString))).toMatchObject({
    ok: false,
    error: { holder: { pid: program.pid } },
  })
  await program.kill('SIGKILL')
  const mine = await acquireInstanceLock(optionsFor(database.connectionString, { waitMs: 20_000 }))
  expect(mine.ok).toBe(true)
  if (mine.ok) await mine.value.release()
})

test('a lock whose connection is cut is told of, once; one that was released is not', async () => {
  await using database = await startTestDatabase()
  const cut = (): Promise<unknown> =>
    database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '% pid %'`,
    )
  const reasons: string[] = []
  const lost = Promise.withResolvers<void>()
  const lock = await acquireInstanceLock(
    optionsFor(database.connectionString, {
      onLost: (reason) => {
        reasons.push(reason)
        lost.resolve()
      },
    }),
  )
  await cut()
  await lost.promise
  const again = await acquireInstanceLock(
    optionsFor(database.connectionString, { onLost: (reason) => reasons.push(reason) }),
  )
  if (again.ok) await again.value.release()
  await cut()
  if (lock.ok) await lock.value.release()
  expect(reasons).toEqual(['terminating connection due to administrator command'])
})

test('a database that is not there', async () => {
  await using database = await startTestDatabase()
  const target = new URL(database.connectionString)
  target.pathname = '/no_such_database'
  expect(await acquireInstanceLock(optionsFor(target.href))).toMatchObject({
    ok: false,
    error: { kind: 'unreachable' },
  })
})

test('an address that names a certificate which cannot be read is one line, and no exception', async () => {
  const attempt = await acquireInstanceLock(
    optionsFor('postgres://house:leak@127.0.0.1:1/house?sslmode=verify-full&sslrootcert=/no/such/file'),
  )
  const message = expect.stringMatching(/^(?!.*leak).*\/no\/such\/file/) as string
  expect(attempt).toMatchObject({ ok: false, error: { kind: 'unreachable', message } })
})
