/** A live session outlives its socket, a restart and a crash of the server: what was missed arrives, and nothing is lost. */
import { createApi, LiveConnection } from '@glasshouse/client'
import { describe, expect, test, vi } from 'vitest'
import { LiveSocket, type Frame } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer, type Server } from './start-server.ts'

const HEARTBEAT_MS = 200
const SETTINGS = { LIVE_HEARTBEAT_MS: String(HEARTBEAT_MS), CHANNEL_RATE_LIMIT: '10000/10' }
/** Changes of a session are written once a second: from then on they survive a crash. */
const WRITTEN_AFTER_MS = 1_000

async function say(server: Server, person: Person, channelId: string, contents: readonly string[]): Promise<void> {
  for (const content of contents) {
    const sent = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
      token: person.token,
      body: { content },
    })
    expect(sent.status).toBe(201)
  }
}

const numbered = (word: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${word} ${at}`)

/** A client as the protocol describes it: one cursor, and repeats are dropped by it. */
class Reader {
  readonly contents: string[] = []
  cursor = 0
  /** Frames that it had already. */
  repeats = 0

  take(live: LiveSocket, from = 0): void {
    for (const frame of live.frames.slice(from)) {
      if (frame.type === 'subscribed' && frame['recovered'] === false) this.cursor = frame['seq']
      const changedSeq: unknown = frame['changed_seq']
      if (typeof changedSeq !== 'number') continue
      if (changedSeq <= this.cursor) this.repeats++
      else {
        this.cursor = changedSeq
        if (frame.type === 'new_message') this.contents.push(String(frame['content']))
      }
    }
  }
}

interface Opened {
  readonly live: LiveSocket
  readonly connected: Frame
}

async function open(server: Server, person: Person, sessionId?: string): Promise<Opened> {
  const asked = sessionId === undefined ? '' : `&session_id=${sessionId}`
  const live = await LiveSocket.openAt(`${server.liveUrl}?token=${encodeURIComponent(person.token)}${asked}`)
  return { live, connected: await live.next('connected') }
}

/** The position of the stream that the server knows to have arrived, as a socket that takes the session over is told. */
async function expectSettled(server: Server, person: Person, sessionId: string, seq: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { live, connected } = await open(server, person, sessionId)
      live.cut()
      expect(connected['resumed']).toBe(true)
      expect(connected['streams'][0]?.seq).toBe(seq)
    },
    { timeout: 20_000, interval: HEARTBEAT_MS },
  )
}

describe('a live session', () => {
  test('comes back after a cut: what others wrote meanwhile arrives once, and nobody else can open it', async () => {
    await using server = await startServer({ settings: SETTINGS })
    const [reader, writer] = [await newPerson(server.url, 'reader'), await newPerson(server.url, 'writer')]
    const channelId = await newChannel(server.url, writer.token, 'sessions')
    const { live, connected } = await open(server, reader)
    const sessionId: string = connected['session_id']
    expect(connected).toMatchObject({ resumed: false, streams: [] })
    live.send({ type: 'subscribe', channel_id: channelId })
    await live.next('subscribed')
    await say(server, writer, channelId, numbered('seen', 5))
    await live.next('new_message', (frame) => frame['content'] === 'seen 4')
    live.cut()
    await live.closed
    const mine = new Reader()
    mine.take(live)
    await say(server, writer, channelId, numbered('missed', 10))

    const stranger = await open(server, writer, sessionId)
    expect(stranger.connected).toMatchObject({ resumed: false, streams: [] })
    expect(stranger.connected['session_id']).not.toBe(sessionId)

    const again = await open(server, reader, sessionId)
    expect(again.connected).toMatchObject({ session_id: sessionId, resumed: true })
    expect(again.connected['streams']).toEqual([{ stream: `channel:${channelId}`, seq: expect.any(Number) }])
    expect(again.connected['streams'][0].seq).toBeLessThanOrEqual(mine.cursor)
    await again.live.next('subscribed')
    await say(server, writer, channelId, ['live again'])
    await again.live.next('new_message', (frame) => frame['content'] === 'live again')
    mine.take(again.live)
    expect(mine.contents).toEqual([...numbered('seen', 5), ...numbered('missed', 10), 'live again'])

    // The newest socket wins; and when the reader signs out, the session has ended.
    const newest = await open(server, reader, sessionId)
    expect((await again.live.closed).code).toBe(4409)
    await rest(server.url, 'POST', '/api/auth/logout', { token: reader.token })
    expect((await newest.live.closed).code).toBe(4401)
    const signedIn = await rest(server.url, 'POST', '/api/users/login', {
      body: { username: reader.username, password: reader.password },
    })
    const after = await open(server, { ...reader, token: signedIn.body.token }, sessionId)
    expect(after.connected['resumed']).toBe(false)
    for (const each of [stranger, after]) await each.live[Symbol.asyncDispose]()
  })

  test('replays no more than what followed the last answered ping', async () => {
    await using server = await startServer({ settings: SETTINGS })
    const [reader, writer] = [await newPerson(server.url, 'reader'), await newPerson(server.url, 'writer')]
    const channelId = await newChannel(server.url, writer.token, 'sessions')
    const { live, connected } = await open(server, reader)
    live.send({ type: 'subscribe', channel_id: channelId })
    const start: number = (await live.next('subscribed'))['seq']
    await say(server, writer, channelId, numbered('seen', 5))
    await live.next('new_message', (frame) => frame['content'] === 'seen 4')
    await live.pinged(3)
    live.cut()
    await expectSettled(server, reader, connected['session_id'], start + 5)
  })

  test.each([
    ['SIGTERM', 'stop'],
    ['kill -9', 'crash'],
  ] as const)('comes back after %s: everything missed before, during and after arrives once', async (_name, end) => {
    await using data = await dataFolder()
    let people: { reader: Person; writer: Person }
    let channelId: string
    let sessionId: string
    const mine = new Reader()
    {
      await using server = await startServer({ data: data.path, settings: SETTINGS })
      people = { reader: await newPerson(server.url, 'reader'), writer: await newPerson(server.url, 'writer') }
      channelId = await newChannel(server.url, people.writer.token, 'sessions')
      const { live, connected } = await open(server, people.reader)
      sessionId = connected['session_id']
      live.send({ type: 'subscribe', channel_id: channelId })
      await live.next('subscribed')
      const subscribedAtMs = performance.now()
      await say(server, people.writer, channelId, numbered('seen', 5))
      await live.next('new_message', (frame) => frame['content'] === 'seen 4')
      if (end === 'crash') {
        // What a crash may lose is the last second: the subscription is older than that, and heartbeats have passed since.
        do await live.pinged(1)
        while (performance.now() - subscribedAtMs < 2 * WRITTEN_AFTER_MS)
      }
      await say(server, people.writer, channelId, numbered('late', 3))
      await server[end]()
      await live.closed
      mine.take(live)
    }
    await using server = await startServer({ data: data.path, settings: SETTINGS })
    await say(server, people.writer, channelId, numbered('missed', 5))
    const again = await open(server, people.reader, sessionId)
    expect(again.connected).toMatchObject({
      session_id: sessionId,
      resumed: true,
      streams: [{ stream: `channel:${channelId}` }],
    })
    await again.live.next('subscribed')
    mine.take(again.live)
    expect(mine.contents).toEqual([...numbered('seen', 5), ...numbered('late', 3), ...numbered('missed', 5)])
    await again.live[Symbol.asyncDispose]()
  })

  test('the SDK goes on with it by itself, over a crash too, and heals what the last second lacks', async () => {
    await using data = await dataFolder()
    const server = await startServer({ data: data.path, settings: SETTINGS })
    const { port } = new URL(server.url)
    const [reader, writer] = [await newPerson(server.url, 'reader'), await newPerson(server.url, 'writer')]
    const channels = [
      await newChannel(server.url, writer.token, 'first'),
      await newChannel(server.url, writer.token, 'second'),
    ]
    const live = new LiveConnection({
      url: server.liveUrl,
      token: () => reader.token,
      backoffMs: { min: 50, max: 200 },
    })
    const heard: string[] = []
    const follow = async (channelId: string): Promise<void> => {
      const page = await createApi({ baseUrl: server.url, token: () => reader.token }).listMessages({
        params: { channel_id: channelId },
      })
      if (!page.ok) throw new Error(page.error.message)
      await new Promise<void>((caughtUp) => {
        live.subscribe(`channel:${channelId}`, {
          after: page.value.seq,
          onChanges: (changes) => {
            for (const change of changes) if (change.type === 'new_message') heard.push(change.content)
          },
          onReset: () => expect.unreachable('nothing is so far behind'),
          onError: (error) => expect.unreachable(error.message),
          onCaughtUp: () => caughtUp(),
        })
      })
    }
    live.connect()
    try {
      await follow(channels[0] ?? '')
      await say(server, writer, channels[0] ?? '', ['one'])
      await vi.waitFor(() => expect(heard).toEqual(['one']), { timeout: 20_000 })
      const { sessionId } = live.stats
      const began = performance.now()
      // Long enough for the first to be written; the second is younger than a crash forgives.
      await vi.waitFor(() => expect(performance.now() - began).toBeGreaterThan(2 * WRITTEN_AFTER_MS), {
        timeout: 20_000,
      })
      await follow(channels[1] ?? '')
      await server.crash()
      await using next = await startServer({ data: data.path, settings: { ...SETTINGS, PORT: port } })
      await say(next, writer, channels[0] ?? '', ['two'])
      await say(next, writer, channels[1] ?? '', ['three'])
      await vi.waitFor(() => expect(heard.toSorted()).toEqual(['one', 'three', 'two']), { timeout: 20_000 })
      expect(live.stats.sessionId).toBe(sessionId)
      live.close()
    } finally {
      live.close()
      await server[Symbol.asyncDispose]()
    }
  })
})
