/** Messages that are sent later and reminders, over REST and as the devices of their person hear of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer, type Server } from './start-server.ts'

const soon = (delayMs: number): string => new Date(Date.now() + delayMs).toISOString()
const HOUR_MS = 3_600_000
const PATIENT = { timeout: 30_000 }

describe('later', () => {
  let server: Server
  let ada: Person
  let ben: Person
  beforeAll(async () => {
    server = await startServer()
    ada = await newPerson(server.url, 'ada')
    ben = await newPerson(server.url, 'ben')
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  const as = (person: Person | undefined, method: string, path: string, body?: unknown) =>
    rest(server.url, method, `/api/${path}`, {
      ...(person === undefined ? {} : { token: person.token }),
      ...(body === undefined ? {} : { body }),
    })
  const device = async (person: Person): Promise<LiveSocket> => {
    const live = await LiveSocket.open(server.liveUrl, person.token)
    live.send({ type: 'subscribe', stream: 'me' })
    await live.next('subscribed')
    return live
  }

  test('SC-1, SC-2: is sent when its time has come, with the person away, and their devices hear of it', async () => {
    const channelId = await newChannel(server.url, ada.token, 'announcements')
    await using laptop = await device(ada)
    await using phone = await device(ada)
    const client_id = crypto.randomUUID()
    const body = { content: 'good morning', send_at: soon(1_500), client_id }
    const made = await as(ada, 'POST', `channels/${channelId}/scheduled`, body)
    expect(made).toMatchObject({ status: 201, body: { id: client_id, state: 'waiting', content: 'good morning' } })
    expect(await as(ada, 'POST', `channels/${channelId}/scheduled`, body)).toMatchObject({
      status: 200,
      body: made.body,
    })
    for (const each of [laptop, phone]) {
      await each.next('scheduled_changed', ({ state }) => state === 'waiting')
      expect(await each.next('scheduled_changed', ({ state }) => state === 'sent')).toMatchObject({
        id: client_id,
        content: '',
      })
    }
    const { items } = (await as(ada, 'GET', `channels/${channelId}/messages`)).body
    expect(items).toMatchObject([{ content: 'good morning', client_id, username: 'ada' }])
    expect((await as(ada, 'GET', 'scheduled')).body.items).toEqual([])
  })

  test('SC-2: can be changed, cancelled and sent at once, by its author alone', async () => {
    const channelId = await newChannel(server.url, ada.token, 'second thoughts')
    const make = async (content: string) =>
      (await as(ada, 'POST', `channels/${channelId}/scheduled`, { content, send_at: soon(HOUR_MS) })).body
    const [one, two] = [await make('one'), await make('two')]
    expect((await as(ada, 'PATCH', `scheduled/${one.id}`, { content: 'better' })).body).toMatchObject({
      content: 'better',
      send_at: one.send_at,
    })
    for (const [method, path, change] of [
      ['PATCH', `scheduled/${one.id}`, { content: 'mine' }],
      ['DELETE', `scheduled/${one.id}`, undefined],
      ['POST', `scheduled/${one.id}/send`, undefined],
    ] as const) {
      expect((await as(ben, method, path, change)).status).toBe(404)
      expect((await as(undefined, method, path, change)).status).toBe(401)
    }
    expect((await as(ada, 'DELETE', `scheduled/${two.id}`)).status).toBe(204)
    expect((await as(ada, 'DELETE', `scheduled/${two.id}`)).status).toBe(404)
    expect((await as(ada, 'POST', `scheduled/${one.id}/send`)).status).toBe(202)
    await expect
      .poll(async () => (await as(ada, 'GET', `channels/${channelId}/messages`)).body.items, PATIENT)
      .toMatchObject([{ content: 'better' }])
    for (const send_at of [soon(-1_000), soon(367 * 24 * HOUR_MS), 'tomorrow', '2026-02-30T10:00:00Z']) {
      const refused = await as(ada, 'POST', `channels/${channelId}/scheduled`, { content: 'x', send_at })
      expect(refused).toMatchObject({ status: 422, body: { error: { details: { path: 'send_at' } } } })
    }
  })

  test('SC-4: what cannot be sent comes back with the reason; what one may not see is not there', async () => {
    const room = (await as(ada, 'POST', 'channels', { type: 'private', name: 'room', members: [ben.id] })).body.id
    await using phone = await device(ben)
    await as(ben, 'POST', `channels/${room}/scheduled`, { content: 'from outside', send_at: soon(1_000) })
    await as(ada, 'DELETE', `channels/${room}/members/${ben.id}`)
    const failed = await phone.next('scheduled_changed', ({ state }) => state === 'failed')
    expect(failed).toMatchObject({ content: 'from outside', reason: { code: 'not_found' } })
    expect((await as(ben, 'GET', 'scheduled')).body.items).toMatchObject([{ state: 'failed' }])
    const again = { content: 'x', send_at: soon(HOUR_MS) }
    expect((await as(ben, 'POST', `channels/${room}/scheduled`, again)).status).toBe(404)
    expect((await as(ada, 'GET', `channels/${room}/messages`)).body.items).toEqual([])
  })

  test('SC-3: outlives a crash, and goes out once at the start after its time', async () => {
    await using data = await dataFolder()
    let person: Person
    let channelId: string
    const dueAtMs = Date.now() + 6_000
    {
      await using first = await startServer({ data: data.path })
      person = await newPerson(first.url, 'cyd')
      channelId = await newChannel(first.url, person.token, 'through the night')
      for (const content of ['first', 'second']) {
        const body = { content, send_at: new Date(dueAtMs).toISOString() }
        const path = `/api/channels/${channelId}/scheduled`
        expect((await rest(first.url, 'POST', path, { token: person.token, body })).status).toBe(201)
      }
      await first.crash()
    }
    await expect.poll(() => Date.now() > dueAtMs, PATIENT).toBe(true)
    await using second = await startServer({ data: data.path })
    const path = `/api/channels/${channelId}/messages`
    const read = async () => (await rest(second.url, 'GET', path, { token: person.token })).body.items
    await expect.poll(async () => (await read()).length, PATIENT).toBe(2)
    const list = await rest(second.url, 'GET', '/api/scheduled', { token: person.token })
    expect(list.body.items).toEqual([])
    expect((await read()).map(({ content }: { content: string }) => content).toSorted()).toEqual(['first', 'second'])
  })

  test('RM-1, RM-2: one is reminded of a message on all devices, moves the time, and is done with it', async () => {
    const channelId = await newChannel(server.url, ada.token, 'promises')
    await as(ben, 'PUT', `channels/${channelId}/members/me`)
    const message = (await as(ada, 'POST', `channels/${channelId}/messages`, { content: 'please answer' })).body
    const path = `channels/${channelId}/messages/${message.id}/reminder`
    await using phone = await device(ben)
    const set = await as(ben, 'PUT', path, { remind_at: soon(1_000) })
    expect(set).toMatchObject({ status: 200, body: { message_id: message.id, state: 'waiting' } })
    expect(await phone.next('reminder_changed', ({ state }) => state === 'due')).toMatchObject({
      message_id: message.id,
      channel_id: channelId,
    })
    const list = async () => (await as(ben, 'GET', 'reminders')).body.items
    expect(await list()).toMatchObject([{ state: 'due', message: { content: 'please answer' } }])
    await as(ben, 'PUT', path, { remind_at: soon(HOUR_MS) })
    expect(await list()).toMatchObject([{ state: 'waiting' }])
    expect((await as(ben, 'DELETE', `reminders/${message.id}`)).status).toBe(204)
    await phone.next('reminder_changed', ({ state }) => state === 'done')
    expect(await list()).toEqual([])
    expect((await as(ada, 'GET', 'reminders')).body.items).toEqual([])
    const refused = await as(ben, 'PUT', path, { remind_at: soon(-1_000) })
    expect(refused).toMatchObject({ status: 422, body: { error: { details: { path: 'remind_at' } } } })
    expect((await as(undefined, 'GET', 'reminders')).status).toBe(401)
  })
})
