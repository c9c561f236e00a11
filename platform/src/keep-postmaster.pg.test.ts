import { once } from 'node:events'
import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import pg from 'pg'
import { expect, test } from 'vitest'
import { optionsFor, system, tempFolder, until } from './embedded-postgres-fixture.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.ts'
import { isRunning } from './postmaster-pid.ts'
import { createPool, isUnavailable } from './postgres.ts'

async function start(dataFolder: string, more: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({ ...optionsFor(dataFolder), ...more })
  if (!started.ok) throw new Error(started.error.message)
  return started.value
}

test('a server that is killed runs again on its port, with all that it acknowledged, and a pool finds it', async () => {
  await using folder = await tempFolder()
  const lines: string[] = []
  await using server = await start(folder.path, { restarts: {}, onRestart: (line) => lines.push(line) })
  const pool = createPool({
    connectionString: server.connectionString,
    connectionsMax: 4,
    applicationName: 'test',
  })
  try {
    await pool.query('create table kept (id bigint primary key)')
    const acknowledged: number[] = []
    const faults: string[] = []
    let writing = true
    const writer = (async () => {
      for (let id = 1; writing; id++) {
        try {
          await pool.query('insert into kept values ($1)', [id])
          acknowledged.push(id)
        } catch (error) {
          if (!isUnavailable(error)) faults.push(String(error))
        }
      }
    })()
    const pids = new Set([server.pid])
    for (let kill = 1; kill <= 3; kill++) {
      const before = acknowledged.length
      await until(() => acknowledged.length > before + 50)
      process.kill(server.pid, 'SIGKILL')
      await until(() => lines.filter((line) => line.includes('runs again')).length === kill)
      pids.add(server.pid)
    }
    const atLast = acknowledged.length
    await until(() => acknowledged.length > atLast + 50)
    writing = false
    await writer
    expect(faults).toEqual([])
    expect(pids.size).toBe(4)
    const { rows } = await pool.query<{ id: number }>('select id from kept')
    const stored = new Set(rows.map(({ id }) => id))
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
  } finally {
    await pool.end()
  }
})

test('one that ends again and again is given up with one line; so is one whose port is taken', async () => {
  await using folder = await tempFolder()
  const lines: string[] = []
  const server = await start(folder.path, {
    restarts: { restartsMax: 2, pauseMs: 10 },
    onRestart: (line) => lines.push(line),
  })
  for (let kill = 1; kill <= 3; kill++) {
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    if (kill < 3) await until(() => server.pid !== pid)
  }
  expect(await server.exited).toMatch(/SIGKILL, after 2 restarts/)
  await server.stop()
  expect(await isRunning(server.pid)).toBe(false)

  const other = await start(folder.path, { restarts: { restartsMax: 1, pauseMs: 10 } })
  process.kill(other.pid, 'SIGKILL')
  const blocker = createServer()
  // It may be free only a moment after the server is gone.
  for (let listening = false; !listening;) {
    blocker.listen(other.port, '127.0.0.1')
    listening = await once(blocker, 'listening').then(
      () => true,
      () => false,
    )
  }
  expect(await other.exited).toMatch(/Address already in use|after 1 restarts/)
  blocker.close()
  await other.stop()
})

test('a stop while it is being started again ends it, and releases the folder', async () => {
  await using folder = await tempFolder()
  const gone = Promise.withResolvers<void>()
  const server = await start(folder.path, { restarts: {}, onRestart: () => gone.resolve() })
  process.kill(server.pid, 'SIGKILL')
  await gone.promise
  await server.stop()
  expect(await isRunning(server.pid)).toBe(false)
  await using again = await start(folder.path)
  expect(again.adopted).toBe(false)
})

test('a start that is given up, at whatever moment, leaves no process and a folder that the next start takes', async () => {
  await using folder = await tempFolder()
  const outcomes: string[] = []
  for (const afterMs of [0, 50, 150, 300, 500, 700, 900]) {
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(), afterMs)
    const started = await startEmbeddedPostgres({ ...optionsFor(folder.path), signal: giveUp.signal })
    clearTimeout(timer)
    outcomes.push(started.ok ? 'started' : started.error.kind)
    if (started.ok) await started.value.stop()
  }
  expect(outcomes).toContain('stopped')
  expect(outcomes.filter((outcome) => outcome !== 'stopped' && outcome !== 'started')).toEqual([])
  await using server = await start(folder.path)
  expect(server.adopted).toBe(false)
})

/* oxlint-disable vitest/no-conditional-tests -- only root can mount a disk that is full, and CI is root */
if (process.getuid?.() === 0)
  test('one whose disk is full is waited for, however often it ends, and runs again when there is space', async () => {
    await using folder = await tempFolder()
    const mount = (options: string): void => {
      system('mount', '-t', 'tmpfs', '-o', `${options},mode=0711`, 'tmpfs', folder.path)
    }
    mount('size=1g')
    using _disk = { [Symbol.dispose]: () => void system('umount', '--lazy', folder.path) }
    const lines: string[] = []
    let tries = 0
    await using server = await start(folder.path, {
      restarts: { restartsMax: 2, pauseMs: 10, fullDiskPauseMs: 50 },
      onRestart: (line) => lines.push(line),
      log: (line) => {
        if (line.includes('No space left on device')) tries++
      },
    })
    const { bsize, blocks, bfree } = await statfs(folder.path)
    // A little more, in which it may write what it writes while it stands still.
    mount(`remount,size=${(blocks - bfree) * bsize + 65_536}`)
    const client = new pg.Client({ connectionString: server.adminConnectionString })
    client.on('error', () => undefined)
    await client.connect()
    // Its log does not fit on the disk: it panics, and cannot recover either.
    const writing = async (): Promise<void> => {
      for (;;) await client.query(`select pg_logical_emit_message(false, 'test', repeat('x', 1000000))`)
    }
    await expect(writing()).rejects.toThrow(/./)
    await until(() => tries > 4)
    expect(lines.filter((line) => line.includes('disk is full'))).toHaveLength(1)
    mount('remount,size=1g')
    await until(() => lines.some((line) => line.includes('runs again, with pid')))
    const pool = createPool({ connectionString: server.connectionString, connectionsMax: 1, applicationName: 'test' })
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await pool.end()
  })
