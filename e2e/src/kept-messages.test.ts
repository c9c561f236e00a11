/** Threads that people follow and messages that they save, over REST. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

describe('followed threads and saved messages', () => {
  let server: Server
  let ada: Person
  let ben: Person
  let channelId: string
  beforeAll(async () => {
    server = await startServer()
    ada = await newPerson(server.url, 'ada')
    ben = await newPerson(server.url, 'ben')
    channelId = await newChannel(server.url, ada.token, 'kept')
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const as = (person: Person | undefined, method: string, path: string, body?: unknown) =>
    rest(server.url, method, `/api/${path}`, {
      ...(person === undefined ? {} : { token: person.token }),
      ...(body === undefined ? {} : { body }),
    })
  const send = async (person: Person, content: string, threadId?: string) => {
    const body = { content, ...(threadId === undefined ? {} : { thread_id: threadId }) }
    return (await as(person, 'POST', `channels/${channelId}/messages`, body)).body
  }
  const at = (message: { id: string }, verb: string): string => `channels/${channelId}/messages/${message.id}/${verb}`

  test('who takes part follows; who does not want to leaves; the list goes by the newest reply', async () => {
    const [first, second] = [await send(ada, 'first'), await send(ada, 'second')]
    const reply = await send(ben, 'to the second', second.id)
    await send(ben, 'to the first', first.id)
    const followed = async (person: Person): Promise<string[]> =>
      (await as(person, 'GET', 'threads')).body.items.map(({ content }: { content: string }) => content)
    expect(await followed(ada)).toEqual(['first', 'second'])
    expect((await as(ada, 'GET', at(first, 'thread'))).body).toMatchObject({ following: true })

    // By any message of the thread.
    expect((await as(ben, 'DELETE', at(reply, 'thread/follow'))).status).toBe(204)
    await send(ben, 'once more', second.id)
    expect(await followed(ben)).toEqual(['first'])
    expect(await followed(ada)).toEqual(['second', 'first'])
    expect((await as(ben, 'GET', at(second, 'thread'))).body).toMatchObject({ following: false })
    expect((await as(ben, 'PUT', at(second, 'thread/follow'))).status).toBe(204)
    const page = await as(ben, 'GET', 'threads?limit=1')
    expect(page.body.items).toMatchObject([{ content: 'second', reply_count: 2 }])
    const rest = await as(ben, 'GET', `threads?limit=1&cursor=${page.body.next}`)
    expect(rest.body).toMatchObject({ items: [{ content: 'first' }], next: null })
    expect((await as(ben, 'GET', 'threads?cursor=x')).body.error.details.path).toBe('cursor')
    for (const path of ['threads', 'saved', 'saved/ids']) expect((await as(undefined, 'GET', path)).status).toBe(401)
  })

  test('what one saves is one’s own, until it is taken off or deleted', async () => {
    const [kept, gone] = [await send(ada, 'kept'), await send(ada, 'gone')]
    for (const message of [kept, gone, kept]) expect((await as(ben, 'PUT', at(message, 'save'))).status).toBe(204)
    const saved = await as(ben, 'GET', 'saved')
    expect(saved.body.items.map(({ message }: { message: { content: string } }) => message.content)).toEqual([
      'gone',
      'kept',
    ])
    expect(saved.body.items[1].message).toEqual(kept)
    expect((await as(ada, 'GET', 'saved')).body).toEqual({ items: [], next: null })
    await as(ada, 'DELETE', `channels/${channelId}/messages/${gone.id}`)
    expect((await as(ben, 'GET', 'saved')).body.items).toMatchObject([{ message: { id: kept.id } }])
    expect((await as(ben, 'PUT', at(gone, 'save'))).status).toBe(404)
    expect((await as(ben, 'DELETE', at(kept, 'save'))).status).toBe(204)
    expect((await as(ben, 'GET', 'saved')).body.items).toEqual([])
  })

  test('SV-3: every device knows what is saved: from the ids on, live and after it was away; nobody else does', async () => {
    const [one, other] = [await send(ada, 'one'), await send(ada, 'other')]
    await as(ben, 'PUT', at(one, 'save'))
    const { body: ids } = await as(ben, 'GET', 'saved/ids')
    expect(ids).toMatchObject({ message_ids: [one.id], stream: `user:${ben.id}` })
    expect((await as(undefined, 'GET', 'saved/ids')).status).toBe(401)
    await using device = await LiveSocket.open(server.liveUrl, ben.token)
    await using adas = await LiveSocket.open(server.liveUrl, ada.token)
    device.send({ type: 'subscribe', stream: 'me', after: ids.seq })
    adas.send({ type: 'subscribe', stream: 'me', after: 0 })
    await Promise.all([device.next('subscribed'), adas.next('subscribed')])
    await as(ben, 'PUT', at(other, 'save'))
    await as(ben, 'PUT', at(other, 'save'))
    const told = await device.next('saved_changed')
    expect(told).toMatchObject({ message_id: other.id, saved: true, changed_seq: ids.seq + 1 })
    await as(ben, 'DELETE', at(one, 'save'))
    expect(await device.next('saved_changed', ({ saved }) => saved === false)).toMatchObject({ message_id: one.id })

    await using late = await LiveSocket.open(server.liveUrl, ben.token)
    late.send({ type: 'subscribe', stream: 'me', after: ids.seq })
    await late.next('subscribed')
    expect(late.frames.filter(({ type }) => type === 'saved_changed')).toMatchObject([
      { message_id: other.id, saved: true },
      { message_id: one.id, saved: false },
    ])
    const last = await send(ben, 'the last one', one.id)
    await adas.until(() => adas.frames.find(({ type }) => type === 'own_thread_changed'), 'what is after it')
    expect(last.id).toBeDefined()
    expect(adas.frames.filter(({ type }) => type === 'saved_changed')).toEqual([])
  })
})
