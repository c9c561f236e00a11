/** Attacks on a real server, while honest clients go on: each is answered as the protocol says, and nobody else loses anything. */
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { EventReader } from './event-reader.ts'
import { HonestCrowd } from './honest-crowd.ts'
import { LiveSocket } from './live-socket.ts'
import { RawTcp, webSocketFrame } from './raw-tcp.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const HONEST = 10
const FRAME_BYTES_MAX = 64 * 1024
const SOCKETS_PER_USER_MAX = 8
const SOCKETS_PER_ADDRESS_MAX = 20
const SUBSCRIPTIONS_MAX = 40
const VISITORS_MAX = 60
const HEADERS_TIMEOUT_MS = 1_500
const REQUEST_TIMEOUT_MS = 3_000
/** Generous: what is looked for is growth without bound. */
const MEMORY_GROWTH_MAX = 2

const SETTINGS = {
  // Nobody is a visitor here: who says nothing of themselves is refused.
  LOBBY_ACCESS: 'read',
  CHANNEL_RATE_LIMIT: '10000/10',
  LIVE_HEARTBEAT_MS: '1000',
  LIVE_UNDRAINED_TIMEOUT_MS: '1500',
  HTTP_HEADERS_TIMEOUT_MS: String(HEADERS_TIMEOUT_MS),
  HTTP_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
  LIVE_SOCKETS_PER_USER_MAX: String(SOCKETS_PER_USER_MAX),
  LIVE_SOCKETS_PER_ADDRESS_MAX: String(SOCKETS_PER_ADDRESS_MAX),
  // One attacker does it all, and each attack that is thrown out costs ten opens: by default they would be let in no more after six.
  LIVE_OPENS_PER_USER: '10000/1',
  LIVE_SUBSCRIPTIONS_MAX: String(SUBSCRIPTIONS_MAX),
  LIVE_VISITORS_MAX: String(VISITORS_MAX),
  // So that an attack can come from an address that is not that of the honest ones.
  TRUSTED_PROXIES: 'loopback',
}

let server: Server
let crowd: HonestCrowd
let attacker: Person
let accomplices: Person[]
let channelId: string
let residentBefore: number

beforeAll(async () => {
  server = await startServer({ settings: SETTINGS })
  const people: Person[] = []
  for (let index = 0; index < HONEST; index++) people.push(await newPerson(server.url, `honest-${index}`))
  attacker = await newPerson(server.url, 'attacker')
  accomplices = []
  for (let index = 0; index < 5; index++) accomplices.push(await newPerson(server.url, `accomplice-${index}`))
  channelId = await newChannel(server.url, attacker.token, 'the square')
  crowd = await HonestCrowd.open(server.liveUrl, people, channelId)
  await crowd.goesOn()
  residentBefore = await residentBytes()
})

afterAll(async () => {
  await crowd[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

afterEach(async () => {
  await crowd.goesOn()
  if (crowd.faults.length > 0) throw new Error(`the honest ones suffered: ${crowd.faults.slice(0, 5).join('; ')}`)
  if (server.command.child.exitCode !== null) throw new Error(`the server ended: ${server.command.output()}`)
})

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.command.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024
}

async function letGo(sockets: readonly WebSocket[]): Promise<void> {
  const closed = sockets.map((socket) => new Promise((done) => socket.once('close', done)))
  for (const socket of sockets) socket.terminate()
  await Promise.all(closed)
}

function live(): Promise<LiveSocket> {
  return LiveSocket.open(server.liveUrl, attacker.token)
}

async function expectStillAnswered(socket: LiveSocket): Promise<void> {
  const t = Math.random()
  socket.send({ type: 'ping', t })
  await socket.next('pong', (frame) => frame['t'] === t)
}

describe('who does not read or write', () => {
  test('who reads nothing is closed with 4408, also when it goes on writing, and gives its place back', async () => {
    const [sloth] = accomplices
    const open = () => new WebSocket(`${server.liveUrl}?token=${sloth?.token ?? ''}`)
    const slow: { socket: WebSocket; closed: Promise<number> }[] = []
    for (let count = 0; count < SOCKETS_PER_USER_MAX; count++) {
      const socket = open()
      socket.on('error', () => undefined)
      const closed = new Promise<number>((done) => socket.once('close', done))
      await new Promise((opened) => socket.once('open', opened))
      socket.send(JSON.stringify({ type: 'subscribe', channel_id: channelId }))
      socket.pause()
      slow.push({ socket, closed })
    }
    const writing = setInterval(() => {
      for (const { socket } of slow.slice(0, SOCKETS_PER_USER_MAX / 2)) socket.send('{"type":"ping"}')
    }, 100)
    // More than the system holds between the two ends, until all eight places are free again.
    const content = '好'.repeat(10_000)
    const path = `/api/channels/${channelId}/messages`
    const fresh: WebSocket[] = []
    while (fresh.length < SOCKETS_PER_USER_MAX) {
      const said = await rest(server.url, 'POST', path, { token: attacker.token, body: { content } })
      expect(said.status).toBe(201)
      const socket = open()
      const isOpen = await new Promise<boolean>((done) => {
        socket.on('error', () => done(false))
        socket.once('open', () => done(true))
      })
      if (isOpen) fresh.push(socket)
    }
    clearInterval(writing)
    // The close frame stands behind all that was not read; a server that has cut the connection before is right as well.
    for (const { socket, closed } of slow) {
      socket.resume()
      expect([4408, 1006]).toContain(await closed)
    }
    await letGo(fresh)
  })

  test('half a frame is waited for two heartbeats: 4408', async () => {
    await using raw = await RawTcp.openLive(server.url, attacker.token)
    raw.write(webSocketFrame('{"type":"pi', { saidLength: 100 }))
    expect(await raw.closeCode()).toBe(4408)
  })

  test('who never says who they are is refused before the upgrade', async () => {
    expect(await LiveSocket.refusal(server.liveUrl)).toBe(401)
    expect(await LiveSocket.refusal(`${server.liveUrl}?token=nonsense`)).toBe(401)
    expect(await LiveSocket.refusal(`${server.liveUrl}?token=${'x'.repeat(8_000)}`)).toBe(401)
  })

  test('who says nothing at all, and who sends a header byte by byte, is closed with 408', async () => {
    const silent = await Promise.all(Array.from({ length: 20 }, () => RawTcp.open(server.url)))
    await using slow = await RawTcp.open(server.url)
    slow.write('GET /ws HTTP/1.1\r\nhost: x\r\n')
    const drip = setInterval(() => slow.write('x-slow: 1\r\n'), 50)
    try {
      expect(await slow.httpStatus()).toBe(408)
      await slow.closed
      await Promise.all(silent.map((each) => each.closed))
    } finally {
      clearInterval(drip)
      for (const each of silent) await each[Symbol.asyncDispose]()
    }
  })
})

describe('who begins and does not go on', () => {
  const upgradeBegun = 'GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n'

  test('hundreds of handshakes that stop half way take no place from anybody, and end with 408', async () => {
    const half = await Promise.all(Array.from({ length: 400 }, () => RawTcp.open(server.url)))
    try {
      for (const each of half) each.write(upgradeBegun)
      await using socket = await live()
      await expectStillAnswered(socket)
      expect((await rest(server.url, 'GET', '/healthz')).status).toBe(200)
      await Promise.all(half.map((each) => each.closed))
      expect(new Set(await Promise.all(half.map((each) => each.httpStatus())))).toEqual(new Set([408]))
    } finally {
      for (const each of half) await each[Symbol.asyncDispose]()
    }
  })

  test('bodies byte by byte end with 408', async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, () => RawTcp.open(server.url)))
    for (const each of slow) {
      each.write('POST /api/users/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n')
      each.write('content-length: 100000\r\n\r\n{')
    }
    const drip = setInterval(() => {
      for (const each of slow) each.write(' ')
    }, 50)
    try {
      expect(new Set(await Promise.all(slow.map((each) => each.httpStatus())))).toEqual(new Set([408]))
      await Promise.all(slow.map((each) => each.closed))
    } finally {
      clearInterval(drip)
      for (const each of slow) await each[Symbol.asyncDispose]()
    }
  })

  test('a pipeline of requests takes its turn, and one that is too long is cut off', async () => {
    const request = 'GET /api/site HTTP/1.1\r\nhost: x\r\n\r\n'
    await using patient = await RawTcp.open(server.url)
    patient.write(request.repeat(50))
    const answers = () => patient.text.split('HTTP/1.1 200').length - 1
    await patient.until(() => answers() >= 50, 'all answers')
    expect(answers()).toBe(50)
    await using greedy = await RawTcp.open(server.url)
    greedy.write(request.repeat(20_000))
    await greedy.closed
  })
})

describe('frames', () => {
  test('one byte too many: 1009; a length beyond all memory: 1009, without waiting for it', async () => {
    await using exact = await live()
    exact.send(`{"type":"ping"}${' '.repeat(FRAME_BYTES_MAX - 15)}`)
    await exact.next('pong')
    exact.send(' '.repeat(FRAME_BYTES_MAX + 1))
    expect(await exact.closed).toMatchObject({ code: 1009 })

    await using boundless = await RawTcp.openLive(server.url, attacker.token)
    boundless.write(webSocketFrame('x', { saidLength: 2 ** 40 }))
    expect(await boundless.closeCode()).toBe(1009)

    await using inParts = await RawTcp.openLive(server.url, attacker.token)
    const part = Buffer.alloc(8_192, ' ')
    inParts.write(webSocketFrame(part, { isFinal: false }))
    for (let sent = 1; sent <= FRAME_BYTES_MAX / part.length; sent++) {
      inParts.write(webSocketFrame(part, { isFinal: false, opcode: 0 }))
    }
    expect(await inParts.closeCode()).toBe(1009)
  })

  test('a frame in parts without end is not collected for ever', async () => {
    await using raw = await RawTcp.openLive(server.url, attacker.token)
    raw.write(webSocketFrame('', { isFinal: false }))
    const nothing = webSocketFrame('', { isFinal: false, opcode: 0 })
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => nothing))
    for (let count = 0; count < 50 && !raw.isClosed; count++) raw.write(many)
    expect([1008, 4408, 4429]).toContain(await raw.closeCode())
  })

  test.each([
    ['deep JSON', '['.repeat(30_000), undefined],
    ['a deep object', '{"type":'.repeat(5_000), undefined],
    ['no JSON', '{"type":"ping"', undefined],
    ['a prototype as a type', '{"type":"__proto__"}', 'type'],
    ['an unknown field', '{"type":"ping","x":1}', 'x'],
    ['a number beyond numbers', `{"type":"subscribe","stream":"channel:x","after":1e999}`, 'after'],
  ])('%s gets an error; the twentieth closes with 4400', async (_, text, path) => {
    await using socket = await live()
    socket.send(text)
    const error = await socket.next('error')
    expect(error).toMatchObject({ code: 'live.invalid_frame' })
    expect(error['path']).toBe(path)
    await expectStillAnswered(socket)
    for (let count = 1; count < 20; count++) socket.send(text)
    expect(await socket.closed).toMatchObject({ code: 4400 })
  })

  test('binary frames get errors, then 4400', async () => {
    await using raw = await RawTcp.openLive(server.url, attacker.token)
    for (let count = 0; count < 20; count++) raw.write(webSocketFrame('{"type":"ping"}', { opcode: 2 }))
    expect(await raw.closeCode()).toBe(4400)
    expect(raw.text).toContain('live.invalid_frame')
  })

  test.each([
    ['invalid UTF-8', webSocketFrame(Buffer.from([0x22, 0xc3, 0x28, 0x22])), 1007],
    ['no mask', webSocketFrame('{"type":"ping"}', { isMasked: false }), 1002],
    ['a reserved bit', webSocketFrame('{"type":"ping"}', { reserved: 4 }), 1002],
    ['all reserved bits', webSocketFrame('{"type":"ping"}', { reserved: 7 }), 1002],
    ['a reserved opcode', webSocketFrame('{"type":"ping"}', { opcode: 3 }), 1002],
    ['a continuation of nothing', webSocketFrame('{"type":"ping"}', { opcode: 0 }), 1002],
    ['a ping in parts', webSocketFrame('x', { opcode: 9, isFinal: false }), 1002],
    ['a ping that is too long', webSocketFrame(Buffer.alloc(126), { opcode: 9 }), 1002],
    ['a close frame of one byte', webSocketFrame('x', { opcode: 8 }), 1002],
  ])('%s is closed as RFC 6455 has it', async (_, bytes, code) => {
    await using raw = await RawTcp.openLive(server.url, attacker.token)
    raw.write(bytes)
    expect(await raw.closeCode()).toBe(code)
  })
})

describe('too much', () => {
  test('a thousand subscriptions: as many as allowed, and an error for each further one', async () => {
    const channels: string[] = []
    for (let index = 0; index < SUBSCRIPTIONS_MAX + 5; index++) {
      channels.push(await newChannel(server.url, attacker.token, `heap ${index}`))
    }
    await using socket = await live()
    const foreign = Array.from({ length: 955 }, () => crypto.randomUUID())
    const streams = Object.fromEntries([...channels, ...foreign].map((id) => [`channel:${id}`, 0]))
    socket.send({ type: 'resume', streams })
    const errors = () => socket.frames.filter((frame) => frame.type === 'error')
    const settled = () => errors().length + socket.frames.filter((frame) => frame.type === 'subscribed').length
    await socket.until(() => (settled() === 1_000 ? true : undefined), 'an answer for each')
    expect(socket.frames.filter((frame) => frame.type === 'subscribed')).toHaveLength(SUBSCRIPTIONS_MAX)
    expect(new Set(errors().map((frame) => frame['code']))).toEqual(new Set(['live.too_many_subscriptions']))
    await expectStillAnswered(socket)
  })

  test('a thousand subscriptions to what there is not, or is not for them, are refused alike and leave nothing behind', async () => {
    await using socket = await live()
    const foreign = Array.from({ length: 1_000 }, () => crypto.randomUUID())
    socket.send({ type: 'resume', streams: Object.fromEntries(foreign.map((id) => [`channel:${id}`, 0])) })
    const errors = () => socket.frames.filter((frame) => frame.type === 'error')
    await socket.until(() => (errors().length === 1_000 ? true : undefined), 'an answer for each')
    // While they are looked up they take the places that there are.
    expect(new Set(errors().map((frame) => frame['code']))).toEqual(
      new Set(['live.unknown_stream', 'live.too_many_subscriptions']),
    )
    const own = await newChannel(server.url, attacker.token, 'after the unknown ones')
    socket.send({ type: 'subscribe', channel_id: own })
    await socket.next('subscribed')
    await expectStillAnswered(socket)
  })

  test('a flood of frames, of pings, and of empty frames is closed with 4429', async () => {
    await using frames = await live()
    for (let count = 0; count < 3_000; count++) frames.send({ type: 'ping', t: count })
    expect(await frames.closed).toMatchObject({ code: 4429 })

    for (const flood of [webSocketFrame('', { opcode: 9 }), webSocketFrame('')]) {
      await using raw = await RawTcp.openLive(server.url, attacker.token)
      for (let count = 0; count < 100; count++) raw.write(Buffer.concat(Array.from({ length: 100 }, () => flood)))
      expect([4400, 4429]).toContain(await raw.closeCode())
    }
  })

  test('many sockets of one user, and from one address, are refused with 429, and let go of', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const open = async (person: Person, address: string): Promise<WebSocket | number> => {
      const socket = new WebSocket(`${server.liveUrl}?token=${person.token}`, { headers: from(address) })
      return new Promise((done) => {
        socket.on('error', () => undefined)
        socket.once('open', () => done(socket))
        socket.once('unexpected-response', (sent, answer) => {
          sent.destroy()
          done(answer.statusCode ?? 0)
        })
      })
    }
    const count = async (
      attempts: Promise<WebSocket | number>[],
    ): Promise<{ open: WebSocket[]; refused: number[] }> => {
      const answers = await Promise.all(attempts)
      return {
        open: answers.filter((answer) => typeof answer !== 'number'),
        refused: answers.filter((answer) => typeof answer === 'number'),
      }
    }
    const [loner, ...others] = accomplices.slice(1)
    if (loner === undefined) throw new Error('there are no accomplices')
    const ofUser = await count(Array.from({ length: 30 }, (_, index) => open(loner, `203.0.113.${index}`)))
    expect(ofUser.open).toHaveLength(SOCKETS_PER_USER_MAX)
    expect(new Set(ofUser.refused)).toEqual(new Set([429]))
    await letGo(ofUser.open)

    const ofAddress = await count(
      others.flatMap((person) => Array.from({ length: 8 }, () => open(person, '203.0.113.99'))),
    )
    expect(ofAddress.open).toHaveLength(SOCKETS_PER_ADDRESS_MAX)
    expect(new Set(ofAddress.refused)).toEqual(new Set([429]))
    await letGo(ofAddress.open)
    await using _ = await live()
  })
})

describe('HTTP', () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    new Promise<number>((done, failed) => {
      const sent = request(
        `${server.url}/api/users/login`,
        { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        (answer) => {
          answer.resume()
          done(answer.statusCode ?? 0)
        },
      )
      sent.on('error', failed)
      sent.end(body)
    })

  test('a body over the limit: 413, by its head or by what comes', async () => {
    expect(await post('x'.repeat(300 * 1024))).toBe(413)
    await using raw = await RawTcp.open(server.url)
    const head = 'POST /api/users/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    raw.write(`${head}transfer-encoding: chunked\r\n\r\n`)
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    for (let count = 0; count < 20; count++) raw.write(chunk)
    expect([413, 'cut']).toContain(await raw.httpStatusOrCut())
    await using liar = await RawTcp.open(server.url)
    liar.write(`${head}content-length: 99999999999\r\n\r\n`)
    expect(await liar.httpStatus()).toBe(413)
  })

  test('headers over the limit: 431', async () => {
    await using raw = await RawTcp.open(server.url)
    raw.write(`GET /api/site HTTP/1.1\r\nhost: x\r\nx-much: ${'x'.repeat(20 * 1024)}\r\n\r\n`)
    expect(await raw.httpStatus()).toBe(431)
  })

  test('a flood of header lines, in a request and behind its body, and of what stands beside a chunk', async () => {
    await using lines = await RawTcp.open(server.url)
    lines.write(`GET /api/site HTTP/1.1\r\nhost: x\r\n${'a:1\r\n'.repeat(50_000)}\r\n`)
    expect([431, 'cut']).toContain(await lines.httpStatusOrCut())
    const head =
      'POST /api/users/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked'
    await using trailers = await RawTcp.open(server.url)
    trailers.write(`${head}\r\n\r\n2\r\n{}\r\n0\r\n${'a:1\r\n'.repeat(50_000)}\r\n`)
    expect([400, 413, 422, 431, 'cut']).toContain(await trailers.httpStatusOrCut())
    await trailers.closed
    await using beside = await RawTcp.open(server.url)
    beside.write(`${head}\r\n\r\n2;${'x'.repeat(200_000)}\r\n{}\r\n0\r\n\r\n`)
    expect([400, 413, 'cut']).toContain(await beside.httpStatusOrCut())
  })

  test('a request with two lengths is none', async () => {
    await using raw = await RawTcp.open(server.url)
    raw.write('POST /api/users/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n')
    raw.write('content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n')
    expect(await raw.httpStatus()).toBe(400)
  })

  test('deep JSON of somebody who is signed in: 4xx', async () => {
    const content = '['.repeat(60_000) + ']'.repeat(60_000)
    const answer = await fetch(`${server.url}/api/channels/${channelId}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${attacker.token}` },
      body: `{"content":${content}}`,
    })
    expect(answer.status).toBe(422)
  })

  test.each([
    ['deep JSON', '['.repeat(100_000)],
    ['a prototype', '{"__proto__":{"password":"x"},"constructor":{}}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['a password of a megabyte would be', JSON.stringify({ username: 'x', password: 'p'.repeat(200_000) })],
  ])('%s: 4xx', async (_, body) => {
    const status = await post(body)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })

  test('what is no HTTP at all: 400', async () => {
    await using raw = await RawTcp.open(server.url)
    raw.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 is this TLS?\r\n\r\n')
    expect(await raw.httpStatus()).toBe(400)
  })
})

describe('event streams', () => {
  /** From an address of one's own, so that the honest ones keep their places. */
  const from = (address: string) => ({ 'x-forwarded-for': address })

  test('who reads nothing of one is ended, and gives its place back', async () => {
    const query = `streams=channel:${channelId}`
    const open = () => EventReader.open(server.url, query, { token: accomplices[0]?.token ?? '' })
    const slow: IncomingMessage[] = []
    for (let count = 0; count < SOCKETS_PER_USER_MAX; count++) {
      const headers = { authorization: `Bearer ${accomplices[0]?.token ?? ''}` }
      const asked = request(`${server.url}/api/events?${query}`, { headers, agent: false }).end()
      asked.on('error', () => undefined)
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.on('error', () => undefined)
      // Nobody listens to its data: it is not read.
      slow.push(answer)
    }
    expect((await open()).status).toBe(429)
    const content = '好'.repeat(10_000)
    let free = await open()
    while (free.status === 429) {
      const path = `/api/channels/${channelId}/messages`
      expect((await rest(server.url, 'POST', path, { token: attacker.token, body: { content } })).status).toBe(201)
      free = await open()
    }
    expect(free.status).toBe(200)
    await free[Symbol.asyncDispose]()
    for (const answer of slow) answer.destroy()
  })

  test.each([
    ['51 streams', `streams=${Array.from({ length: 51 }, () => `channel:${crypto.randomUUID()}`).join()}`, 'streams'],
    ['no stream', 'streams=__proto__', 'streams.0'],
    ['a place beyond numbers', 'streams=channel:01900000-0000-7000-8000-000000000001@1e999', 'streams.0'],
    ['no session', 'session_id=x', 'session_id'],
    ['nothing at all', '', 'streams'],
  ])('%s: 422 with its path', async (_, query, path) => {
    const refused = await EventReader.open(server.url, query, { token: attacker.token })
    expect([refused.status, refused.refusal]).toMatchObject([422, { error: { details: { path } } }])
  })

  test('a forged Last-Event-ID is refused, and one of somebody else opens nothing', async () => {
    const query = `streams=channel:${channelId}`
    const own = await EventReader.open(server.url, query, { token: attacker.token })
    const id = await own.until(() => own.lastEventId, 'a place')
    await own[Symbol.asyncDispose]()
    for (const lastEventId of ['x', `${id}0`, id.replace('e1', 'e2'), '%00', 'e1.'.repeat(2_000)]) {
      const refused = await EventReader.open(server.url, query, { token: attacker.token, lastEventId })
      expect([refused.status, refused.refusal]).toMatchObject([422, { error: { details: { path: 'Last-Event-ID' } } }])
    }
    const stranger = await EventReader.open(server.url, query, { lastEventId: id, headers: from('203.0.113.7') })
    expect(stranger.status).toBe(401)
  })

  test('a thousand visitors: as many as allowed, 429 for the rest, and none is left', async () => {
    const query = `streams=channel:${(await rest(server.url, 'GET', '/api/site')).body.lobby.id}`
    const visit = (address: string) => EventReader.open(server.url, query, { headers: from(address) })
    const answers: EventReader[] = []
    for (let round = 0; round < 10; round++) {
      answers.push(...(await Promise.all(Array.from({ length: 100 }, (_, index) => visit(`198.51.100.${index}`)))))
    }
    const opened = answers.filter(({ status }) => status === 200)
    expect(opened).toHaveLength(VISITORS_MAX)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]))
    await using member = await EventReader.open(server.url, query, { token: attacker.token })
    await member.next('subscribed')
    await Promise.all(opened.map((each) => each[Symbol.asyncDispose]()))
    await vi.waitFor(async () => {
      await using again = await visit('198.51.100.1')
      expect(again.status).toBe(200)
    })
  })

  test('requests behind one that does not end get no answer, and fill no memory', async () => {
    await using raw = await RawTcp.open(server.url)
    const head = `host: x\r\nauthorization: Bearer ${attacker.token}\r\n`
    raw.write(`GET /api/events?streams=channel:${channelId} HTTP/1.1\r\n${head}\r\n`)
    await raw.until(() => raw.text.includes('event: subscribed'), 'the stream')
    const more = `GET /api/channels HTTP/1.1\r\n${head}\r\n`.repeat(50)
    for (let count = 0; count < 100 && !raw.isClosed; count++) raw.write(more)
    await crowd.goesOn()
    expect(raw.text.split('HTTP/1.1 ')).toHaveLength(2)
  })
})

test('after all of it: nothing broke on the server, and it holds no more memory than it must', async () => {
  await crowd.settled()
  const residentAfter = await residentBytes()
  expect(residentAfter / residentBefore).toBeLessThan(MEMORY_GROWTH_MAX)
  expect(server.command.output()).not.toMatch(/\b(ERROR|FATAL)\b|"level":(50|60)|Unhandled|Uncaught/)
})
