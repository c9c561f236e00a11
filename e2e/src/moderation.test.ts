/** A held message, from its author to the moderators and into the channel, over REST and live; and every door that a stranger tries. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EventReader } from './event-reader.ts'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Answer, type Person } from './rest.ts'
import { dataFolder, startServer, type DataFolder, type Server } from './start-server.ts'

const SECRET = 'mandragora'
const LINK = `https://example.test/${SECRET}`

describe('moderation', () => {
  let folder: DataFolder
  let server: Server
  let owner: Person
  let second: Person
  let author: Person
  let stranger: Person
  beforeAll(async () => {
    folder = await dataFolder()
    server = await startServer({ data: folder.path })
    owner = await newPerson(server.url, 'olga')
    second = await newPerson(server.url, 'mia')
    author = await newPerson(server.url, 'ann')
    stranger = await newPerson(server.url, 'stan')
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  const call = (person: Person | undefined, method: string, path: string, body?: unknown): Promise<Answer> =>
    rest(server.url, method, `/api${path}`, {
      ...(person === undefined ? {} : { token: person.token }),
      ...(body === undefined ? {} : { body }),
    })
  const must = async (person: Person, method: string, path: string, body?: unknown) => {
    const answer = await call(person, method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const room = async (name: string): Promise<string> => {
    const channelId = await newChannel(server.url, owner.token, name)
    await must(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'on' })
    await must(owner, 'PUT', `/channels/${channelId}/members/${second.id}`)
    await must(owner, 'PATCH', `/channels/${channelId}/members/${second.id}`, { role: 'moderator' })
    return channelId
  }
  const watch = async (person: Person, ...streams: string[]) => {
    const live = await LiveSocket.open(server.liveUrl, person.token)
    for (const stream of streams) {
      live.send({ type: 'subscribe', stream, after: 0 })
      await live.next('subscribed')
    }
    return live
  }

  test('in the Lobby, from the start: pending over the socket, told live, approved once, visible to all', async () => {
    const { items } = (await call(owner, 'GET', '/channels')).body
    const lobby = items.find((each: { is_lobby: boolean }) => each.is_lobby)
    expect(lobby.moderation).toBe('on')
    const channelId = await room('live')
    const stream = `channel:${channelId}`
    await using writer = await watch(author, stream, 'me')
    await using moderator = await watch(second, stream, 'me')
    await using reader = await watch(stranger, stream, 'me')

    const clientId = crypto.randomUUID()
    writer.send({ type: 'send_message', channel_id: channelId, content: LINK, client_id: clientId })
    const ack = await writer.next('ack')
    expect(ack).toMatchObject({ client_id: clientId, seq: null, status: 'pending' })
    const told = await moderator.next('message_held')
    expect(told).toMatchObject({ id: ack['id'], content: LINK, status: 'pending', held_for: ['link'], username: 'ann' })
    expect(await writer.next('message_held')).toMatchObject({ id: ack['id'] })
    // Sent once more after a lost answer, over the other door: the same answer.
    const again = await call(author, 'POST', `/channels/${channelId}/messages`, { content: LINK, client_id: clientId })
    expect(again).toMatchObject({ status: 202, body: { id: ack['id'], seq: null, status: 'pending' } })

    const decisions = await Promise.all(
      [owner, second].map((each) => call(each, 'POST', `/moderation/${ack['id']}`, { decision: 'approve' })),
    )
    expect(decisions.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const conflict = decisions.find(({ status }) => status === 409)?.body.error
    const winner = decisions[0]?.status === 200 ? 'olga' : 'mia'
    expect(conflict).toMatchObject({ code: 'moderation.decided', message: expect.stringContaining(winner) })
    const seq = decisions.find(({ status }) => status === 200)?.body.seq
    for (const live of [writer, moderator, reader]) {
      expect(await live.next('new_message')).toMatchObject({ id: ack['id'], seq, content: LINK, username: 'ann' })
    }
    const decided = { id: ack['id'], status: 'visible' }
    expect(await moderator.next('message_decided')).toMatchObject({ ...decided, decided_by: { username: winner } })
    // Who approved it is for the moderators: a report forgets it, and its author would see that.
    const toldAuthor = await writer.next('message_decided')
    expect(toldAuthor).toMatchObject(decided)
    expect(toldAuthor).not.toHaveProperty('decided_by')
    expect(reader.frames.filter(({ type }) => type.startsWith('message_'))).toEqual([])
  })

  test('it outlives a restart: held, decided, told', async () => {
    const channelId = await room('restart')
    const held = await must(author, 'POST', `/channels/${channelId}/messages`, { content: LINK })
    await server[Symbol.asyncDispose]()
    server = await startServer({ data: folder.path })
    expect((await call(owner, 'GET', `/moderation/queue?channel_id=${channelId}`)).body.items).toMatchObject([
      { id: held.id },
    ])
    expect(await must(owner, 'POST', `/moderation/${held.id}`, { decision: 'approve' })).toMatchObject({
      status: 'visible',
    })
    expect((await call(stranger, 'GET', `/channels/${channelId}/messages`)).body.items).toMatchObject([{ id: held.id }])
  })

  describe('a stranger sees nothing of a held, a removed and a private message', () => {
    let channelId: string
    let privateId: string
    let ids: string[]
    beforeAll(async () => {
      channelId = await room('doors')
      const held = await must(author, 'POST', `/channels/${channelId}/messages`, { content: LINK })
      const root = await must(owner, 'POST', `/channels/${channelId}/messages`, { content: 'a root' })
      const body = { content: `about ${SECRET}`, thread_id: root.id }
      const reply = await must(author, 'POST', `/channels/${channelId}/messages`, body)
      await must(author, 'POST', `/channels/${channelId}/messages`, {
        content: 'and a reply that stays',
        thread_id: root.id,
      })
      await must(owner, 'POST', `/moderation/${reply.id}`, { decision: 'remove', reason: 'off topic' })
      privateId = (await must(owner, 'POST', '/channels', { type: 'private', name: `the ${SECRET}` })).id
      const hidden = await must(owner, 'POST', `/channels/${privateId}/messages`, { content: `only ${SECRET}` })
      ids = [held.id, reply.id, hidden.id, root.id]
    })

    const doors: [string, () => Promise<readonly unknown[]>][] = [
      ['history', () => asked(`/channels/${channelId}/messages`, `/channels/${privateId}/messages`)],
      ['permalink', () => asked(...ids.slice(0, 3).map((id) => `/messages/${id}`))],
      [
        'one message',
        () =>
          asked(
            ...ids.slice(0, 3).flatMap((id) => [channelId, privateId].map((at) => `/channels/${at}/messages/${id}`)),
          ),
      ],
      ['thread', () => asked(...ids.map((id) => `/channels/${channelId}/messages/${id}/thread`))],
      ['edit history', () => asked(...ids.map((id) => `/channels/${channelId}/messages/${id}/edits`))],
      ['pins, saved, threads, unread', () => asked(`/channels/${channelId}/pins`, '/saved', '/threads', '/unread')],
      [
        'moderation',
        () =>
          asked(
            ...ids.map((id) => `/moderation/${id}`),
            '/moderation/queue',
            `/moderation/queue?channel_id=${channelId}`,
          ),
      ],
      ['own held ones', () => asked(`/channels/${channelId}/held`, `/channels/${privateId}/held`)],
      ['audit log', () => asked('/audit', `/audit?channel_id=${privateId}`)],
      [
        'reporting',
        () =>
          Promise.all(
            [ids[0], ids[2]].map((id) => call(stranger, 'POST', `/channels/${channelId}/messages/${id}/report`, {})),
          ),
      ],
      ['socket', overSocket],
      ['event stream', overEvents],
      ['page source', fromPages],
    ]
    test.each(doors)('%s', async (_, open) => {
      const answers = await open()
      expect(answers.length).toBeGreaterThan(0)
      expect(JSON.stringify(answers)).not.toContain(SECRET)
    })

    const asked = (...paths: string[]) => Promise.all(paths.map((path) => call(stranger, 'GET', path)))

    async function overSocket(): Promise<readonly unknown[]> {
      await using live = await LiveSocket.open(server.liveUrl, stranger.token)
      for (const stream of [
        `channel:${channelId}`,
        `channel:${privateId}`,
        'me',
        `user:${author.id}`,
        `user:${owner.id}`,
      ]) {
        live.send({ type: 'subscribe', stream, after: 0 })
      }
      await live.until(
        () => live.frames.filter(({ type }) => type === 'subscribed' || type === 'error').length === 5 || undefined,
        'five answers',
      )
      expect(live.frames.filter(({ type }) => type === 'error')).toHaveLength(3)
      return live.frames
    }

    async function overEvents(): Promise<readonly unknown[]> {
      const streams = `channel:${channelId},channel:${privateId},user:${author.id},me`
      await using reader = await EventReader.open(server.url, `streams=${streams}&tab_id=${crypto.randomUUID()}`, {
        token: stranger.token,
      })
      await must(author, 'POST', `/channels/${channelId}/messages`, { content: `${LINK}/events` })
      await must(owner, 'POST', `/channels/${privateId}/messages`, { content: SECRET })
      const last = await must(owner, 'POST', `/channels/${channelId}/messages`, { content: 'the last one' })
      await reader.next('new_message', ({ id }) => id === last.id)
      return reader.frames
    }

    async function fromPages(): Promise<readonly unknown[]> {
      const { username, password } = stranger
      const session = await rest(server.url, 'POST', '/api/auth/sessions', { body: { username, password } })
      const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? ''
      expect((await fetch(`${server.url}/chat/${channelId}`, { headers: { cookie } })).status).toBe(200)
      const pages = [
        `/chat/${channelId}`,
        `/chat/${privateId}`,
        ...ids.map((id) => `/m/${id}`),
        `/chat/${channelId}?thread=${ids[3]}`,
      ]
      return Promise.all(
        pages.map(async (path) => {
          const page = await fetch(server.url + path, { headers: { cookie } })
          return `${page.status} ${await page.text()}`
        }),
      )
    }
  })
})
