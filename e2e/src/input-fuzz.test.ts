/**
 * Whatever anybody sends to any route or over the socket: never an error of the server's own, never a hang, and each refusal in the one
 * form for errors. What is answered with success is what the contract promises.
 */
import {
  CLIENT_FRAMES,
  CLOSE_CODES,
  ErrorBody,
  ERRORS,
  parser,
  ROUTES,
  SERVER_FRAMES,
  type ClientFrameType,
  type Route,
  type RouteName,
} from '@glasshouse/contracts'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { hostilePart, hostileText, hostileValue } from './hostile-input.ts'
import { LiveSocket, type Frame } from './live-socket.ts'
import { newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const SEED = 20_261_121
const RUNS = 60
const ANSWER_TIMEOUT_MS = 10_000

let server: Server
let ada: Person
let ben: Person
beforeAll(async () => {
  server = await startServer({
    settings: {
      CHANNEL_RATE_LIMIT: '10000/10',
      LOBBY_RATE_LIMIT: '10000/10',
      MESSAGE_CHANGE_RATE_LIMIT: '10000/10',
      LIVE_FRAMES_PER_SECOND_MAX: '100000',
      LIVE_OPENS_PER_USER: '10000/10',
      LOG_FORMAT: 'json',
    },
  })
  ada = await newPerson(server.url, 'ada')
  ben = await newPerson(server.url, 'ben')
})
afterAll(() => server?.[Symbol.asyncDispose]())
afterEach(async () => {
  const { status } = await rest(server.url, 'GET', '/readyz')
  if (status !== 200) throw new Error(`the server is not ready: ${status}`)
  const faults = server.command.output().match(/^.*"level":"?(error|fatal|50|60)"?.*$/gm)
  if (faults !== null) throw new Error(`the server's log has errors: ${faults.join('; ').slice(0, 2_000)}`)
})

/** Things that there are, to be named by what is sent. */
async function newThings(): Promise<readonly string[]> {
  const make = async (path: string, body: object): Promise<string> => {
    const made = await rest(server.url, 'POST', `/api${path}`, { token: ada.token, body })
    if (made.status >= 300) throw new Error(`${path}: ${made.status} ${JSON.stringify(made.body)}`)
    return made.body.id
  }
  const room = await make('/channels', { type: 'private', name: 'room', members: [ben.id] })
  const direct = await make('/channels', { type: 'direct', members: [ben.id] })
  const message = await make(`/channels/${room}/messages`, { content: 'a message' })
  const poll = { question: 'which?', options: ['this', 'that'] }
  return [
    room,
    direct,
    message,
    await make(`/channels/${room}/messages`, { content: 'a question', poll }),
    ada.id,
    ben.id,
  ]
}

interface Sent {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
}

function hostileRequest(route: Route, ids: readonly string[], token: string): fc.Arbitrary<Sent> {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
  const good = (name: string) => fc.constantFrom(...(name === 'emoji' ? ['%F0%9F%91%8D'] : ids))
  const parts = fc.tuple(
    ...names.map((name) => fc.oneof({ arbitrary: good(name), weight: 6 }, { arbitrary: hostilePart, weight: 1 })),
  )
  const query = fc.oneof(fc.constant({}), hostileValue(route.query, ids)).map(queryText)
  const body = route.body === undefined ? fc.constant(undefined) : hostileText(route.body, ids)
  const contentType = fc.oneof(
    { arbitrary: fc.constant('application/json'), weight: 20 },
    fc.constantFrom(
      'application/json; charset=utf-16',
      'text/plain',
      'multipart/form-data',
      'application/JSON;;;',
      'x',
    ),
  )
  const proof = fc.oneof(
    { arbitrary: fc.constant<Record<string, string>>({ authorization: `Bearer ${token}` }), weight: 12 },
    fc.constantFrom<Record<string, string>>({}, { authorization: 'Bearer x.y.z' }, { cookie: 'glasshouse_session=x' }),
  )
  return fc.tuple(parts, query, body, contentType, proof).map(([params, search, sent, type, who]) => ({
    path: route.path.replace(/\{\w+\}/g, () => params.shift() ?? '') + search,
    headers: sent === undefined ? who : { ...who, 'content-type': type },
    body: sent,
  }))
}

function queryText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const text = (part: unknown): string =>
    encodeURIComponent((typeof part === 'string' ? part : (JSON.stringify(part) ?? '')).slice(0, 4_000).toWellFormed())
  const pairs = Object.entries(value).map(([name, part]) => `${text(name)}=${text(part)}`)
  return pairs.length === 0 ? '' : `?${pairs.slice(0, 20).join('&')}`
}

const isErrorBody = parser(ErrorBody)

/** What is wrong with an answer; undefined when nothing is. */
async function faultOf(route: Route, sent: Sent): Promise<string | undefined> {
  const response = await fetch(`${server.url}/api${sent.path}`, {
    method: route.method,
    headers: sent.headers,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    ...(sent.body === undefined ? {} : { body: sent.body }),
  })
  const text = await response.text()
  const said = `${response.status} ${text.slice(0, 300)}`
  if (response.status >= 500) return said
  if (response.status >= 400) {
    const body: unknown = JSON.parse(text)
    if (!isErrorBody(body).ok) return `not in the form for errors: ${said}`
    const { code, request_id: requestId } = (body as ErrorBody).error
    const isKnown = Object.hasOwn(ERRORS, code) && ERRORS[code as keyof typeof ERRORS].http === response.status
    if (!isKnown) return `the code and the status do not belong together: ${said}`
    return requestId === response.headers.get('x-request-id') ? undefined : `another request id: ${said}`
  }
  // `..` in an address leads to another route.
  if (sent.path.includes('..')) return undefined
  const promised = route.answers[response.status]
  if (promised === undefined) return `not promised: ${said}`
  if (promised === null) return text === '' ? undefined : `not empty: ${said}`
  const checked = parser(promised)(JSON.parse(text))
  return checked.ok ? undefined : `not what is promised, ${checked.error.message}: ${said}`
}

describe.each(Object.keys(ROUTES) as RouteName[])('%s', (name) => {
  test('answers whatever it gets', async () => {
    const route: Route = ROUTES[name]
    const ids = await newThings()
    const endsSession = route.permission === 'session.end_own'
    const { token } = endsSession ? await signIn(ada) : ada
    await fc.assert(
      fc.asyncProperty(hostileRequest(route, ids, token), async (sent) => {
        expect(await faultOf(route, sent)).toBeUndefined()
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    )
  })
})

async function signIn({ username, password }: Person): Promise<{ token: string }> {
  return (await rest(server.url, 'POST', '/api/users/login', { body: { username, password } })).body
}

describe.each(Object.keys(CLIENT_FRAMES) as ClientFrameType[])('the frame %s', (type) => {
  test('is answered whatever is in it', async () => {
    const ids = await newThings()
    let live = await LiveSocket.open(server.liveUrl, ada.token)
    const frames = fc.array(hostileText(CLIENT_FRAMES[type], ids), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(frames, async (sent) => {
        const from = live.frames.length
        for (const frame of sent) live.send(typeof frame === 'string' ? frame : new TextDecoder().decode(frame))
        const code = await answered(live)
        expect(live.frames.slice(from).flatMap(frameFault)).toEqual([])
        expect([undefined, 1009, ...Object.values(CLOSE_CODES)]).toContain(code)
        if (code !== undefined) live = await LiveSocket.open(server.liveUrl, ada.token)
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    )
    await live[Symbol.asyncDispose]()
  })
})

let pings = 0
/** Resolves when all that was sent is answered, or with the code by which the connection was closed. */
async function answered(live: LiveSocket): Promise<number | undefined> {
  const t = ++pings
  live.send({ type: 'ping', t })
  const pong = live.next('pong', (frame) => frame['t'] === t).then(() => undefined)
  const closed = live.closed.then(({ code }) => code)
  pong.catch(() => undefined)
  return Promise.race([pong.catch(() => closed), closed])
}

function frameFault(frame: Frame): string[] {
  const said = JSON.stringify(frame).slice(0, 300)
  if (!Object.hasOwn(SERVER_FRAMES, frame.type)) return [`no frame of the contract: ${said}`]
  const checked = parser(SERVER_FRAMES[frame.type as keyof typeof SERVER_FRAMES])(frame)
  if (!checked.ok) return [`not what is promised, ${checked.error.message}: ${said}`]
  if (frame.type !== 'error') return []
  const code = frame['code'] as keyof typeof ERRORS
  return Object.hasOwn(ERRORS, code) && !code.startsWith('server.') ? [] : [said]
}
