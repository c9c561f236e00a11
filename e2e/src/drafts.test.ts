/** What somebody has written and not sent, over REST, and as their other devices hear it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer, type Server } from './start-server.ts'

describe('drafts', () => {
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
  const draftsOf = async (person: Person) => (await as(person, 'GET', 'drafts')).body.items

  test('DR-1: one for each channel and thread, heard by every device of its person and by nobody else', async () => {
    const channelId = await newChannel(server.url, ada.token, 'writing')
    const root = (await as(ada, 'POST', `channels/${channelId}/messages`, { content: 'root' })).body
    const reply = (await as(ada, 'POST', `channels/${channelId}/messages`, { content: 'x', thread_id: root.id })).body
    await using phone = await LiveSocket.open(server.liveUrl, ada.token)
    await using other = await LiveSocket.open(server.liveUrl, ben.token)
    for (const device of [phone, other]) {
      device.send({ type: 'subscribe', stream: 'me' })
      await device.next('subscribed')
    }

    const put = await as(ada, 'PUT', `channels/${channelId}/draft`, { content: ' half a thought', version: 0 })
    expect(put).toMatchObject({ status: 200, body: { channel_id: channelId, content: ' half a thought' } })
    expect(await phone.next('draft_changed')).toMatchObject({ ...put.body, changed_seq: put.body.version })
    const inThread = { content: 'a reply', thread_id: root.id }
    expect((await as(ada, 'PUT', `channels/${channelId}/draft`, inThread)).status).toBe(200)
    expect(await draftsOf(ada)).toMatchObject([inThread, { content: ' half a thought' }])
    expect(await draftsOf(ben)).toEqual([])

    const emptied = await as(ada, 'PUT', `channels/${channelId}/draft`, { content: '', version: put.body.version })
    expect(emptied.body).toMatchObject({ content: '' })
    expect(await phone.next('draft_changed', ({ content }) => content === '')).toMatchObject({ channel_id: channelId })
    expect(await draftsOf(ada)).toMatchObject([inThread])
    // A reply is no root.
    expect(await as(ada, 'PUT', `channels/${channelId}/draft`, { content: 'y', thread_id: reply.id })).toMatchObject({
      status: 422,
      body: { error: { code: 'message.thread_not_found' } },
    })
    expect((await as(ada, 'PUT', `channels/${channelId}/draft`, { content: 'x'.repeat(10_001) })).status).toBe(422)
    expect(other.frames.filter(({ type }) => type === 'draft_changed')).toEqual([])
  })

  test('DR-2: who does not know of a text does not replace it', async () => {
    const channelId = await newChannel(server.url, ada.token, 'two devices')
    const path = `channels/${channelId}/draft`
    const laptop = await as(ada, 'PUT', path, { content: 'from the laptop', version: 0 })
    const phone = await as(ada, 'PUT', path, { content: 'from the phone', version: 0 })
    expect(phone).toMatchObject({ status: 409, body: { error: { code: 'draft.changed' } } })
    expect((await as(ada, 'PUT', path, { content: '', version: 0 })).status).toBe(409)
    expect(await draftsOf(ada)).toContainEqual(laptop.body)
    const again = await as(ada, 'PUT', path, { content: 'from the phone', version: laptop.body.version })
    expect(again).toMatchObject({ status: 200, body: { content: 'from the phone' } })
    expect(again.body.version).toBeGreaterThan(laptop.body.version)
    // Said once more, it is no change.
    expect((await as(ada, 'PUT', path, { content: 'from the phone', version: 0 })).body).toEqual(again.body)
  })

  test('DR-4: a private channel that one has left has no draft, by no door; who comes back finds it', async () => {
    const room = (await as(ada, 'POST', 'channels', { type: 'private', name: 'room', members: [ben.id] })).body.id
    const path = `channels/${room}/draft`
    expect((await as(ben, 'PUT', path, { content: 'unsent' })).status).toBe(200)
    await as(ben, 'DELETE', `channels/${room}/members/me`)
    expect((await as(ben, 'PUT', path, { content: 'more' })).status).toBe(404)
    expect(await draftsOf(ben)).toEqual([])
    await as(ada, 'PUT', `channels/${room}/members/${ben.id}`)
    expect(await draftsOf(ben)).toMatchObject([{ content: 'unsent' }])
    expect((await as(undefined, 'PUT', path, { content: 'x' })).status).toBe(401)
    expect((await as(undefined, 'GET', 'drafts')).status).toBe(401)
  })

  test('DR-5: a send empties the draft that it was written as, over both doors, and nothing that was written since', async () => {
    const channelId = await newChannel(server.url, ada.token, 'sending')
    const path = `channels/${channelId}/draft`
    const write = async (content: string) => (await as(ada, 'PUT', path, { content })).body.version as number
    const here = async () =>
      (await draftsOf(ada)).filter(({ channel_id }: { channel_id: string }) => channel_id === channelId)
    await using device = await LiveSocket.open(server.liveUrl, ada.token)
    device.send({ type: 'subscribe', stream: 'me' })
    await device.next('subscribed')

    const version = await write('nearly don')
    const first = { content: 'nearly done', draft_version: version }
    expect((await as(ada, 'POST', `channels/${channelId}/messages`, first)).status).toBe(201)
    expect(await device.next('draft_changed', ({ content }) => content === '')).toMatchObject({ channel_id: channelId })
    expect(await here()).toEqual([])

    // What this device does not know of yet, but is what was sent.
    await write('sent as it is')
    device.send({ type: 'send_message', channel_id: channelId, content: 'sent as it is', draft_version: 0 })
    await device.next('ack')
    await expect.poll(here).toEqual([])

    const old = await write('an older thought')
    await write('a newer thought')
    const late = { content: 'an older one', draft_version: old }
    expect((await as(ada, 'POST', `channels/${channelId}/messages`, late)).status).toBe(201)
    // What would have emptied it was asked for before this.
    const other = await newChannel(server.url, ada.token, 'sending elsewhere')
    const otherVersion = (await as(ada, 'PUT', `channels/${other}/draft`, { content: 'x' })).body.version
    await as(ada, 'POST', `channels/${other}/messages`, { content: 'y', draft_version: otherVersion })
    await device.next('draft_changed', (frame) => frame['channel_id'] === other && frame['content'] === '')
    expect(await here()).toMatchObject([{ content: 'a newer thought' }])
    // A send that is refused leaves it.
    const refused = { content: ' ', draft_version: old + 1 }
    expect((await as(ada, 'POST', `channels/${channelId}/messages`, refused)).status).toBe(422)
    expect(await here()).toHaveLength(1)
  })

  test('outlive a crash, and a device that was away hears of what changed', async () => {
    await using data = await dataFolder()
    let person: Person
    let channelId: string
    let seq: number
    {
      await using first = await startServer({ data: data.path })
      person = await newPerson(first.url, 'cyd')
      channelId = await newChannel(first.url, person.token, 'kept')
      seq = (await rest(first.url, 'GET', '/api/drafts', { token: person.token })).body.seq
      const put = { token: person.token, body: { content: 'written before', version: 0 } }
      await rest(first.url, 'PUT', `/api/channels/${channelId}/draft`, put)
      await first.crash()
    }
    await using second = await startServer({ data: data.path })
    await using device = await LiveSocket.open(second.liveUrl, person.token)
    device.send({ type: 'subscribe', stream: 'me', after: seq })
    expect(await device.next('draft_changed')).toMatchObject({ channel_id: channelId, content: 'written before' })
  })
})
