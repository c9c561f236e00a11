/**
 * The permission matrix against a real server: every route and every frame, by everybody, everywhere. Beside the answer itself: what is
 * hidden is answered as if there were nothing, what is refused leaves no trace in the channel's stream, and no answer to somebody
 * outside says a word of what is private.
 */
import { CLIENT_FRAMES, ROUTES, type ClientFrameType, type RouteName } from '@glasshouse/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EventReader } from './event-reader.ts'
import { LiveSocket, type Frame } from './live-socket.ts'
import { aboutNothing, attempt } from './permission-matrix/attempt.ts'
import {
  ALL_STANDINGS,
  OUTCOMES,
  PLACES,
  type Audience,
  type ByPlace,
  type Outcome,
  type Place,
  type Standing,
} from './permission-matrix/audiences.ts'
import { EVENT_ROWS, frameRowsOf, type FrameRow } from './permission-matrix/frames.ts'
import { isByPlace, rowsOf, type RequestParts, type RouteRow } from './permission-matrix/routes.ts'
import { Scene, SECRETS, Trial } from './permission-matrix/scene.ts'
import type { Answer } from './rest.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene?.[Symbol.asyncDispose]())

interface Cell {
  readonly standing: Standing
  readonly place: Place | undefined
  readonly expected: Outcome
  readonly words: string
}

function cellsOf(may: Audience | ByPlace): Cell[] {
  const places = isByPlace(may) ? PLACES.map((place) => [place, may[place]] as const) : [[undefined, may] as const]
  return places.flatMap(([place, audience]) =>
    ALL_STANDINGS.map((standing) => {
      const words = `${standing}${place === undefined ? '' : ` at ${place}`}: ${audience[standing]}`
      return { standing, place, expected: audience[standing], words }
    }),
  )
}

describe.each(Object.keys(ROUTES) as RouteName[])('%s', (name) => {
  test.each(rowsOf(name).map((row) => [row.asks ?? 'as it is', row] as const))('%s', async (_, row) => {
    const faults: string[] = []
    for (const cell of cellsOf(row.may)) {
      const fault = await tryRoute(name, row, cell)
      if (fault !== undefined) faults.push(`${cell.words}, but ${fault}`)
    }
    expect(faults).toEqual([])
  })
})

async function tryRoute(name: RouteName, row: RouteRow, cell: Cell): Promise<string | undefined> {
  const { standing, place, expected } = cell
  const at = await Trial.begin(scene, { standing, place, reads: row.reads === true })
  const request = await row.request(at)
  const mayMove = expected === 'yes' || row.reads === true || place === undefined
  const before = mayMove ? undefined : await scene.head(place, at.channel)
  const answer = await attempt(scene, name, { at, request, session: row.session })
  const fault = wrong(name, answer, expected) ?? (await told(name, { answer, at, request, row, expected }))
  const after = mayMove ? undefined : await scene.head(place, at.channel)
  if (place === 'lobby' && row.reads !== true) await scene.restoreLobby()
  if (expected === 'yes') await row.after?.(at)
  return fault ?? (before === after ? undefined : `the stream went from ${before} to ${after}`)
}

function wrong(name: RouteName, { status, body }: Answer, expected: Outcome): string | undefined {
  const { status: expectedStatus, code } = OUTCOMES[expected]
  const isRight =
    expected === 'yes'
      ? Object.hasOwn(ROUTES[name].answers, status)
      : status === expectedStatus && (code ?? body.error.code) === body.error.code
  return isRight ? undefined : `it was ${status} ${JSON.stringify(body).slice(0, 200)}`
}

/** Whether the answer says more than it may. */
async function told(
  name: RouteName,
  asked: { answer: Answer; at: Trial; request: RequestParts; row: RouteRow; expected: Outcome },
): Promise<string | undefined> {
  const { answer, at, request, row, expected } = asked
  for (const place of ['private', 'direct'] as const) {
    // What a row says that somebody may do there is an answer about it.
    if (scene.isInside(at.standing, place) || (expected === 'yes' && at.place === place)) continue
    const text = JSON.stringify(answer.body)
    if (text.includes(SECRETS[place]) || text.includes(await scene.standing(place)))
      return `it tells of what is ${place}`
  }
  if (expected !== 'hidden' && expected !== 'sign_in') return undefined
  const unknown = await attempt(scene, name, { at, request: aboutNothing(request), session: row.session })
  const [shown, ofNothing] = [answer, unknown].map(({ body }) => JSON.stringify({ ...body.error, request_id: '' }))
  return shown === ofNothing ? undefined : `of nothing the answer is ${ofNothing}, here ${shown}`
}

describe.each(Object.keys(CLIENT_FRAMES) as ClientFrameType[])('the frame %s', (type) => {
  test.each(frameRowsOf(type).map((row) => [row.asks ?? 'as it is', row] as const))('%s', async (_, row) => {
    const faults: string[] = []
    for (const cell of cellsOf(row.may)) {
      const fault = await tryFrame(row, cell)
      if (fault !== undefined) faults.push(`${cell.words}, but ${fault}`)
    }
    expect(faults).toEqual([])
  })
})

async function tryFrame(row: FrameRow, { standing, place, expected }: Cell): Promise<string | undefined> {
  const { server } = scene
  const at = await Trial.begin(scene, { standing, place, reads: row.reads === true })
  const token = at.person === undefined ? '' : `?token=${at.person.token}`
  await using live = await LiveSocket.openAt(server.liveUrl + token)
  await using another = row.heardBy === 'another' ? await watching(at) : undefined
  const mayMove = expected === 'yes' || row.reads === true || place === undefined
  const before = mayMove ? undefined : await scene.head(place, at.channel)
  live.send(row.frame(at))
  live.send({ type: 'ping' })
  const isAnswer = (frame: Frame): boolean => row.isAnswer(frame, at)
  const first = await firstOf(live, another ?? live, isAnswer)
  const after = mayMove ? undefined : await scene.head(place, at.channel)
  if (before !== after) return `the stream went from ${before} to ${after}`
  if (!mayMove && another !== undefined) {
    // What was said before this is answered has been heard.
    another.send({ type: 'ping' })
    await another.next('pong')
    if (another.frames.some(isAnswer)) return 'another member heard it all the same'
  }
  if (place === 'lobby' && row.reads !== true) await scene.restoreLobby()
  return frameFault(first, expected)
}

/** Another member, who watches who types. */
async function watching(at: Trial): Promise<LiveSocket> {
  const live = await LiveSocket.open(scene.server.liveUrl, at.bystander.token)
  live.send({ type: 'subscribe', stream: `typing:${at.channel}` })
  await live.next('subscribed')
  return live
}

/** What comes first: the answer, or a refusal. */
function firstOf(live: LiveSocket, hears: LiveSocket, isAnswer: (frame: Frame) => boolean): Promise<Frame> {
  const refused = (): Frame | undefined => live.frames.find(({ type }) => type === 'error')
  const waits = [live.until(refused, 'a refusal'), hears.until(() => hears.frames.find(isAnswer), 'an answer')]
  for (const wait of waits) wait.catch(() => undefined)
  return Promise.any(waits)
}

function frameFault(frame: Frame, expected: Outcome): string | undefined {
  const codes: Partial<Record<Outcome, readonly string[]>> = {
    denied: ['permission.denied'],
    hidden: ['not_found', 'live.unknown_stream'],
    sign_in: ['auth.required'],
  }
  const isRight = frame.type === 'error' ? codes[expected]?.includes(frame['code']) === true : expected === 'yes'
  return isRight ? undefined : `it was ${JSON.stringify(frame).slice(0, 200)}`
}

describe('GET /api/events', () => {
  test.each(EVENT_ROWS)('$asks', async ({ may, streams }) => {
    const faults: string[] = []
    for (const { standing, place, expected, words } of cellsOf(may)) {
      const at = await Trial.begin(scene, { standing, place, reads: true })
      const fault = await tryEvents(at, streams(at), expected)
      if (fault !== undefined) faults.push(`${words}, but ${fault}`)
    }
    expect(faults).toEqual([])
  })
})

async function tryEvents(at: Trial, streams: string, expected: Outcome): Promise<string | undefined> {
  const token = at.person === undefined ? {} : { token: at.person.token }
  await using events = await EventReader.open(scene.server.url, `streams=${streams}`, token)
  const { refusal } = events as { refusal?: { error: { code: string } } }
  if (refusal !== undefined) return frameFault({ type: 'error', ...refusal.error }, expected)
  const told = (): Frame | undefined => events.frames.find(({ type }) => type === 'subscribed' || type === 'error')
  return frameFault(await events.until(told, 'an answer'), expected)
}
