/** `npm start -- --demo`: a house with people in it, to look at. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rest, type Answer } from './rest.ts'
import { dataFolder, runGlasshouse, type Command, type DataFolder } from './start-server.ts'

const READY = /^Glasshouse is ready at (http:\/\/\S+)$/m
const PATIENT = { timeout: 100_000, interval: 1_000 }

describe('the demo', () => {
  let data: DataFolder
  let running: Command
  let url: string
  let token: string
  let admin: Answer
  const start = (...more: string[]): Command =>
    runGlasshouse(['start', ...more], { env: { HOST: '127.0.0.1', PORT: '0', GLASSHOUSE_DATA: data.path } })
  const get = async (path: string) => (await rest(url, 'GET', `/api/${path}`, { token })).body
  beforeAll(async () => {
    data = await dataFolder()
    running = start('--demo')
    url = (await running.waitFor(READY))[1] ?? ''
    const password = (await running.waitFor(/^Demo: sign in as Robin .* or maya with the password (\S+)$/m))[1]
    const signedIn = await rest(url, 'POST', '/api/users/login', { body: { username: 'maya', password } })
    token = signedIn.body.token
    admin = await rest(url, 'POST', '/api/users/login', { body: { username: 'Robin', password } })
  })
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]()
    await data?.[Symbol.asyncDispose]()
  })

  test('has a team in channels of all kinds, with two weeks of talk', async () => {
    expect(admin).toMatchObject({ status: 200, body: { user: { role: 'admin' } } })
    const { items: people } = await get('users?limit=100')
    expect(people.length).toBeGreaterThanOrEqual(12)
    const { items: channels } = await get('channels?joined=true&limit=100')
    expect(new Set(channels.map(({ type }: { type: string }) => type))).toEqual(
      new Set(['public', 'private', 'direct', 'group']),
    )
    const general = channels.find(({ name }: { name: string }) => name === 'general')
    const { items } = await get(`channels/${general.id}/messages?limit=100`)
    expect(items.some(({ poll }: { poll?: object }) => poll !== undefined)).toBe(true)
    expect(items.some(({ reply_count }: { reply_count?: number }) => (reply_count ?? 0) > 1)).toBe(true)
    const days = (Date.now() - Date.parse(items.at(-1).timestamp)) / 86_400_000
    expect(days).toBeGreaterThan(12)
    expect(days).toBeLessThan(15)
    expect((await get(`channels/${general.id}/pins`)).items).toHaveLength(1)
    const unread = await get('unread')
    const mentions = unread.channels.flatMap((channel: { mentions: number[] }) => channel.mentions)
    expect(mentions).toHaveLength(1)
    expect((await get('drafts')).items).toHaveLength(1)
    expect((await get('scheduled')).items).toHaveLength(1)
    expect((await get('reminders')).items).toMatchObject([{ state: 'waiting' }])
  })

  test('lives: somebody writes or reacts while one looks', async () => {
    const { items: channels } = await get('channels?limit=100')
    const open = channels.filter(({ type }: { type: string }) => type === 'public')
    const heads = (): Promise<number[]> =>
      Promise.all(open.map(async ({ id }: { id: string }) => (await get(`channels/${id}/messages?limit=1`)).seq))
    const before = await heads()
    await expect.poll(heads, PATIENT).not.toEqual(before)
  })

  test('is found again by the next start, whoever has joined it, and stands still when asked to', async () => {
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    running = start('--demo=still')
    url = (await running.waitFor(READY))[1] ?? ''
    await running.waitFor(/^Demo: sign in as Robin or maya, with the password that the first start showed$/m)
    const { items: channels } = await get('channels?joined=true&limit=100')
    expect(channels.filter(({ name }: { name: string }) => name === 'general')).toHaveLength(1)
    const body = { username: 'somebody', email: 'somebody@example.test', password: 'somebody has a long password' }
    expect((await rest(url, 'POST', '/api/users', { body })).status).toBe(201)
    running.kill('SIGTERM')
    await running.ended
    running = start('--demo')
    url = (await running.waitFor(READY))[1] ?? ''
    expect((await rest(url, 'POST', '/api/users/login', { body })).status).toBe(200)
  })

  test('fills no house that has people of its own, though one of them is called as somebody of the demo', async () => {
    await using other = await dataFolder()
    const open = (...more: string[]): Command =>
      runGlasshouse(['start', ...more], { env: { HOST: '127.0.0.1', PORT: '0', GLASSHOUSE_DATA: other.path } })
    await using house = open()
    const at = (await house.waitFor(READY))[1] ?? ''
    const body = { username: 'maya', email: 'maya@example.test', password: 'maya has a long password' }
    expect((await rest(at, 'POST', '/api/users', { body })).status).toBe(201)
    house.kill('SIGTERM')
    await house.ended
    const refused = await open('--demo').ended
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/^glasshouse: --demo fills an empty house, and this one has people of its own: .*$/m)
    await using again = open()
    const { token } = (await rest((await again.waitFor(READY))[1] ?? '', 'POST', '/api/users/login', { body })).body
    const { items } = (await rest((await again.waitFor(READY))[1] ?? '', 'GET', '/api/users?limit=100', { token })).body
    expect(items.map(({ username }: { username: string }) => username)).toEqual(['maya'])
  })

  test('makes its own administrator, and no other', async () => {
    const env = {
      GLASSHOUSE_ADMIN_USERNAME: 'root',
      GLASSHOUSE_ADMIN_EMAIL: 'root@example.test',
      GLASSHOUSE_ADMIN_PASSWORD: 'root has a long password',
    }
    await using empty = await dataFolder()
    const refused = await runGlasshouse(['start', '--demo'], {
      env: { ...env, PORT: '0', GLASSHOUSE_DATA: empty.path },
    }).ended
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toMatch(
      /^glasshouse: --demo makes an administrator of its own: leave GLASSHOUSE_ADMIN_\* empty$/m,
    )
  })

  test('is asked for by no other word', async () => {
    const misused = await start('--demos').ended
    expect(misused).toMatchObject({ code: 2 })
  })
})
