/** A whole crowd comes back at one moment, after a restart and after a kill: nobody is turned away, and nobody misses anything. */
import { expect, test } from 'vitest'
import { LiveSocket, type Frame } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer, type Server } from './start-server.ts'

const PEOPLE = 15
/** Within the bound for one person, so that no bound is raised but that of the address. */
const SESSIONS_EACH = 20
const CHANNELS = 30
const STREAMS_EACH = 20
const SETTINGS = { CHANNEL_RATE_LIMIT: '10000/10', LIVE_SOCKETS_PER_ADDRESS_MAX: '1000', LIVE_HEARTBEAT_MS: '500' }

/** One client: its session, and a cursor for each stream, by which it drops what it has. */
class Member {
  readonly token: string
  readonly cursors: Map<string, number>
  readonly contents: string[] = []
  live: LiveSocket | undefined
  sessionId = ''
  #seen = 0

  constructor(token: string, streams: readonly string[]) {
    this.token = token
    this.cursors = new Map(streams.map((stream) => [stream, -1]))
  }

  async open(server: Server): Promise<Frame> {
    const asked = this.sessionId === '' ? '' : `&session_id=${this.sessionId}`
    this.live = await LiveSocket.openAt(`${server.liveUrl}?token=${encodeURIComponent(this.token)}${asked}`)
    this.#seen = 0
    const connected = await this.live.next('connected')
    this.sessionId = String(connected['session_id'])
    return connected
  }

  /** Waits until each stream is at its head. */
  async current(heads: ReadonlyMap<string, number>): Promise<void> {
    await this.live?.until(() => {
      this.#take()
      return [...this.cursors].every(([stream, cursor]) => cursor === heads.get(stream)) || undefined
    }, 'all that there is')
  }

  #take(): void {
    for (const frame of this.live?.frames.slice(this.#seen) ?? []) {
      this.#seen++
      const stream = String(frame['stream'])
      const cursor = this.cursors.get(stream)
      if (cursor === undefined) continue
      if (frame.type === 'subscribed') this.cursors.set(stream, Math.max(cursor, frame['seq']))
      const changedSeq: unknown = frame['changed_seq']
      if (typeof changedSeq !== 'number' || changedSeq <= cursor) continue
      this.cursors.set(stream, changedSeq)
      if (frame.type === 'new_message') this.contents.push(String(frame['content']))
    }
  }
}

class House {
  readonly heads = new Map<string, number>()
  readonly #said: { readonly stream: string; readonly content: string }[] = []
  readonly #talker: Person

  constructor(talker: Person) {
    this.#talker = talker
  }

  async say(server: Server, channelIds: readonly string[], word: string): Promise<void> {
    for (const channelId of channelIds) {
      const content = `${word} in ${channelId}`
      const sent = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
        token: this.#talker.token,
        body: { content },
      })
      if (sent.status !== 201) throw new Error(`a message was refused: ${sent.status} ${JSON.stringify(sent.body)}`)
      const stream = `channel:${channelId}`
      this.heads.set(stream, sent.body.seq)
      this.#said.push({ stream, content })
    }
  }

  /** What a member who watches these streams has heard. */
  heardBy(member: Member): string[] {
    return this.#said.flatMap(({ stream, content }) => (member.cursors.has(stream) ? [content] : [])).toSorted()
  }
}

test('three hundred sessions of twenty streams come back at one moment, after a restart and after a kill', async () => {
  await using data = await dataFolder()
  let server = await startServer({ data: data.path, settings: SETTINGS })
  const settings = { ...SETTINGS, PORT: new URL(server.url).port }
  try {
    const talker = await newPerson(server.url, 'talker')
    const house = new House(talker)
    const channelIds: string[] = []
    for (let index = 0; index < CHANNELS; index++) {
      channelIds.push(await newChannel(server.url, talker.token, `room ${index}`))
    }
    const members: Member[] = []
    for (let index = 0; index < PEOPLE; index++) {
      const { token } = await newPerson(server.url, `member-${index}`)
      for (let session = 0; session < SESSIONS_EACH; session++) {
        const from = (index * SESSIONS_EACH + session) % CHANNELS
        const streams = [...channelIds, ...channelIds].slice(from, from + STREAMS_EACH).map((id) => `channel:${id}`)
        members.push(new Member(token, streams))
      }
    }
    for (const member of members) {
      await member.open(server)
      for (const stream of member.cursors.keys()) member.live?.send({ type: 'subscribe', stream })
      await member.live?.until(
        () => member.live?.frames.filter(({ type }) => type === 'subscribed').length === STREAMS_EACH || undefined,
        'every subscription',
      )
    }
    await house.say(server, channelIds, 'before')
    await Promise.all(members.map((member) => member.current(house.heads)))

    for (const [how, end] of [
      ['restart', () => server.stop()],
      ['kill', () => server.crash()],
    ] as const) {
      // What a second before a kill did not store, a client asks for with its own cursors: that has a test of its own.
      await storedBy(members)
      await end()
      await Promise.all(members.map(({ live }) => live?.closed ?? Promise.resolve()))
      server = await startServer({ data: data.path, settings })
      await house.say(server, channelIds, `away at the ${how}`)
      const [returns] = await Promise.all([
        Promise.all(members.map((member) => member.open(server))),
        house.say(server, channelIds, `during the ${how}`),
      ])
      expect(returns.filter(({ resumed }) => resumed !== true)).toEqual([])
      await Promise.all(members.map((member) => member.current(house.heads)))
      for (const member of members) expect(member.contents.toSorted()).toEqual(house.heardBy(member))
    }
    for (const { live } of members) live?.cut()
  } finally {
    await server[Symbol.asyncDispose]()
  }
}, 300_000)

/** Two heartbeats later the last change of a session is on its way to the store, where it is a second after that. */
async function storedBy(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ live }) => live?.pinged(6) ?? Promise.resolve()))
}
