/** An external PostgreSQL instead of the one that comes with Glasshouse. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@glasshouse/platform'
import { expect, test } from 'vitest'
import { newPerson, rest } from './rest.ts'
import { dataFolder, runGlasshouse, startServer } from './start-server.ts'

test('DATABASE_URL runs everything on it, one Glasshouse at a time, and leaves it running at the end', async () => {
  await using folder = await dataFolder()
  const started = await startEmbeddedPostgres({
    dataFolder: join(folder.path, 'external'),
    password: randomBytes(16).toString('hex'),
    databaseName: 'elsewhere',
    startTimeoutMs: 60_000,
    role: 'test',
    log: () => undefined,
  })
  if (!started.ok) throw new Error(started.error.message)
  await using database = started.value
  const settings = { DATABASE_URL: database.connectionString }
  {
    await using server = await startServer({ settings })
    const { token } = await newPerson(server.url, 'settler')
    expect((await rest(server.url, 'GET', '/api/channels', { token })).body.items[0].name).toBe('lobby')

    await using second = runGlasshouse(['start'], {
      env: { HOST: '127.0.0.1', PORT: '0', GLASSHOUSE_DATA: join(folder.path, 'second'), ...settings },
    })
    const refused = await second.ended
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(String(server.command.pid))
    expect((await server.stop()).code).toBe(0)
  }
  await using again = await startServer({ settings })
  const signedIn = await rest(again.url, 'POST', '/api/users/login', {
    body: { username: 'settler', password: 'settler has a long password' },
  })
  expect(signedIn.status).toBe(200)
})

test('one that cannot be reached is waited for, and then is one line without its password', async () => {
  await using data = await dataFolder()
  await using command = runGlasshouse(['start'], {
    env: {
      PORT: '0',
      GLASSHOUSE_DATA: data.path,
      DATABASE_URL: 'postgres://house:very-secret@127.0.0.1:1/house',
      DATABASE_WAIT_SECS: '1',
    },
  })
  const { code, stderr } = await command.ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/127\.0\.0\.1:1: trying again for 1 s$/m)
  expect(stderr.trim().split('\n').at(-1)).toMatch(/127\.0\.0\.1/)
  expect(stderr).not.toContain('very-secret')
})
