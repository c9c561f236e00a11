/** A start that is broken off, at whatever moment, ends cleanly and leaves nothing in the way of the next one. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { rest } from './rest.ts'
import { dataFolder, runGlasshouse, startServer, type Command } from './start-server.ts'

interface Moment {
  readonly name: string
  reached(data: string, command: Command): boolean
}

function has(data: string, pattern: RegExp): boolean {
  return readdirSync(data).some((name) => pattern.test(name))
}

/** Of a first start, in order. */
const MOMENTS: readonly Moment[] = [
  { name: 'at once', reached: () => true },
  { name: 'when the secrets are made', reached: (data) => has(data, /^secrets\.json$/) },
  { name: 'while the cluster is made', reached: (data) => has(data, /^postgres-draft-/) },
  { name: 'when the cluster is made', reached: (data) => existsSync(join(data, 'postgres', 'PG_VERSION')) },
  { name: 'while the database starts', reached: (data) => existsSync(join(data, 'postgres', 'postmaster.pid')) },
  {
    name: 'when the database takes connections',
    reached: (_data, command) => /ready to accept connections|adopted the server/.test(command.output()),
  },
  { name: 'when it is ready', reached: (_data, command) => /is ready/.test(command.output()) },
]

/** Waits for the moment, or for the end of the command. */
async function until(moment: Moment, data: string, command: Command): Promise<void> {
  let over = false
  void command.ended.then(() => (over = true))
  while (!over && !moment.reached(data, command)) await delay(POLL_MS)
}

const POLL_MS = 5

function starting(data: string, env: Record<string, string> = {}): Command {
  return runGlasshouse(['start'], {
    env: { HOST: '127.0.0.1', PORT: '0', GLASSHOUSE_DATA: data, LOG_LEVEL: 'debug', ...env },
  })
}

async function postmasterPid(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Number(text.split('\n')[0])
}

describe('a start that is broken off', () => {
  test.for(MOMENTS)('SIGTERM $name ends it without an error, and stops the database', async (moment) => {
    await using data = await dataFolder()
    await using command = starting(data.path)
    await until(moment, data.path, command)
    command.kill('SIGTERM')
    const { code, signal, stderr } = await command.ended
    // Before the program has read its settings there is nothing to end, and the signal's own effect is right.
    expect([0, 'SIGTERM'], stderr).toContain(signal ?? code)
    expect(stderr).not.toMatch(/^glasshouse: /m)
    expect(stderr).not.toMatch(/ error /)
    expect(await postmasterPid(data.path)).toBeUndefined()
    expect((await readdir(data.path)).filter((name) => name.includes('draft'))).toEqual([])
  })

  test('kill -9 again and again, at moments of a first start: the next start makes what is missing', async () => {
    await using data = await dataFolder()
    for (const moment of MOMENTS) {
      await using command = starting(data.path)
      await until(moment, data.path, command)
      command.kill('SIGKILL')
      await command.ended
    }
    await using server = await startServer({ data: data.path })
    expect((await rest(server.url, 'GET', '/readyz')).status).toBe(200)
    expect((await server.stop()).code).toBe(0)
    expect(await postmasterPid(data.path)).toBeUndefined()
  })

  test('a closed terminal, and an impatient Ctrl-C, stop it as SIGTERM does', async () => {
    await using data = await dataFolder()
    for (const signals of [['SIGHUP'], ['SIGINT', 'SIGINT', 'SIGTERM']] as const) {
      await using server = await startServer({ data: data.path })
      for (const signal of signals) server.command.kill(signal)
      const { code, stderr } = await server.command.ended
      expect(code).toBe(0)
      expect(stderr.match(/stopping/g)).toHaveLength(1)
      expect(await postmasterPid(data.path)).toBeUndefined()
    }
  })
})

describe('the path of the data folder', () => {
  test('may be relative, have blanks, and be a link', async () => {
    await using folder = await dataFolder()
    const real = join(folder.path, 'the real one')
    await mkdir(real, { mode: 0o711 })
    const link = join(folder.path, 'a link')
    await symlink(real, link)
    for (const path of [link, relative(process.cwd(), join(folder.path, 'made on the way', 'ünder 2'))]) {
      await using command = runGlasshouse(['start'], {
        cwd: process.cwd(),
        env: { HOST: '127.0.0.1', PORT: '0', GLASSHOUSE_DATA: path },
      })
      await command.waitFor(/Glasshouse is ready/)
      command.kill('SIGTERM')
      expect((await command.ended).code).toBe(0)
    }
    expect(existsSync(join(real, 'secrets.json'))).toBe(true)
    expect(existsSync(join(folder.path, 'made on the way', 'ünder 2', 'postgres', 'PG_VERSION'))).toBe(true)
  })
})
