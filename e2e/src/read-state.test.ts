/** How far people have read, over REST, and as their other devices hear it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

describe('read positions, unread counts and preferences', () => {
  let server: Server
  let ada: Person
  let ben: Person
  beforeAll(async () => {
    server = await startServer()
    ada = await newPerson(server.url, 'ada')
    ben = await newPerson(server.url, 'ben')
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const as = (person: Person | undefined, method: string, path: string, body?: unknown) =>
    rest(server.url, method, `/api/${path}`, {
      ...(person === undefined ? {} : { token: person.token }),
      ...(body === undefined ? {} : { body }),
    })
  const send = async (person: Person, channelId: string, content: string, threadId?: string) => {
    const body = { content, ...(threadId === undefined ? {} : { thread_id: threadId }) }
    return (await as(person, 'POST', `channels/${channelId}/messages`, body)).body
  }
  const channelWithBoth = async (name: string): Promise<string> => {
    const channelId = await newChannel(server.url, ada.token, name)
    await as(ben, 'PUT', `channels/${channelId}/members/me`)
    return channelId
  }
  const unreadOf = async (person: Person, channelId: string) => {
    const { body } = await as(person, 'GET', 'unread')
    const mine = ({ channel_id: id }: { channel_id: string }): boolean => id === channelId
    return { ...body, channel: body.channels.find(mine), threads: body.threads.filter(mine) }
  }

  test('RD-1, RD-3: what others wrote is unread until one has read it, and every device hears how far', async () => {
    const channelId = await channelWithBoth('reading')
    const first = await send(ada, channelId, 'hello @ben')
    const second = await send(ada, channelId, 'and more')
    await send(ben, channelId, 'my own is not')
    expect((await unreadOf(ben, channelId)).channel).toMatchObject({
      unread: [first.seq, second.seq],
      mentions: [first.seq],
    })
    await using phone = await LiveSocket.open(server.liveUrl, ben.token)
    phone.send({ type: 'subscribe', stream: 'me' })
    await phone.next('subscribed')

    const read = await as(ben, 'PUT', `channels/${channelId}/read`, { seq: first.seq })
    expect(read).toMatchObject({ status: 200, body: { read_seq: first.seq, mark: null } })
    expect(await phone.next('own_channel_changed')).toMatchObject({ channel_id: channelId, read_seq: first.seq })
    expect((await unreadOf(ben, channelId)).channel).toMatchObject({ unread: [second.seq], mentions: [] })
    // The other device was behind.
    expect((await as(ben, 'PUT', `channels/${channelId}/read`, { seq: 1 })).body.read_seq).toBe(first.seq)
    await as(ada, 'DELETE', `channels/${channelId}/messages/${second.id}`)
    expect((await unreadOf(ben, channelId)).channel).toMatchObject({ unread: [] })
  })

  test('RD-2: marked as unread, it stays so until it is opened anew; RD-6: or everything is read', async () => {
    const channelId = await channelWithBoth('marking')
    const first = await send(ada, channelId, 'one')
    await as(ben, 'PUT', `channels/${channelId}/read`, { seq: first.seq })
    const marked = await as(ben, 'PUT', `channels/${channelId}/unread`, { seq: first.seq })
    expect(marked.body).toMatchObject({ read_seq: first.seq, mark: { seq: first.seq } })
    await as(ben, 'PUT', `channels/${channelId}/read`, { seq: first.seq })
    expect((await unreadOf(ben, channelId)).channel.unread).toEqual([first.seq])
    const opened = { seq: 0, unmark: marked.body.mark.at }
    expect((await as(ben, 'PUT', `channels/${channelId}/read`, opened)).body.mark).toBeNull()
    expect((await unreadOf(ben, channelId)).channel.unread).toEqual([])

    await send(ada, channelId, 'two')
    await as(ben, 'PUT', `channels/${channelId}/unread`, { seq: first.seq })
    expect((await as(ben, 'PUT', 'unread/read')).status).toBe(204)
    expect((await unreadOf(ben, channelId)).channel).toMatchObject({ unread: [], mark: null })
  })

  test('RD-5: replies are unread in the threads that one follows, and nowhere else', async () => {
    const channelId = await channelWithBoth('threads')
    const root = await send(ben, channelId, 'root')
    const reply = await send(ada, channelId, 'reply', root.id)
    const unread = await unreadOf(ben, channelId)
    expect(unread.channel.unread).toEqual([])
    expect(unread.threads).toMatchObject([{ thread_id: root.id, unread: [reply.seq] }])
    const place = { seq: reply.seq, thread_id: root.id }
    expect((await as(ben, 'PUT', `channels/${channelId}/read`, place)).body).toMatchObject({ thread_id: root.id })
    expect((await unreadOf(ben, channelId)).threads).toMatchObject([{ unread: [] }])
    // The thread of another channel is none of this one.
    const other = await channelWithBoth('elsewhere')
    expect((await as(ben, 'PUT', `channels/${other}/unread`, { seq: 1, thread_id: root.id })).status).toBe(422)
    expect((await unreadOf(ben, channelId)).threads).toMatchObject([{ unread: [], mark: null }])
    await as(ben, 'DELETE', `channels/${channelId}/messages/${root.id}/thread/follow`)
    expect(await as(ben, 'PUT', `channels/${channelId}/read`, place)).toMatchObject({
      body: { error: { code: 'message.thread_not_found' } },
    })
  })

  test('RD-7: muted, favourite and section are one’s own, and the other devices hear them', async () => {
    const channelId = await channelWithBoth('sections')
    await using phone = await LiveSocket.open(server.liveUrl, ben.token)
    phone.send({ type: 'subscribe', stream: 'me' })
    await phone.next('subscribed')
    const path = `channels/${channelId}/preferences`
    const set = await as(ben, 'PATCH', path, { muted: true, section: ' Later ' })
    expect(set.body).toEqual({ channel_id: channelId, muted: true, favourite: false, section: 'Later' })
    expect(await phone.next('own_channel_changed')).toMatchObject({ muted: true, section: 'Later' })
    expect((await unreadOf(ben, channelId)).channel).toMatchObject({ muted: true, favourite: false })
    expect((await unreadOf(ada, channelId)).channel).toMatchObject({ muted: false, section: null })
    expect((await as(ben, 'PATCH', path, { section: '  ' })).body.error.details.path).toBe('section')
    expect((await as(ben, 'PATCH', path, {})).status).toBe(422)
  })

  test('is for those who are in the channel; what one may not see is not there', async () => {
    const open = await newChannel(server.url, ada.token, 'not mine')
    const hidden = await as(ada, 'POST', 'channels', { type: 'private', name: 'hidden' })
    for (const [method, verb, body] of [
      ['PUT', 'read', { seq: 1 }],
      ['PUT', 'unread', { seq: 1 }],
      ['PATCH', 'preferences', { muted: true }],
    ] as const) {
      expect((await as(ben, method, `channels/${open}/${verb}`, body)).body.error.code).toBe('permission.denied')
      expect((await as(ben, method, `channels/${hidden.body.id}/${verb}`, body)).status).toBe(404)
      expect((await as(undefined, method, `channels/${open}/${verb}`, body)).status).toBe(401)
    }
    expect((await as(undefined, 'GET', 'unread')).status).toBe(401)
    expect((await unreadOf(ben, open)).channel).toBeUndefined()
  })
})
