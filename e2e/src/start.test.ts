/** Every way in which a start can go wrong ends with one line that says what to do. */
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rest } from './rest.ts'
import { dataFolder, runGlasshouse, startServer, type Settings } from './start-server.ts'

/** Runs a start that must be refused; returns its exit code and the one line that it ends with. */
async function refusedStart(env: Settings): Promise<{ code: number | null; line: string }> {
  await using command = runGlasshouse(['start'], { env: { HOST: '127.0.0.1', PORT: '0', ...env } })
  const { code, stdout, stderr } = await command.ended
  expect(stdout).not.toContain('is ready')
  const lines = stderr.trim().split('\n')
  return { code, line: lines.at(-1) ?? '' }
}

interface Postmaster {
  readonly pid: number
  readonly port: number
}

/** The PostgreSQL of a data folder, as its own pid file tells. */
async function postmasterOf(data: string): Promise<Postmaster> {
  const lines = (await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

function takesConnections({ port }: Postmaster): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}

describe('settings', () => {
  test.for<readonly [name: string, value: string]>([
    ['PORT', '70000'],
    ['PORT', 'abc'],
    ['HOST', 'not an address'],
    ['REGISTRATION', 'sometimes'],
    ['DATABASE_URL', 'mysql://somewhere/else'],
    ['SESSION_SECRET', 'short'],
    ['JWT_SECRET', 'a,b,c'],
    ['LOBBY_RATE_LIMIT', '5 in 10'],
    ['LOG_FORMAT', 'xml'],
    ['PUBLIC_URL', 'example.org'],
    ['TRUSTED_PROXIES', 'everybody'],
    ['INFRA_DB_MAX_CONNECTIONS', '0'],
    ['SESSION_CLEANUP_INTERVAL_SECS', '-1'],
    ['LIVE_HEARTBEAT_MS', '1.5'],
  ])('%s=%s ends the start with exit code 2 and one line that names it', async ([name, value]) => {
    await using data = await dataFolder()
    const { code, line } = await refusedStart({ GLASSHOUSE_DATA: data.path, [name]: value })
    expect(code).toBe(2)
    expect(line).toContain(name)
    // What is secret is not repeated.
    expect(line.includes(value)).toBe(!/SECRET|DATABASE/.test(name))
  })

  test('an administrator needs all three settings', async () => {
    await using data = await dataFolder()
    const { code, line } = await refusedStart({ GLASSHOUSE_DATA: data.path, GLASSHOUSE_ADMIN_USERNAME: 'root' })
    expect(code).toBe(2)
    expect(line).toContain('GLASSHOUSE_ADMIN_EMAIL')
  })
})

describe('the data folder', () => {
  test('secrets are made once and are for the owner only; a second server is refused with the pid of the first', async () => {
    await using data = await dataFolder()
    await using server = await startServer({ data: data.path })
    const secrets = join(data.path, 'secrets.json')
    expect((await stat(secrets)).mode & 0o777).toBe(0o600)
    const before = await readFile(secrets, 'utf8')

    const { code, line } = await refusedStart({ GLASSHOUSE_DATA: data.path })
    expect(code).toBe(1)
    expect(line).toContain(String(server.command.pid))
    expect((await rest(server.url, 'GET', '/readyz')).status).toBe(200)

    expect((await server.stop()).code).toBe(0)
    await using again = await startServer({ data: data.path })
    expect(await readFile(secrets, 'utf8')).toBe(before)
    expect((await rest(again.url, 'GET', '/healthz')).status).toBe(200)
  })

  test('SIGTERM ends the server and its PostgreSQL; a kill -9 leaves it, and the next start takes it over', async () => {
    await using data = await dataFolder()
    const first = await startServer({ data: data.path })
    const database = await postmasterOf(data.path)
    await first.crash()
    expect(await takesConnections(database)).toBe(true)

    const second = await startServer({ data: data.path })
    expect(await postmasterOf(data.path)).toEqual(database)
    const stopped = await second.stop()
    expect(stopped).toMatchObject({ code: 0, signal: null })
    expect(await takesConnections(database)).toBe(false)
    expect(existsSync(join(data.path, 'postgres', 'postmaster.pid'))).toBe(false)
  })

  test('whoever stops `npm start` stops all of it', async () => {
    await using data = await dataFolder()
    await using npm = runGlasshouse(['start'], {
      env: { HOST: '127.0.0.1', PORT: '0', GLASSHOUSE_DATA: data.path },
      viaNpm: true,
    })
    await npm.waitFor(/is ready at/)
    const database = await postmasterOf(data.path)
    npm.kill('SIGTERM')
    await expect.poll(() => takesConnections(database), { timeout: 15_000 }).toBe(false)
    // Its pid file goes last, and with it the folder is free again.
    await expect.poll(() => existsSync(join(data.path, 'owner.json')), { timeout: 15_000 }).toBe(false)
  })

  test('a stale postmaster.pid of a process that is gone is no obstacle', async () => {
    await using data = await dataFolder()
    const first = await startServer({ data: data.path })
    const pidFile = join(data.path, 'postgres', 'postmaster.pid')
    const text = await readFile(pidFile, 'utf8')
    const owner = await stat(pidFile)
    await first.stop()
    await writeFile(pidFile, text, { mode: 0o600 })
    await chown(pidFile, owner.uid, owner.gid)
    await using second = await startServer({ data: data.path })
    expect((await rest(second.url, 'GET', '/readyz')).status).toBe(200)
  })

  test('a file in its place, and a folder that may not be written, are each one line', async () => {
    await using folder = await dataFolder()
    const file = join(folder.path, 'a-file')
    await writeFile(file, '')
    const notFolder = await refusedStart({ GLASSHOUSE_DATA: file })
    expect(notFolder.code).toBe(1)
    expect(notFolder.line).toContain(file)

    const damaged = join(folder.path, 'damaged')
    await mkdir(damaged)
    await writeFile(join(damaged, 'secrets.json'), '{')
    await chmod(join(damaged, 'secrets.json'), 0o600)
    const refused = await refusedStart({ GLASSHOUSE_DATA: damaged })
    expect(refused.code).toBe(1)
    expect(refused.line).toContain('secrets.json')
  })
})

describe('the port', () => {
  test('in use: one line with the address and what to do', async () => {
    await using data = await dataFolder()
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => taken.once('listening', done))
    const { port } = taken.address() as AddressInfo
    try {
      const { code, line } = await refusedStart({ GLASSHOUSE_DATA: data.path, PORT: String(port) })
      expect(code).toBe(1)
      expect(line).toContain(`${port} on 127.0.0.1`)
      expect(line).toContain('set PORT')
    } finally {
      await new Promise((done) => taken.close(done))
    }
  })
})

describe('the first administrator', () => {
  test('is made from the settings, once', async () => {
    await using data = await dataFolder()
    const settings = {
      GLASSHOUSE_ADMIN_USERNAME: 'boss',
      GLASSHOUSE_ADMIN_EMAIL: 'boss@example.test',
      GLASSHOUSE_ADMIN_PASSWORD: 'a very quiet morning',
    }
    for (let start = 0; start < 2; start++) {
      await using server = await startServer({ data: data.path, settings })
      expect((await rest(server.url, 'GET', '/api/site')).body.setup_needed).toBe(false)
      const signedIn = await rest(server.url, 'POST', '/api/users/login', {
        body: { email: 'boss@example.test', password: 'a very quiet morning' },
      })
      expect(signedIn.body.user).toMatchObject({ username: 'boss', role: 'admin' })
    }
  })

  test('is made at /setup with the code that the terminal shows, once', async () => {
    await using server = await startServer()
    expect((await rest(server.url, 'GET', '/api/site')).body.setup_needed).toBe(true)
    const code = (await server.command.waitFor(/\/setup\b.*?code ([A-Z0-9-]{8,})/s))[1] ?? ''
    const person = { username: 'boss', email: 'boss@example.test', password: 'a very quiet morning' }
    const setUp = (guess: string) => rest(server.url, 'POST', '/api/setup', { body: { code: guess, ...person } })
    expect((await setUp('WRONG-CODE')).body.error.code).toBe('setup.wrong_code')
    const made = await setUp(code)
    expect(made).toMatchObject({ status: 201, body: { username: 'boss', role: 'admin' } })
    expect((await setUp(code)).body.error.code).toBe('setup.done')
    expect((await rest(server.url, 'GET', '/api/site')).body.setup_needed).toBe(false)
  })

  test('registration is closed when it is set so', async () => {
    await using server = await startServer({ settings: { REGISTRATION: 'closed' } })
    const refused = await rest(server.url, 'POST', '/api/users', {
      body: { username: 'eve', email: 'eve@example.test', password: 'knocking at the door' },
    })
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'registration.closed' } } })
  })
})
