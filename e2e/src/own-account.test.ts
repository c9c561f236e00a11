/** One's own account over REST and live: sessions on devices, the password, the name that others see. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LiveSocket } from './live-socket.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const SESSION_REVOKED = 4401

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server?.[Symbol.asyncDispose]())

/** One more device of a person: its token, and its open connection. */
async function device({ username, password }: Person): Promise<{ token: string; refreshToken: string }> {
  const { body } = await rest(server.url, 'POST', '/api/users/login', { body: { username, password } })
  return { token: body.token, refreshToken: body.refresh_token }
}

const sessions = async (token: string) => (await rest(server.url, 'GET', '/api/auth/sessions', { token })).body.items
const changePassword = (token: string, current_password: string, new_password: string) =>
  rest(server.url, 'PUT', '/api/users/me/password', { token, body: { current_password, new_password } })

/** Closed for that reason, within a second of now. */
async function closesAtOnce(live: LiveSocket): Promise<void> {
  const beganMs = performance.now()
  expect((await live.closed).code).toBe(SESSION_REVOKED)
  expect(performance.now() - beganMs).toBeLessThan(1_000)
}

test('one device ends another: its connection closes and its next request is refused', async () => {
  const person = await newPerson(server.url, 'devices')
  const other = await device(person)
  await using here = await LiveSocket.open(server.liveUrl, person.token)
  await using there = await LiveSocket.open(server.liveUrl, other.token)
  const [newest, oldest, ...more] = await sessions(person.token)
  expect(more).toEqual([])
  expect(oldest).toMatchObject({ kind: 'program', current: true, client: 'node', address: expect.stringMatching(/./) })
  expect(newest).toMatchObject({ kind: 'program', current: false })
  const stranger = await newPerson(server.url, 'stranger')
  const path = `/api/auth/sessions/${newest.id}`
  expect((await rest(server.url, 'DELETE', path, { token: stranger.token })).status).toBe(404)

  expect((await rest(server.url, 'DELETE', path, { token: person.token })).status).toBe(204)
  await closesAtOnce(there)
  expect(await rest(server.url, 'GET', '/api/users/me', { token: other.token })).toMatchObject({
    status: 401,
    body: { error: { code: 'auth.session_ended' } },
  })
  const again = { body: { refresh_token: other.refreshToken } }
  expect((await rest(server.url, 'POST', '/api/auth/refresh', again)).status).toBe(401)
  expect((await rest(server.url, 'DELETE', path, { token: person.token })).status).toBe(404)
  here.send({ type: 'ping' })
  await here.next('pong')
  expect(await sessions(person.token)).toHaveLength(1)
})

test('signing out everywhere else leaves the one that asks', async () => {
  const person = await newPerson(server.url, 'everywhere')
  const others = [await device(person), await device(person)]
  const lives = await Promise.all(others.map(({ token }) => LiveSocket.open(server.liveUrl, token)))
  const ended = await rest(server.url, 'DELETE', '/api/auth/sessions', { token: person.token })
  expect(ended).toMatchObject({ status: 200, body: { sessions_ended: 2 } })
  for (const live of lives) await closesAtOnce(live)
  for (const { token } of others) expect((await rest(server.url, 'GET', '/api/users/me', { token })).status).toBe(401)
  expect((await rest(server.url, 'GET', '/api/users/me', { token: person.token })).status).toBe(200)
})

test('a change of the password ends all other sessions, and only the new one signs in', async () => {
  const person = await newPerson(server.url, 'changing')
  const other = await device(person)
  await using here = await LiveSocket.open(server.liveUrl, person.token)
  await using there = await LiveSocket.open(server.liveUrl, other.token)
  for (const [next, code] of [
    ['short', 'request.invalid'],
    ['password1234', 'user.password_common'],
    [person.password, 'request.invalid'],
  ] as const) {
    expect(await changePassword(person.token, person.password, next)).toMatchObject({
      status: 422,
      body: { error: { code, details: { path: 'new_password' } } },
    })
  }
  const changed = await changePassword(person.token, person.password, 'quite another lamp 4711')
  expect(changed).toMatchObject({ status: 200, body: { sessions_ended: 1 } })
  await closesAtOnce(there)
  expect((await rest(server.url, 'GET', '/api/users/me', { token: other.token })).status).toBe(401)
  here.send({ type: 'ping' })
  await here.next('pong')
  const signIn = (password: string) =>
    rest(server.url, 'POST', '/api/users/login', { body: { username: person.username, password } })
  expect((await signIn(person.password)).status).toBe(401)
  expect((await signIn('quite another lamp 4711')).status).toBe(200)
})

test('a wrong present password has one answer, and after ten of them none', async () => {
  const person = await newPerson(server.url, 'guessed')
  const answers = []
  for (let guess = 0; guess < 11; guess++) {
    answers.push(await changePassword(person.token, `wrong password ${guess}`, 'quite another lamp 4711'))
  }
  const throttled = answers.pop()
  const told = new Set(answers.map(({ status, body }) => JSON.stringify([status, { ...body.error, request_id: '' }])))
  expect([...told]).toHaveLength(1)
  expect(answers[0]).toMatchObject({
    status: 403,
    body: { error: { code: 'user.wrong_password', details: { path: 'current_password' } } },
  })
  expect(throttled).toMatchObject({ status: 429, body: { error: { code: 'auth.throttled' } } })
  expect(Number(throttled?.headers.get('retry-after'))).toBeGreaterThan(0)
  const right = await changePassword(person.token, person.password, 'quite another lamp 4711')
  expect({ ...right.body.error, request_id: '' }).toMatchObject({ code: 'auth.throttled' })
  // The door counts the same guesses.
  const { username, password } = person
  expect((await rest(server.url, 'POST', '/api/users/login', { body: { username, password } })).status).toBe(429)
})

test('a new display name is shown beside what one wrote and writes, to others too', async () => {
  const [writer, reader] = [await newPerson(server.url, 'renamed'), await newPerson(server.url, 'looking')]
  const channel = await newChannel(server.url, writer.token, 'names')
  const say = (content: string) =>
    rest(server.url, 'POST', `/api/channels/${channel}/messages`, { token: writer.token, body: { content } })
  await say('before')
  await using live = await LiveSocket.open(server.liveUrl, reader.token)
  live.send({ type: 'subscribe', stream: `channel:${channel}` })
  await live.next('subscribed')
  const renamed = await rest(server.url, 'PATCH', '/api/users/me', {
    token: writer.token,
    body: { display_name: '  Countess   Lovelace ' },
  })
  expect(renamed).toMatchObject({ status: 200, body: { username: 'renamed', display_name: 'Countess Lovelace' } })
  const history = () => rest(server.url, 'GET', `/api/channels/${channel}/messages`, { token: reader.token })
  await expect
    .poll(async () => (await history()).body.items.map((each: { display_name: string }) => each.display_name))
    .toEqual(['Countess Lovelace'])
  await say('after')
  const heard = await live.next('new_message', ({ content }) => content === 'after')
  expect(heard).toMatchObject({ username: 'renamed', display_name: 'Countess Lovelace' })
  const found = await rest(server.url, 'GET', '/api/users?q=countess', { token: reader.token })
  expect(found.body.items).toMatchObject([{ username: 'renamed', display_name: 'Countess Lovelace' }])
  for (const display_name of ['', '   ', 'x'.repeat(81), 'two\nlines', '\u202Enimda']) {
    const path = 'display_name'
    expect(
      await rest(server.url, 'PATCH', '/api/users/me', { token: writer.token, body: { display_name } }),
    ).toMatchObject({ status: 422, body: { error: { details: { path } } } })
  }
})
