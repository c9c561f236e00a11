/** What people do with messages that are there, over REST, as the others see it live and as a newcomer reads it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Answer, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

describe('edit, delete, react, pin', () => {
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

  const room = async (name: string) => {
    const channelId = await newChannel(server.url, ada.token, name)
    const call = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
      rest(server.url, method, `/api/channels/${channelId}/${path}`, {
        token: person.token,
        ...(body === undefined ? {} : { body }),
      })
    const send = async (person: Person, content: string, more: object = {}) =>
      (await call(person, 'POST', 'messages', { content, ...more })).body
    /** Follows the channel as a subscriber does, from now on. */
    const watch = async (person: Person) => {
      const live = await LiveSocket.open(server.liveUrl, person.token)
      live.send({ type: 'subscribe', channel_id: channelId })
      await live.next('subscribed')
      return live
    }
    return { channelId, call, send, watch }
  }

  test('an edit reaches the others at once; what it replaced is for moderators', async () => {
    const { call, send, watch } = await room('edits')
    const message = await send(ben, 'tuesday')
    await using live = await watch(ada)
    const edited = await call(ben, 'PATCH', `messages/${message.id}`, { content: 'wednesday' })
    expect(edited).toMatchObject({ status: 200, body: { id: message.id, seq: message.seq, content: 'wednesday' } })
    expect(await live.next('message_updated')).toEqual({ type: 'message_updated', ...edited.body })
    expect(Date.parse(edited.body.edited_at)).toBeGreaterThanOrEqual(Date.parse(message.timestamp))

    // Once more is no change; somebody else's is not theirs to edit; what is no text is told by its field.
    expect((await call(ben, 'PATCH', `messages/${message.id}`, { content: 'wednesday' })).body).toEqual(edited.body)
    expect(await call(ada, 'PATCH', `messages/${message.id}`, { content: 'never' })).toMatchObject({
      status: 403,
      body: { error: { code: 'permission.denied' } },
    })
    expect(await call(ben, 'PATCH', `messages/${message.id}`, { content: ' ' })).toMatchObject({
      status: 422,
      body: { error: { details: { path: 'content' } } },
    })

    const history = await call(ada, 'GET', `messages/${message.id}/edits`)
    expect(history).toMatchObject({
      status: 200,
      body: { items: [{ content: 'tuesday', timestamp: message.timestamp }] },
    })
    expect((await call(ben, 'GET', `messages/${message.id}/edits`)).status).toBe(403)
    expect((await call(ada, 'GET', 'messages?limit=1')).body.items).toEqual([edited.body])
  })

  test('reactions of several people, with any emoji that there is', async () => {
    const { call, send, watch } = await room('reactions')
    const message = await send(ada, 'done')
    await using live = await watch(ben)
    const emoji = ['👍', '❤️', '1️⃣', '🏳️‍🌈', '👩🏽‍❤️‍💋‍👨🏿', '🏴󠁧󠁢󠁷󠁬󠁳󠁿']
    const react = (person: Person, method: string, which: string) =>
      call(person, method, `messages/${message.id}/reactions/${encodeURIComponent(which)}`)
    for (const which of emoji) expect((await react(ada, 'PUT', which)).status).toBe(200)
    const both = await react(ben, 'PUT', '👍')
    expect(both.body.reactions).toEqual([
      { emoji: '👍', count: 2, usernames: ['ada', 'ben'] },
      ...emoji.slice(1).map((which) => ({ emoji: which, count: 1, usernames: ['ada'] })),
    ])
    expect(await live.next('reaction_changed', ({ changed_seq }) => changed_seq === both.body.changed_seq)).toEqual({
      type: 'reaction_changed',
      stream: message.stream,
      channel_id: message.channel_id,
      id: message.id,
      seq: message.seq,
      changed_seq: both.body.changed_seq,
      reactions: both.body.reactions,
    })
    expect((await react(ben, 'PUT', '👍')).body).toEqual(both.body)
    for (const which of emoji) await react(ada, 'DELETE', which)
    const left = await react(ben, 'DELETE', '👍')
    expect(left.body).not.toHaveProperty('reactions')
    expect(await live.next('reaction_changed', ({ reactions }) => reactions.length === 0)).toMatchObject({
      changed_seq: left.body.changed_seq,
    })
    expect(await react(ada, 'PUT', ':thumbsup:')).toMatchObject({
      status: 422,
      body: { error: { details: { path: 'emoji' } } },
    })
    const many = [
      '😀',
      '😁',
      '😂',
      '🤣',
      '😃',
      '😄',
      '😅',
      '😆',
      '😉',
      '😊',
      '😋',
      '😎',
      '😍',
      '😘',
      '🥰',
      '😗',
      '😙',
      '😚',
      '🙂',
      '🤗',
    ]
    for (const which of many) expect((await react(ada, 'PUT', which)).status).toBe(200)
    expect(await react(ben, 'PUT', '🤩')).toMatchObject({
      status: 409,
      body: { error: { code: 'message.too_many_reactions' } },
    })
    expect((await react(ben, 'PUT', '🤗')).status).toBe(200)
  })

  test('a deleted message is gone for everybody, and its thread stays', async () => {
    const { call, send, watch } = await room('deletions')
    const root = await send(ben, 'a secret')
    const reply = await send(ada, 'a reply', { thread_id: root.id })
    await call(ben, 'PATCH', `messages/${root.id}`, { content: 'another secret' })
    await using live = await watch(ada)
    // Ada made the channel, so she moderates it; Ben does not.
    expect((await call(ben, 'DELETE', `messages/${reply.id}`)).status).toBe(403)
    expect((await call(ada, 'DELETE', `messages/${root.id}`)).status).toBe(204)
    const told = await live.next('message_deleted')
    expect(told).toMatchObject({ id: root.id, seq: root.seq, username: 'ben', reply_count: 1 })
    expect(JSON.stringify(told)).not.toContain('secret')

    for (const path of ['', '/edits']) expect((await call(ada, 'GET', `messages/${root.id}${path}`)).status).toBe(404)
    const thread = await call(ben, 'GET', `messages/${root.id}/thread`)
    expect(thread.body).toMatchObject({ root: { id: root.id, deleted: true, content: '' }, items: [reply] })
    const history = await call(ben, 'GET', 'messages')
    expect(history.body.items).toMatchObject([reply, { id: root.id, deleted: true, content: '', reply_count: 1 }])
    expect(history.body.seq).toBe(told['changed_seq'])
    expect(await call(ben, 'POST', 'messages', { content: 'late', thread_id: root.id })).toMatchObject({
      status: 422,
      body: { error: { code: 'message.thread_not_found' } },
    })

    expect((await call(ada, 'DELETE', `messages/${reply.id}`)).status).toBe(204)
    await live.next('message_deleted', ({ id }) => id === reply.id)
    await live.next('message_deleted', (frame) => frame['id'] === root.id && !('reply_count' in frame))
    expect((await call(ben, 'GET', 'messages')).body.items).toEqual([])
    expect((await call(ben, 'GET', `messages/${root.id}/thread`)).status).toBe(404)
  })

  test('pins are seen by everybody who reads the channel', async () => {
    const { call, send, watch } = await room('pins')
    const [first, second] = [await send(ada, 'first'), await send(ada, 'second')]
    await using live = await watch(ada)
    expect(await call(ben, 'PUT', `messages/${first.id}/pin`)).toMatchObject({
      status: 200,
      body: { pinned_by: 'ben' },
    })
    const pinned = await call(ada, 'PUT', `messages/${second.id}/pin`)
    expect(await live.next('message_updated', ({ id }) => id === second.id)).toEqual({
      type: 'message_updated',
      ...pinned.body,
    })
    const pins = await call(ben, 'GET', 'pins')
    expect(pins.body).toMatchObject({ stream: first.stream, seq: pinned.body.changed_seq })
    expect(pins.body.items.map(({ id }: { id: string }) => id)).toEqual([second.id, first.id])
    expect((await call(ben, 'DELETE', `messages/${second.id}/pin`)).body).not.toHaveProperty('pinned_at')
    expect((await call(ben, 'GET', 'pins')).body.items).toMatchObject([{ id: first.id }])
    expect((await rest(server.url, 'GET', `/api/channels/${first.channel_id}/pins`)).status).toBe(401)
  })

  test('who comes back later gets the state, however it came about', async () => {
    const { channelId, call, send } = await room('later')
    const [kept, gone] = [await send(ada, 'kept'), await send(ben, 'gone')]
    await call(ada, 'PATCH', `messages/${kept.id}`, { content: 'changed' })
    await call(ben, 'PUT', `messages/${kept.id}/reactions/${encodeURIComponent('👀')}`)
    const last = await call(ada, 'PUT', `messages/${kept.id}/pin`)
    await call(ben, 'DELETE', `messages/${gone.id}`)
    await using live = await LiveSocket.open(server.liveUrl, ben.token)
    live.send({ type: 'subscribe', channel_id: channelId, after: gone.seq })
    await live.next('subscribed')
    const changes = live.frames.filter(({ type }) => type.startsWith('message_'))
    expect(changes).toEqual([
      { type: 'message_updated', ...last.body },
      expect.objectContaining({ type: 'message_deleted', id: gone.id }),
    ])
  })
})
