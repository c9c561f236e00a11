/** Who types and who is here, over the wire: three people, each told only of what they show, and nothing for longer than it holds. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LiveSocket, type Frame } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer, type Server } from './start-server.ts'

/** The shortest that can be set, so that nobody waits for minutes. */
const SETTINGS = { PRESENCE_IDLE_SECS: '2', PRESENCE_OFFLINE_SECS: '1', LIVE_HEARTBEAT_MS: '1000' }

let server: Server
beforeAll(async () => {
  server = await startServer({ settings: SETTINGS })
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

const open = (person: Person): Promise<LiveSocket> => LiveSocket.open(server.liveUrl, person.token)
const setStatus = (person: Person, more: object = {}) =>
  rest(server.url, 'PUT', '/api/users/me/status', {
    token: person.token,
    body: { status: null, do_not_disturb_until: null, last_seen_visible_to: 'everybody', ...more },
  })
const presenceOf = (asker: Person, person: Person) =>
  rest(server.url, 'GET', `/api/users/${person.id}/presence`, { token: asker.token })
const typing = (live: LiveSocket): Frame[] => live.frames.filter(({ type }) => type === 'typing')
const later = (ms: number): string => new Date(Date.now() + ms).toISOString()

/** Whatever was sent to this socket before now has arrived. */
async function flushed(live: LiveSocket): Promise<void> {
  const t = Math.random()
  live.send({ type: 'ping', t })
  await live.next('pong', (frame) => frame['t'] === t)
}

async function people(...names: readonly string[]): Promise<Person[]> {
  const made: Person[] = []
  for (const name of names) made.push(await newPerson(server.url, name))
  return made
}

describe('typing', () => {
  test('is told to those who show the channel, or the thread, and to no window of the person who types', async () => {
    const [ann, ben, cid] = (await people('ann', 'ben', 'cid')) as [Person, Person, Person]
    const [tea, other] = [
      await newChannel(server.url, ann.token, 'tea'),
      await newChannel(server.url, ann.token, 'other'),
    ]
    const root = await rest(server.url, 'POST', `/api/channels/${tea}/messages`, {
      token: ann.token,
      body: { content: 'a root' },
    })
    const thread: string = root.body.id
    await using typist = await open(ann)
    await using second = await open(ann)
    await using shows = await open(ben)
    await using elsewhere = await open(cid)
    for (const live of [shows, second]) live.send({ type: 'subscribe', stream: `typing:${tea}` })
    elsewhere.send({ type: 'subscribe', stream: `typing:${other}` })
    for (const live of [shows, second, elsewhere]) {
      expect(await live.next('subscribed')).toMatchObject({ ephemeral: true, recovered: false })
    }
    shows.send({ type: 'subscribe', stream: `typing:${tea}:${thread}` })
    await shows.next('subscribed', (frame) => frame['stream'] === `typing:${tea}:${thread}`)

    typist.send({ type: 'typing', channel_id: tea })
    expect(await shows.next('typing')).toEqual({
      type: 'typing',
      stream: `typing:${tea}`,
      channel_id: tea,
      user_id: ann.id,
      username: 'ann',
      display_name: 'ann',
    })
    // Said again at once it is not passed on; in the thread it is another thing.
    typist.send({ type: 'typing', channel_id: tea })
    typist.send({ type: 'typing', channel_id: tea, thread_id: thread })
    await shows.next('typing', (frame) => frame['thread_id'] === thread)
    expect(typing(shows)).toHaveLength(2)
    for (const live of [typist, second, elsewhere]) {
      await flushed(live)
      expect(typing(live)).toEqual([])
    }
    shows.send({ type: 'unsubscribe', stream: `typing:${tea}:${thread}` })
    await shows.next('unsubscribed')
  })

  test('is refused where one may not write, and its stream where there is nothing to see or to replay', async () => {
    const [dan] = (await people('dan')) as [Person]
    await using live = await open(dan)
    const nowhere = '0197a5c0-0000-7000-8000-00000000dead'
    live.send({ type: 'typing', channel_id: nowhere })
    expect(await live.next('error')).toMatchObject({ code: 'not_found' })
    live.send({ type: 'subscribe', stream: `typing:${nowhere}` })
    expect(await live.next('error', (frame) => frame['stream'] !== undefined)).toMatchObject({
      code: 'live.unknown_stream',
      stream: `typing:${nowhere}`,
    })
    const channel = await newChannel(server.url, dan.token, 'dans')
    live.send({ type: 'subscribe', stream: `typing:${channel}`, after: 0 })
    expect(await live.next('error', (frame) => frame['path'] === 'after')).toMatchObject({ code: 'live.invalid_frame' })
  })
})

describe('typing in a private channel', () => {
  test('does not exist for those outside, and ends for who is removed', async () => {
    const [mia, ned, oda] = (await people('mia', 'ned', 'oda')) as [Person, Person, Person]
    const made = await rest(server.url, 'POST', '/api/channels', {
      token: mia.token,
      body: { type: 'private', name: 'secret', members: [ned.id] },
    })
    expect(made.status).toBe(201)
    const secret: string = made.body.id
    await using typist = await open(mia)
    await using member = await open(ned)
    await using outsider = await open(oda)
    outsider.send({ type: 'subscribe', stream: `typing:${secret}` })
    expect(await outsider.next('error')).toMatchObject({ code: 'live.unknown_stream' })
    outsider.send({ type: 'typing', channel_id: secret })
    await outsider.next('error', (frame) => frame['code'] === 'not_found')
    member.send({ type: 'subscribe', stream: `typing:${secret}` })
    await member.next('subscribed')
    typist.send({ type: 'typing', channel_id: secret })
    await member.next('typing')
    const path = `/api/channels/${secret}/members/${ned.id}`
    expect((await rest(server.url, 'DELETE', path, { token: mia.token })).status).toBe(204)
    await member.next('error', (frame) => frame['stream'] === `typing:${secret}`)
    typist.send({ type: 'typing', channel_id: secret, thread_id: '0197a5c0-0000-7000-8000-00000000dead' })
    await flushed(typist)
    await flushed(member)
    expect(typing(member)).toHaveLength(1)
    expect(typing(outsider)).toEqual([])
  })
})

describe('presence', () => {
  test('goes from active to away by idling, back by activity, and offline some time after the last device left', async () => {
    const [eve, fay, gus] = (await people('eve', 'fay', 'gus')) as [Person, Person, Person]
    await using watcher = await open(eve)
    watcher.send({ type: 'watch_presence', user_ids: [fay.id] })
    const told = (person: Person): Frame[] =>
      watcher.frames.filter((frame) => frame.type === 'presence' && frame['user_id'] === person.id)
    let seen: Frame | undefined
    /** The next word on fay that says so, after the one that was waited for before. */
    const until = async (state: string): Promise<void> => {
      const after = (): Frame[] => (seen === undefined ? told(fay) : told(fay).slice(told(fay).indexOf(seen) + 1))
      seen = await watcher.until(() => after().find((frame) => frame['state'] === state), state)
    }
    await until('offline')
    const phone = await open(fay)
    await until('active')
    await until('away')
    phone.send({ type: 'presence', state: 'active' })
    await until('active')
    // A second device that is looked at counts for the whole person, and its end is not the person's.
    const desk = await open(fay)
    phone.send({ type: 'presence', state: 'away' })
    await flushed(phone)
    await vi.waitFor(async () => {
      desk.send({ type: 'presence', state: 'active' })
      await flushed(desk)
      expect((await presenceOf(eve, fay)).body).toMatchObject({ state: 'active' })
    })
    desk.cut()
    await until('away')
    phone.cut()
    await until('offline')
    // Nobody who is not on this screen was told of.
    await using gusHere = await open(gus)
    await flushed(gusHere)
    await flushed(watcher)
    expect(told(gus)).toEqual([])
  })

  test('last seen is shown, survives a restart, and is nobody else’s business when one says so', async () => {
    await using data = await dataFolder()
    let [hal, ida] = [undefined, undefined] as unknown as [Person, Person]
    let seenAt: string
    {
      await using first = await startServer({ data: data.path, settings: SETTINGS })
      ;[hal, ida] = [await newPerson(first.url, 'hal'), await newPerson(first.url, 'ida')]
      await using watcher = await LiveSocket.open(first.liveUrl, hal.token)
      const began = Date.now()
      const idas = await LiveSocket.open(first.liveUrl, ida.token)
      watcher.send({ type: 'watch_presence', user_ids: [ida.id] })
      await watcher.next('presence', (frame) => frame['state'] === 'active')
      expect(watcher.frames.at(-1)).not.toHaveProperty('last_seen_at')
      idas.cut()
      const gone = await watcher.next('presence', (frame) => frame['state'] === 'offline' && 'last_seen_at' in frame)
      seenAt = gone['last_seen_at']
      expect(Date.parse(seenAt)).toBeGreaterThanOrEqual(began - 1_000)
      await first.stop()
    }
    await using again = await startServer({ data: data.path, settings: SETTINGS })
    const asked = () => rest(again.url, 'GET', `/api/users/${ida.id}/presence`, { token: hal.token })
    expect((await asked()).body).toEqual({ user_id: ida.id, state: 'offline', last_seen_at: seenAt })
    await using watcher = await LiveSocket.open(again.liveUrl, hal.token)
    watcher.send({ type: 'watch_presence', user_ids: [ida.id] })
    await watcher.next('presence', (frame) => frame['last_seen_at'] === seenAt)
    const hidden = await rest(again.url, 'PUT', '/api/users/me/status', {
      token: ida.token,
      body: { status: null, do_not_disturb_until: null, last_seen_visible_to: 'nobody' },
    })
    expect(hidden).toMatchObject({ status: 200, body: { last_seen_visible_to: 'nobody' } })
    await watcher.next('presence', (frame) => !('last_seen_at' in frame))
    expect((await asked()).body).toEqual({ user_id: ida.id, state: 'offline' })
  })

  test('do not disturb and a status hold until their end, for all who watch', async () => {
    const [jon, kay] = (await people('jon', 'kay')) as [Person, Person]
    await using watcher = await open(jon)
    await using here = await open(kay)
    watcher.send({ type: 'watch_presence', user_ids: [kay.id] })
    await watcher.next('presence', (frame) => frame['state'] === 'active')
    const [statusUntil, quietUntil] = [later(3_600_000), later(2_000)]
    const status = { emoji: '🌴', text: 'On holiday', until: statusUntil }
    const set = await setStatus(kay, { status, do_not_disturb_until: quietUntil })
    expect(set).toMatchObject({ status: 200, body: { status, do_not_disturb_until: quietUntil } })
    const quiet = await watcher.next('presence', (frame) => frame['state'] === 'do_not_disturb')
    expect(quiet).toMatchObject({ status, do_not_disturb_until: quietUntil })
    const over = await watcher.until(
      () => watcher.frames.slice(watcher.frames.indexOf(quiet) + 1).find(({ type }) => type === 'presence'),
      'the end of do not disturb',
    )
    expect(over).toMatchObject({ status })
    expect(over['state']).not.toBe('do_not_disturb')
    expect(over).not.toHaveProperty('do_not_disturb_until')
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(quietUntil))
    const own = await rest(server.url, 'GET', '/api/users/me/status', { token: kay.token })
    expect(own.body).toEqual({ status, do_not_disturb_until: null, last_seen_visible_to: 'everybody' })
    await flushed(here)
  })

  test('bad input is named, and nothing of it is kept', async () => {
    const [lea] = (await people('lea')) as [Person]
    for (const [more, path] of [
      [{ status: { text: '' } }, 'status'],
      [{ status: { text: '   ' } }, 'status.text'],
      [{ status: { text: 'x'.repeat(101) } }, 'status'],
      [{ status: { text: 'x', emoji: 'not one' } }, 'status.emoji'],
      [{ status: { text: 'x', until: later(-1_000) } }, 'status.until'],
      [{ do_not_disturb_until: 'tomorrow' }, 'do_not_disturb_until'],
      [{ do_not_disturb_until: later(400 * 86_400_000) }, 'do_not_disturb_until'],
      [{ last_seen_visible_to: 'friends' }, 'last_seen_visible_to'],
    ] as const) {
      const answer = await setStatus(lea, more)
      expect({ more, status: answer.status }).toEqual({ more, status: 422 })
      expect(answer.body.error.details.path).toContain(path)
    }
    await using live = await open(lea)
    live.send({ type: 'watch_presence', user_ids: Array.from({ length: 201 }, () => lea.id) })
    expect(await live.next('error')).toMatchObject({ code: 'live.invalid_frame', path: 'user_ids' })
    live.send({ type: 'presence', state: 'do_not_disturb' })
    await live.next('error', (frame) => frame['path'] === 'state')
    expect(await presenceOf(lea, { ...lea, id: '0197a5c0-0000-7000-8000-00000000dead' })).toMatchObject({ status: 404 })
    expect((await rest(server.url, 'GET', `/api/users/${lea.id}/presence`)).status).toBe(401)
    expect((await presenceOf(lea, lea)).body).toMatchObject({ user_id: lea.id, state: 'active' })
  })
})
