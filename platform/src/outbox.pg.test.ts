import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProgram, until } from './embedded-postgres-fixture.ts'
import { createOutboxRelay, type OutboxEvent, type OutboxRelay, type OutboxRelayOptions } from './outbox.ts'
import { startTestDatabase, type TestDatabase } from './test-postgres.ts'

const KEY = '01890a5d-ac96-774b-bcce-b302099a8057'
const FAR_MS = 600_000

let database: TestDatabase
let relays: OutboxRelay[]
let delivered: OutboxEvent[][]
beforeEach(async () => {
  relays = []
  delivered = []
  database = await startTestDatabase()
  await database.pool.query(`
    create schema house;
    create table house.outbox (
      id bigint generated always as identity primary key,
      topic text not null, key uuid not null, version bigint not null, payload jsonb,
      created_at timestamptz not null default now()
    )`)
})
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()))
  await database.drop()
})

function relay(more: Partial<OutboxRelayOptions> = {}): OutboxRelay {
  const made = createOutboxRelay({
    pool: database.pool,
    schema: 'house',
    deliver: async (events) => void delivered.push([...events]),
    batchMax: 1_000,
    pollIntervalMs: FAR_MS,
    log: () => undefined,
    ...more,
  })
  relays.push(made)
  return made
}

const write = (from: number, to = from): Promise<unknown> =>
  database.pool.query(
    `insert into house.outbox (topic, key, version, payload)
     select 'room-changed', $1, n, jsonb_build_object('n', n) from generate_series($2::int, $3::int) n`,
    [KEY, from, to],
  )
const left = async (): Promise<number> => {
  const { rows } = await database.pool.query<{ count: number }>('select count(*) as count from house.outbox')
  return rows[0]?.count ?? -1
}
const versions = (): number[] => delivered.flat().map(({ version }) => version)
const numbers = (to: number): number[] => Array.from({ length: to }, (_, index) => index + 1)

test('delivers what is there in order, in batches, and removes it', async () => {
  await write(1, 25)
  const one = relay({ batchMax: 10 })
  await one.run()
  await until(async () => (await left()) === 0)
  expect(delivered.map((batch) => batch.length)).toEqual([10, 10, 5])
  expect(versions()).toEqual(numbers(25))
  expect(delivered[0]?.[0]).toEqual({
    id: 1,
    topic: 'room-changed',
    key: KEY,
    version: 1,
    payload: { n: 1 },
    createdAt: expect.any(Date) as unknown,
  })
})

test('a poke delivers at once; without one the poll does', async () => {
  const poked = relay()
  await poked.run()
  await write(1)
  poked.poke()
  await until(() => versions().length === 1)
  await poked.stop()
  const polling = relay({ pollIntervalMs: 20 })
  await polling.run()
  await write(2)
  await until(() => versions().length === 2)
  expect(versions()).toEqual([1, 2])
})

test('pokes during a delivery are one more round, and none is lost', async () => {
  const gate = Promise.withResolvers<void>()
  let rounds = 0
  const one = relay({
    deliver: async (events) => {
      rounds++
      delivered.push([...events])
      if (rounds === 1) await gate.promise
    },
  })
  await write(1)
  await one.run()
  await until(() => rounds === 1)
  await write(2, 4)
  for (let poke = 0; poke < 50; poke++) one.poke()
  gate.resolve()
  await until(() => versions().length === 4)
  await one.drain()
  expect(rounds).toBe(2)
})

test('a failed delivery is repeated whole, and nothing after it overtakes', async () => {
  const logged: string[] = []
  let failures = 3
  await write(1, 3)
  const one = relay({
    log: (line) => logged.push(line),
    deliver: async (events) => {
      if (failures-- > 0) throw new Error('the consumer is away')
      delivered.push([...events])
    },
  })
  await one.run()
  await until(() => delivered.length === 1)
  expect(versions()).toEqual([1, 2, 3])
  expect(logged.length).toBe(3)
  expect(logged[2]).toMatch(/^outbox house: delivery failed 3 times in a row, again in \d+ ms: the consumer is away$/)
})

test('a delivery that hangs has failed, and is repeated', async () => {
  let tries = 0
  await write(1)
  const one = relay({
    deliverTimeoutMs: 20,
    deliver: (events) => {
      if (++tries === 1) return new Promise(() => undefined)
      delivered.push([...events])
      return Promise.resolve()
    },
  })
  await one.run()
  await until(() => delivered.length === 1)
  expect(tries).toBe(2)
})

test('an event with a lower id that is committed late is not missed', async () => {
  const late = await database.pool.connect()
  await late.query('begin')
  await late.query(`insert into house.outbox (topic, key, version) values ('room-changed', $1, 1)`, [KEY])
  await write(2)
  const one = relay()
  await one.run()
  await until(() => versions().includes(2))
  expect(versions()).toEqual([2])
  await late.query('commit')
  late.release()
  one.poke()
  await until(() => versions().length === 2)
  expect(delivered.flat().map(({ id, version }) => ({ id, version }))).toEqual([
    { id: 2, version: 2 },
    { id: 1, version: 1 },
  ])
})

test('kill -9 between delivery and commit: delivered again', async () => {
  await write(1, 5)
  await using program = startProgram(`
    const pool = platform.createPool({ connectionString: ${JSON.stringify(database.connectionString)}, connectionsMax: 1, applicationName: 'x' })
    const relay = platform.createOutboxRelay({
      pool, schema: 'house', batchMax: 1000, pollIntervalMs: 1000, log: () => undefined,
      deliver: (events) => { say(events.map((event) => event.version)); return new Promise(() => undefined) },
    })
    await relay.run()`)
  expect(await program.answer()).toEqual([1, 2, 3, 4, 5])
  await program.kill('SIGKILL')
  const one = relay({ pollIntervalMs: 20 })
  await one.run()
  await until(() => versions().length === 5)
  expect(versions()).toEqual(numbers(5))
})

test('two relays share the work: each event goes to one of them', async () => {
  await write(1, 500)
  const both = [1, 2].map(() => relay({ pool: database.createPool(), batchMax: 20 }))
  await Promise.all(both.map((one) => one.run()))
  await until(async () => versions().length >= 500 && (await left()) === 0)
  expect(versions().toSorted((a, b) => a - b)).toEqual(numbers(500))
})

test('drain delivers what is there; stop leaves it for the next start', async () => {
  const drained = relay()
  await drained.run()
  await write(1, 3)
  await drained.drain()
  expect(versions()).toEqual([1, 2, 3])
  await drained.stop()
  await write(4)
  await drained.stop()
  const never = relay()
  await never.stop()
  expect(await left()).toBe(1)
})

test('drain and stop end while deliveries fail', async () => {
  await write(1)
  let tries = 0
  const failing = relay({
    deliver: () => {
      tries++
      return Promise.reject(new Error('no'))
    },
  })
  await failing.run()
  await until(() => tries > 0)
  await failing.drain()
  await failing.stop()
  expect(await left()).toBe(1)
})
