import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate, type MigrateError, type MigrateOptions } from './migrate.ts'
import { startTestDatabase, type TestDatabase } from './test-postgres.ts'

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await startTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'platform-migrations-'))
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const write = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql)
const run = (more: Partial<MigrateOptions> = {}): ReturnType<typeof migrate> =>
  migrate(database.pool, { schema: 'house', folder, programName: 'House', ...more })
const error = async (): Promise<MigrateError> => {
  const result = await run()
  if (result.ok) throw new Error('it went well')
  return result.error
}
const rooms = async (): Promise<unknown> => (await database.pool.query('select * from house.rooms order by id')).rows

test('applies what is new, in order, once; in its own schema', async () => {
  await write('0001-rooms.sql', 'create table rooms (id int primary key);')
  await write('0002-first-room.sql', 'insert into rooms values (1); insert into rooms values (2);')
  await write('readme.md', 'no migration')
  expect(await run()).toEqual({ ok: true, value: ['0001-rooms.sql', '0002-first-room.sql'] })
  expect(await run()).toEqual({ ok: true, value: [] })
  await write('0005-later.sql', 'insert into rooms values (5)')
  expect(await run()).toEqual({ ok: true, value: ['0005-later.sql'] })
  expect(await rooms()).toEqual([{ id: 1 }, { id: 2 }, { id: 5 }])
})

test('a failing file leaves nothing of itself, says its line, and goes on after it was mended', async () => {
  await write('0001-rooms.sql', 'create table rooms (id int primary key)')
  await write('0002-wrong.sql', 'insert into rooms values (1);\n\ninsert into roms values (2);')
  expect(await error()).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^0002-wrong\.sql:3 failed.*"roms" does not exist/) as unknown,
  })
  expect(await rooms()).toEqual([])
  await write('0002-wrong.sql', 'insert into rooms values (1)')
  expect(await run()).toEqual({ ok: true, value: ['0002-wrong.sql'] })
})

test('history does not change: edited, renamed, missing, and put in between', async () => {
  await write('0001-rooms.sql', 'create table rooms (id int);\n')
  await write('0003-more.sql', 'select 1')
  await run()
  await write('0001-rooms.sql', 'create table rooms (id int);\r\n')
  expect(await run()).toEqual({ ok: true, value: [] })
  await write('0001-rooms.sql', 'create table rooms (id bigint);\n')
  expect(await error()).toMatchObject({
    kind: 'changed',
    message: expect.stringContaining('0001-rooms.sql') as unknown,
  })
  await write('0001-rooms.sql', 'create table rooms (id int);\n')
  await rename(join(folder, '0001-rooms.sql'), join(folder, '0001-halls.sql'))
  expect((await error()).kind).toBe('changed')
  await rm(join(folder, '0001-halls.sql'))
  expect(await error()).toMatchObject({
    kind: 'missing',
    message: expect.stringContaining('0001-rooms.sql') as unknown,
  })
  await write('0001-rooms.sql', 'create table rooms (id int);\n')
  await write('0002-between.sql', 'select 1')
  expect(await error()).toMatchObject({
    kind: 'bad-files',
    message: expect.stringContaining('0002-between.sql') as unknown,
  })
})

test('a newer database is left alone', async () => {
  await write('0001-rooms.sql', 'create table rooms (id int)')
  await write('0002-newer.sql', 'select 1')
  await run()
  await rm(join(folder, '0002-newer.sql'))
  expect(await error()).toEqual({
    kind: 'newer-database',
    message:
      'the database was made by a newer House (schema house has 0002-newer.sql): start that version or a later one',
  })
})

test('bad names are told before anything is done', async () => {
  expect((await error()).kind).toBe('bad-files')
  await write('0001-rooms.sql', 'create table rooms (id int)')
  await write('2-Rooms.sql', 'select 1')
  expect(await error()).toMatchObject({ kind: 'bad-files', message: expect.stringContaining('2-Rooms.sql') as unknown })
  await rm(join(folder, '2-Rooms.sql'))
  await write('0001-halls.sql', 'select 1')
  expect((await error()).message).toContain('the same number')
  await rm(join(folder, '0001-halls.sql'))
  expect(await run({ schema: 'house"; drop' })).toMatchObject({ ok: false, error: { kind: 'bad-files' } })
})

test('of many who start at once one migrates, and the others wait for it', async () => {
  await write('0001-rooms.sql', 'select pg_sleep(0.1); create table rooms (id int)')
  const results = await Promise.all(Array.from({ length: 4 }, () => run()))
  expect(results.filter((result) => result.ok && result.value.length === 1).length).toBe(1)
  expect(results.every((result) => result.ok)).toBe(true)
})

test('waits for another one no longer than it may', async () => {
  await write('0001-rooms.sql', 'create table rooms (id int)')
  const holder = await database.pool.connect()
  await holder.query(`select pg_advisory_lock(${0x6d_69_67_72}, hashtext('house'))`)
  expect(await run({ lockTimeoutMs: 20 })).toMatchObject({ ok: false, error: { kind: 'busy' } })
  holder.release(true)
})
