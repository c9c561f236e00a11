/** What was acknowledged is there after any end of the server; who was signed in still is. */
import { describe, expect, test } from 'vitest'
import { LiveSocket, type Frame } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer } from './start-server.ts'

const SENDERS = 20
const ACKS_BEFORE_CRASH = 400
const PACING = { CHANNEL_RATE_LIMIT: '10000/10' }

/** Sends one message after the other until its connection ends, each after the ack of the one before. */
async function sendUntilCut(
  live: LiveSocket,
  channelId: string,
  onAck: (ack: Frame, content: string) => void,
): Promise<void> {
  for (let index = 0; ; index++) {
    const clientId = crypto.randomUUID()
    const content = `${clientId} number ${index}`
    live.send({ type: 'send_message', channel_id: channelId, content, client_id: clientId })
    try {
      onAck(await live.next('ack', (frame) => frame['client_id'] === clientId), content)
    } catch {
      return
    }
  }
}

async function readWhole(
  url: string,
  token: string,
  channelId: string,
): Promise<{ id: string; seq: number; content: string }[]> {
  const messages: { id: string; seq: number; content: string }[] = []
  let cursor: string | null = null
  do {
    const page = await rest(
      url,
      'GET',
      `/api/channels/${channelId}/messages?limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      { token },
    )
    messages.push(...page.body.items)
    cursor = page.body.next
  } while (cursor !== null)
  return messages.toReversed()
}

describe('the server is killed', () => {
  test('kill -9 while 20 clients send: every acknowledged message is there, in order, once', async () => {
    await using data = await dataFolder()
    const acks: { id: string; seq: number; content: string }[] = []
    let people: Person[]
    let channelId: string
    {
      await using server = await startServer({ data: data.path, settings: PACING })
      people = await Promise.all(
        Array.from({ length: SENDERS }, (_, index) => newPerson(server.url, `sender-${index}`)),
      )
      channelId = await newChannel(server.url, people[0]?.token ?? '', 'under fire')
      const sockets = await Promise.all(people.map((person) => LiveSocket.open(server.liveUrl, person.token)))
      const enough = Promise.withResolvers<void>()
      const senders = sockets.map((live) =>
        sendUntilCut(live, channelId, (ack, content) => {
          acks.push({ id: String(ack['id']), seq: Number(ack['seq']), content })
          if (acks.length === ACKS_BEFORE_CRASH) enough.resolve()
        }),
      )
      await enough.promise
      await server.crash()
      await Promise.all(senders)
    }

    // The database of the first start is still alive: the second start takes it over.
    await using server = await startServer({ data: data.path, settings: PACING })
    const stored = await readWhole(server.url, people[0]?.token ?? '', channelId)
    const bySeq = new Map(stored.map((message) => [message.seq, message]))
    expect(bySeq.size).toBe(stored.length)
    expect(new Set(stored.map((message) => message.content)).size).toBe(stored.length)
    expect(stored.map((message) => message.seq)).toEqual(stored.map((message) => message.seq).toSorted((a, b) => a - b))
    for (const ack of acks) expect(bySeq.get(ack.seq)).toMatchObject({ id: ack.id, content: ack.content })
    expect(stored.length).toBeLessThanOrEqual(acks.length + SENDERS)

    // Tokens outlive the server, and the next message goes on where the stream was.
    const next = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
      token: people[1]?.token ?? '',
      body: { content: 'after the crash' },
    })
    expect(next.status).toBe(201)
    expect(next.body.seq).toBeGreaterThan(stored.at(-1)?.seq ?? 0)
  })

  test('a client that was away gets what it missed from the store, after a restart too', async () => {
    await using data = await dataFolder()
    let reader: Person
    let channelId: string
    let cursor: number
    {
      await using server = await startServer({ data: data.path })
      reader = await newPerson(server.url, 'reader')
      channelId = await newChannel(server.url, reader.token, 'missed')
      await using live = await LiveSocket.open(server.liveUrl, reader.token)
      live.send({ type: 'subscribe', channel_id: channelId })
      cursor = (await live.next('subscribed'))['seq']
    }
    await using server = await startServer({ data: data.path })
    const writer = await newPerson(server.url, 'writer')
    for (let index = 0; index < 5; index++) {
      await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
        token: writer.token,
        body: { content: `missed ${index}` },
      })
    }
    await using live = await LiveSocket.open(server.liveUrl, reader.token)
    live.send({ type: 'resume', streams: { [`channel:${channelId}`]: cursor } })
    const subscribed = await live.next('subscribed')
    const between = live.frames.slice(
      live.frames.findIndex((frame) => frame.type === 'replay') + 1,
      live.frames.indexOf(subscribed),
    )
    expect(between.map((frame) => frame.type)).toEqual([
      'member_changed',
      ...Array.from({ length: 5 }, () => 'new_message'),
    ])
    expect(between.map((frame) => frame['changed_seq'])).toEqual(
      Array.from({ length: 6 }, (_, index) => cursor + 1 + index),
    )
    expect(subscribed).toMatchObject({ recovered: true, seq: cursor + 6 })
  })
})
