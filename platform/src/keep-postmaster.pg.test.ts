import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { optionsFor, tempFolder, until } from './embedded-postgres-fixture.ts'
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
