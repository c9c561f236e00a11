/** The database goes away beneath a running server: nobody loses what was acknowledged, and the server goes on when it is back. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@glasshouse/platform'
import { expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest } from './rest.ts'
import { dataFolder, startServer } from './start-server.ts'

const POLL_MS = 10
const SENDERS = 8
const KILLS = 2
const SETTINGS = { CHANNEL_RATE_LIMIT: '10000/10', LOG_FORMAT: 'json' }

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(POLL_MS)
}

async function postmasterPid(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

test('kill -9 of the embedded PostgreSQL: it is started again, requests get 503 meanwhile, and no acknowledged message is lost', async () => {
  await using data = await dataFolder()
  await using server = await startServer({ data: data.path, settings: SETTINGS })
  const people = await Promise.all(Array.from({ length: SENDERS }, (_, index) => newPerson(server.url, `one-${index}`)))
  const token = people[0]?.token ?? ''
  const channelId = await newChannel(server.url, token, 'thin ice')
  await using live = await LiveSocket.open(server.liveUrl, token)
  live.send({ type: 'subscribe', channel_id: channelId, after: 0 })
  await live.next('subscribed')

  const acknowledged = new Map<string, number>()
  const refusals = new Map<string, number>()
  let sending = true
  const send = async (sender: string): Promise<void> => {
    while (sending) {
      const clientId = crypto.randomUUID()
      // Whoever is told to try again does, with the same client_id, until there is an answer.
      for (;;) {
        const answer = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
          token: sender,
          body: { content: clientId, client_id: clientId },
        })
        if (answer.status < 300) {
          acknowledged.set(clientId, answer.body.seq)
          break
        }
        const what = `${answer.status} ${answer.body.error.code}`
        refusals.set(what, (refusals.get(what) ?? 0) + 1)
        expect(answer.headers.get('retry-after')).not.toBeNull()
        await delay(POLL_MS)
      }
    }
  }
  const senders = people.map((person) => send(person.token))
  const dead = new Set<number>()
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.size
    await until(() => acknowledged.size > before + 100)
    const pid = await postmasterPid(data.path)
    dead.add(pid)
    process.kill(pid, 'SIGKILL')
    await until(() => (server.command.stderr().match(/PostgreSQL runs again/g) ?? []).length === dead.size)
    expect((await rest(server.url, 'GET', '/healthz')).status).toBe(200)
    await until(async () => (await rest(server.url, 'GET', '/readyz')).status === 200)
    expect(dead.has(await postmasterPid(data.path))).toBe(false)
  }
  const last = acknowledged.size
  await until(() => acknowledged.size > last + 100)
  sending = false
  await Promise.all(senders)

  // Nothing but "try again".
  expect([...refusals.keys()].filter((what) => !what.startsWith('503 '))).toEqual([])
  // The watcher, whose connection was never cut, has each acknowledged message once, in order.
  const head = Math.max(...acknowledged.values())
  await live.until(() => live.frames.find((frame) => frame['changed_seq'] === head), 'the last message')
  const seen = live.frames.filter((frame) => frame.type === 'new_message')
  expect(seen.map((frame) => frame['seq'])).toEqual(seen.map((frame) => frame['seq']).toSorted((a, b) => a - b))
  expect(new Set(seen.map((frame) => frame['content'])).size).toBe(seen.length)
  const bySeq = new Map(seen.map((frame) => [frame['seq'], frame['content']]))
  for (const [clientId, seq] of acknowledged) expect(bySeq.get(seq)).toBe(clientId)

  const log = server.command.stderr()
  expect(log.match(/PostgreSQL is gone/g)).toHaveLength(KILLS)
  expect(log.match(/PostgreSQL runs again/g)).toHaveLength(KILLS)
  const secrets = JSON.parse(await readFile(join(data.path, 'secrets.json'), 'utf8')) as Record<string, string>
  for (const secret of Object.values(secrets)) expect(log).not.toContain(secret)
  for (const clientId of acknowledged.keys()) expect(log).not.toContain(clientId)

  expect((await server.stop()).code).toBe(0)
  await expect(postmasterPid(data.path)).rejects.toThrow('ENOENT')
})

async function external(folder: string, port?: number): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({
    dataFolder: join(folder, 'external'),
    password: 'a password that stays',
    databaseName: 'elsewhere',
    startTimeoutMs: 60_000,
    role: 'test',
    log: () => undefined,
    ...(port === undefined ? {} : { choosePort: async () => port }),
  })
  if (!started.ok) throw new Error(started.error.message)
  return started.value
}

test('an external PostgreSQL that is restarted: the server waits for it, holds it again, and goes on', async () => {
  await using folder = await dataFolder()
  const first = await external(folder.path)
  const name = `someone-${randomBytes(2).toString('hex')}`
  await using server = await startServer({ settings: { ...SETTINGS, DATABASE_URL: first.connectionString } })
  const { token } = await newPerson(server.url, name)
  await first.stop()
  await until(async () => (await rest(server.url, 'GET', '/readyz')).status === 503)
  expect((await rest(server.url, 'GET', '/api/channels', { token })).status).toBe(503)

  await using second = await external(folder.path, first.port)
  expect(second.port).toBe(first.port)
  await server.command.waitFor(/held for this server again/)
  await until(async () => (await rest(server.url, 'GET', '/readyz')).status === 200)
  expect((await rest(server.url, 'GET', '/api/channels', { token })).status).toBe(200)
  // It is held indeed.
  await expect(startServer({ settings: { DATABASE_URL: second.connectionString } })).rejects.toThrow(
    new RegExp(`in use by Glasshouse with pid ${server.command.pid}`),
  )
  expect((await server.stop()).code).toBe(0)
})
