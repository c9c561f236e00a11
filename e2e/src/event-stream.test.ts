/** Server-Sent Events from a real server: a reader with `Last-Event-ID` misses nothing over a restart and a crash; visitors see the Lobby. */
import { describe, expect, test } from 'vitest'
import { EventReader } from './event-reader.ts'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer, type Server } from './start-server.ts'

const SETTINGS = { CHANNEL_RATE_LIMIT: '10000/10', LOBBY_RATE_LIMIT: '10000/10' }

async function lobbyOf(server: Server): Promise<string> {
  return (await rest(server.url, 'GET', '/api/site')).body.lobby.id
}

async function say(server: Server, person: Person, channelId: string, content: string): Promise<void> {
  const path = `/api/channels/${channelId}/messages`
  const sent = await rest(server.url, 'POST', path, { token: person.token, body: { content } })
  expect(sent.status).toBe(201)
}

/** What a reader has of one channel, over all its connections: repeats are dropped by `changed_seq`. */
class Transcript {
  readonly contents: string[] = []
  lastEventId: string | undefined
  #cursor = 0
  #seen = 0

  take(reader: EventReader): void {
    for (const frame of reader.frames.slice(this.#seen)) {
      this.#seen++
      const changedSeq: unknown = frame['changed_seq']
      if (typeof changedSeq !== 'number' || changedSeq <= this.#cursor) continue
      this.#cursor = changedSeq
      if (frame.type === 'new_message') this.contents.push(String(frame['content']))
    }
    this.lastEventId = reader.lastEventId ?? this.lastEventId
  }

  begin(): void {
    this.#seen = 0
  }
}

describe('over the end of the server', () => {
  test('a reader with Last-Event-ID has everything, in order: after a restart, after kill -9, and while it is busy', async () => {
    await using data = await dataFolder()
    const transcript = new Transcript()
    const expected: string[] = []
    let person: Person | undefined
    let channelId = ''
    for (const end of ['stop', 'kill', 'stop', 'kill'] as const) {
      await using server = await startServer({ data: data.path, settings: SETTINGS })
      person ??= await newPerson(server.url, 'reader')
      channelId ||= await newChannel(server.url, person.token, 'for readers')
      const speaker: Person = person
      const sayAll = async (word: string, count: number): Promise<void> => {
        for (let index = 0; index < count; index++) {
          expected.push(`${word} ${index} of ${expected.length}`)
          await say(server, speaker, channelId, expected.at(-1) ?? '')
        }
      }
      await sayAll('while nobody read', 5)
      transcript.begin()
      const query = `streams=channel:${channelId}@0&tab_id=${crypto.randomUUID()}`
      const reader = await EventReader.open(server.url, query, {
        token: person.token,
        lastEventId: transcript.lastEventId,
      })
      await reader.next('subscribed')
      await sayAll('live', 5)
      const placed = reader.lastEventId
      await reader.until(() => (reader.lastEventId === placed ? undefined : true), 'a place')
      // No place comes for these, or it does: it must not matter.
      await sayAll('at the end', 3)
      if (end === 'stop') {
        const stopped = server.stop()
        await reader.next('error', (frame) => frame['code'] === 'server.restarting')
        await reader.until(() => reader.retryMs, 'when to come again')
        await Promise.all([reader.ended, stopped])
      } else {
        await server.crash()
        await reader.ended
      }
      transcript.take(reader)
    }
    await using server = await startServer({ data: data.path, settings: SETTINGS })
    transcript.begin()
    await using reader = await EventReader.open(server.url, `streams=channel:${channelId}`, {
      token: person?.token ?? '',
      lastEventId: transcript.lastEventId,
    })
    await reader.next('subscribed')
    transcript.take(reader)
    expect(transcript.contents).toEqual(expected)
  })
})

describe('visitors', () => {
  test('read the Lobby live, and nothing else; who signs out stops reading', async () => {
    await using server = await startServer({
      settings: { ...SETTINGS, LOBBY_ACCESS: 'read', LIVE_VISITORS_PER_ADDRESS_MAX: '3' },
    })
    const host = await newPerson(server.url, 'host')
    const lobbyId = await lobbyOf(server)
    const query = `streams=channel:${lobbyId}`
    const channelId = await newChannel(server.url, host.token, 'members only')

    await using visitor = await EventReader.open(server.url, query)
    expect(await visitor.next('connected')).toMatchObject({ user: null })
    await visitor.next('subscribed')
    await say(server, host, lobbyId, 'welcome')
    expect(await visitor.next('new_message')).toMatchObject({ content: 'welcome', username: 'host' })

    const refused = await EventReader.open(server.url, `${query},channel:${channelId}`)
    expect([refused.status, refused.refusal]).toMatchObject([401, { error: { code: 'auth.required' } }])
    expect(await LiveSocket.refusal(server.liveUrl)).toBe(401)

    // Strangers have their bound, and members still get in.
    const more = [await EventReader.open(server.url, query), await EventReader.open(server.url, query)]
    expect((await EventReader.open(server.url, query)).status).toBe(429)
    const member = await EventReader.open(server.url, `streams=channel:${channelId}`, { token: host.token })
    await member.next('subscribed')
    for (const each of more) await each[Symbol.asyncDispose]()

    expect((await rest(server.url, 'POST', '/api/auth/logout', { token: host.token })).status).toBe(204)
    expect(await member.next('error')).toMatchObject({ code: 'auth.session_ended' })
    await member.ended
  })

  test('are refused where the Lobby is closed', async () => {
    await using server = await startServer({ settings: { LOBBY_ACCESS: 'off' } })
    const query = `streams=channel:${await lobbyOf(server)}`
    const refused = await EventReader.open(server.url, query)
    expect([refused.status, refused.refusal]).toMatchObject([401, { error: { code: 'auth.required' } }])
    const member = await newPerson(server.url, 'member')
    await using allowed = await EventReader.open(server.url, query, { token: member.token })
    await allowed.next('subscribed')
  })
})
