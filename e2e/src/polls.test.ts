/** Messages that ask something, over REST, as the others see it live. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

describe('polls', () => {
  let server: Server
  let ada: Person
  let ben: Person
  let channelId: string
  beforeAll(async () => {
    server = await startServer()
    ada = await newPerson(server.url, 'ada')
    ben = await newPerson(server.url, 'ben')
    channelId = await newChannel(server.url, ada.token, 'asking')
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const call = (person: Person, method: string, path: string, body?: unknown) =>
    rest(server.url, method, `/api/channels/${channelId}/${path}`, {
      token: person.token,
      ...(body === undefined ? {} : { body }),
    })
  const ask = (poll: object) => call(ada, 'POST', 'messages', { content: 'a question', poll })
  const vote = (person: Person, message: { id: string }, ...options: number[]) =>
    call(person, 'PUT', `messages/${message.id}/poll/votes`, { options })

  test('votes are counted live, may be changed, and are known to who gave them', async () => {
    const asked = await ask({ question: ' When? ', options: ['Monday', 'Tuesday'] })
    const message = asked.body
    expect(asked).toMatchObject({
      status: 201,
      body: {
        poll: {
          question: 'When?',
          options: [
            { text: 'Monday', votes: 0, usernames: [] },
            { text: 'Tuesday', votes: 0, usernames: [] },
          ],
          multiple: false,
          anonymous: false,
          voters: 0,
        },
      },
    })
    expect((await call(ben, 'GET', 'messages?limit=1')).body.items).toEqual([message])
    await using live = await LiveSocket.open(server.liveUrl, ada.token)
    live.send({ type: 'subscribe', channel_id: channelId })
    await live.next('subscribed')
    await vote(ada, message, 0)
    const both = await vote(ben, message, 0)
    expect(both.body.poll).toMatchObject({
      voters: 2,
      options: [{ votes: 2, usernames: ['ada', 'ben'] }, { votes: 0 }],
    })
    expect(await live.next('message_updated', ({ changed_seq }) => changed_seq === both.body.changed_seq)).toEqual({
      type: 'message_updated',
      ...both.body,
    })
    expect((await vote(ben, message, 0)).body.changed_seq).toBe(both.body.changed_seq)
    expect((await vote(ben, message, 1)).body.poll).toMatchObject({ options: [{ votes: 1 }, { votes: 1 }] })
    expect((await call(ben, 'GET', `messages/${message.id}/poll/votes`)).body).toEqual({ options: [1] })
    expect((await vote(ben, message)).body.poll).toMatchObject({ voters: 1 })
    expect(await vote(ben, message, 0, 1)).toMatchObject({
      status: 422,
      body: { error: { details: { path: 'options' } } },
    })
    expect((await vote(ben, message, 2)).status).toBe(422)
    expect((await call(ada, 'DELETE', `messages/${message.id}`)).status).toBe(204)
    expect((await vote(ben, message, 0)).status).toBe(404)
    expect((await call(ben, 'GET', `messages/${message.id}/poll/votes`)).status).toBe(404)
  })

  test('several votes, without names, until it ends', async () => {
    const endsAt = new Date(Date.now() + 3_000).toISOString()
    const { body: message } = await ask({
      question: 'Which?',
      options: ['a', 'b', 'c'],
      multiple: true,
      anonymous: true,
      ends_at: endsAt,
    })
    expect(message.poll).toMatchObject({ multiple: true, anonymous: true, ends_at: endsAt })
    const voted = await vote(ben, message, 2, 0)
    expect(voted.body.poll).toMatchObject({
      voters: 1,
      options: [{ votes: 1 }, { votes: 0 }, { votes: 1 }],
    })
    expect(JSON.stringify(voted.body.poll)).not.toContain('ben')
    await expect
      .poll(async () => (await vote(ben, message, 1)).body.error?.code, { timeout: 20_000, interval: 500 })
      .toBe('poll.ended')
  })

  test('what cannot be asked is refused with its field, and a message without a question has no votes', async () => {
    const good = { question: 'Q', options: ['a', 'b'] }
    const bad = [
      ['poll.options.1', { ...good, options: ['a', ' a '] }],
      ['poll.question', { ...good, question: '\u200b' }],
      ['poll.ends_at', { ...good, ends_at: '2020-01-01T00:00:00Z' }],
      ['poll.ends_at', { ...good, ends_at: 'soon' }],
      ['poll.options', { ...good, options: ['a'] }],
    ] as const
    for (const [path, poll] of bad) {
      expect(await ask(poll)).toMatchObject({ status: 422, body: { error: { details: { path } } } })
    }
    const { body: plain } = await call(ada, 'POST', 'messages', { content: 'no question' })
    expect((await vote(ben, plain, 0)).status).toBe(404)
  })
})
