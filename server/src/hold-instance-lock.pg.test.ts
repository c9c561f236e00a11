import { connect, createServer, type AddressInfo } from 'node:net'
import { acquireInstanceLock } from '@glasshouse/platform'
import { startTestDatabase } from '@glasshouse/platform/testing'
import { expect, test } from 'vitest'
import { holdInstanceLock, type HoldOptions } from './hold-instance-lock.ts'

function holding(connectionString: string, warnings: string[]): HoldOptions {
  return {
    connectionString,
    programName: 'Glasshouse',
    role: 'server',
    warn: (line) => warnings.push(line),
    bounds: { waitMs: 0, startWaitMs: 0, awayMaxMs: 300, ghostMaxMs: 300 },
  }
}

/** A busy machine takes its time. */
const WAIT_TIMEOUT_MS = 20_000

const HOLDERS = `
  select count(pg_terminate_backend(pid))::int as ended from pg_locks join pg_stat_activity using (pid)
  where locktype = 'advisory' and datname = current_database()`

test('a lock whose connection is cut is taken again; released, it is free', async () => {
  await using database = await startTestDatabase()
  const warnings: string[] = []
  const held = await holdInstanceLock(holding(database.connectionString, warnings))
  if (!held.ok) throw new Error(held.error)
  for (let cut = 1; cut <= 2; cut++) {
    const { rows } = await database.pool.query<{ ended: number }>(HOLDERS)
    expect(rows[0]?.ended).toBe(1)
    await expect
      .poll(() => warnings.filter((line) => line.includes('again')).length, { timeout: WAIT_TIMEOUT_MS })
      .toBe(cut * 2)
  }
  expect(await holdInstanceLock(holding(database.connectionString, []))).toMatchObject({ ok: false })
  await held.value.release()
  const second = await holdInstanceLock({
    ...holding(database.connectionString, []),
    bounds: { waitMs: 10_000, startWaitMs: 0, awayMaxMs: 0, ghostMaxMs: 0 },
  })
  expect(second.ok).toBe(true)
  if (second.ok) await second.value.release()
})

test('it is lost for good when another one has it, or when the database stays away', async () => {
  await using database = await startTestDatabase()
  const held = await holdInstanceLock(holding(database.connectionString, []))
  if (!held.ok) throw new Error(held.error)
  // In one statement: the cut, and somebody who was waiting for it.
  const other = acquireInstanceLock({
    connectionString: database.connectionString,
    name: 'glasshouse server',
    role: 'another server',
    waitMs: 10_000,
    onLost: () => undefined,
  })
  const keepCutting = async (): Promise<void> => {
    for (let cuts = 0; cuts < 1_000; cuts++) {
      await database.pool.query(`${HOLDERS} and application_name not like 'another server%'`)
      if ((await Promise.race([other, Promise.resolve(undefined)]))?.ok === true) return
    }
  }
  await keepCutting()
  const taken = await other
  expect(taken.ok).toBe(true)
  expect(await held.value.lost).toMatch(/another server/)
  await held.value.release()

  if (taken.ok) await taken.value.release()
  const alone = await holdInstanceLock(holding(database.connectionString, []))
  if (!alone.ok) throw new Error(alone.error)
  await database.drop()
  expect(await alone.value.lost).toMatch(/cannot be locked/)
  await alone.value.release()
})

test('a database that is not up yet is waited for; one that refuses is not', async () => {
  await using database = await startTestDatabase()
  const address = new URL(database.connectionString)
  const [host, port] = [address.hostname, Number(address.port)]
  // The port of a database that is still to come: nobody listens there until its first refusal was noticed.
  const door = createServer((incoming) => {
    const outgoing = connect(port, host)
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const)
      from.on('error', () => undefined).pipe(to)
  })
  const listen = (at: number): Promise<void> => new Promise((done) => door.listen(at, '127.0.0.1', done))
  await listen(0)
  const doorPort = (door.address() as AddressInfo).port
  await new Promise((done) => door.close(done))
  address.port = String(doorPort)
  const warnings: string[] = []
  const holdingSoon = holdInstanceLock({
    ...holding(address.href, warnings),
    bounds: { waitMs: 0, startWaitMs: 60_000 },
  })
  await expect
    .poll(() => warnings, { timeout: WAIT_TIMEOUT_MS })
    .toEqual([expect.stringMatching(/ECONNREFUSED.*: trying again for 60 s$/)])
  await listen(doorPort)
  const held = await holdingSoon
  expect(held.ok).toBe(true)
  if (held.ok) await held.value.release()
  await new Promise((done) => door.close(done))

  address.port = String(port)
  address.password = 'wrong'
  const wrong: string[] = []
  const refused = await holdInstanceLock({ ...holding(address.href, wrong), bounds: { startWaitMs: 60_000 } })
  expect(refused).toMatchObject({ ok: false })
  expect(wrong).toEqual([])
})
