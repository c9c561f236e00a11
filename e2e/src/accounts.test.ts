/** Accounts over REST, as api.md writes it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newChannel, newPerson, rest } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const COOKIE = /^glasshouse_session=([^;]+)/

describe('accounts', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  test('registration names the field that is wrong, and a name or address that is taken', async () => {
    const good = { username: 'grace', email: 'grace@example.test', password: 'nanoseconds of wire' }
    const register = (change: Record<string, unknown>) =>
      rest(server.url, 'POST', '/api/users', { body: { ...good, ...change } })
    expect((await register({})).status).toBe(201)
    for (const [change, path] of [
      [{ username: 'ab' }, 'username'],
      [{ username: 'a'.repeat(33) }, 'username'],
      [{ username: 'with space' }, 'username'],
      [{ email: 'nowhere' }, 'email'],
      [{ password: 'short' }, 'password'],
      [{ password: 'x'.repeat(201) }, 'password'],
      [{ password: 'password1234' }, 'password'],
      [{ password: undefined }, 'password'],
      [{ username: 7 }, 'username'],
      [{ shoe_size: 7 }, 'shoe_size'],
    ] as const) {
      const refused = await register({ username: 'other', email: 'other@example.test', ...change })
      expect(refused, JSON.stringify(change)).toMatchObject({
        status: 422,
        body: { error: { details: { path }, request_id: expect.any(String) } },
      })
      expect(refused.body.error.message).toContain(path)
    }
    expect(await register({ username: 'GRACE', email: 'b@example.test' })).toMatchObject({
      status: 409,
      body: { error: { code: 'user.username_taken' } },
    })
    expect(await register({ username: 'grace2', email: 'Grace@Example.test' })).toMatchObject({
      status: 409,
      body: { error: { code: 'user.email_taken' } },
    })
  })

  test('a body that is no JSON, of another type, or too large is refused as such', async () => {
    const post = (body: string, contentType: string) =>
      fetch(`${server.url}/api/users`, { method: 'POST', headers: { 'content-type': contentType }, body })
    expect((await post('{"username":', 'application/json')).status).toBe(400)
    expect((await post('a=b', 'application/x-www-form-urlencoded')).status).toBe(415)
    expect((await post(JSON.stringify({ username: 'x'.repeat(1_000_000) }), 'application/json')).status).toBe(413)
  })

  test('the same answer for a wrong password and for nobody; ten failures are throttled, and say for how long', async () => {
    const person = await newPerson(server.url, 'throttled')
    const attempt = (username: string, password: string) =>
      rest(server.url, 'POST', '/api/users/login', { body: { username, password } })
    const wrong = await attempt(person.username, 'not the password')
    const nobody = await attempt('nobody-at-all', 'not the password')
    expect(wrong.status).toBe(401)
    expect(nobody.status).toBe(401)
    expect({ ...wrong.body.error, request_id: '' }).toEqual({ ...nobody.body.error, request_id: '' })
    for (let failures = 1; failures < 10; failures++)
      expect((await attempt(person.username, 'not it either')).status).toBe(401)
    const throttled = await attempt(person.username, person.password)
    expect(throttled).toMatchObject({ status: 429, body: { error: { code: 'auth.throttled' } } })
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('a token tells who one is; a refresh token is good once, and using it twice ends the session', async () => {
    const person = await newPerson(server.url, 'rotating')
    expect(await rest(server.url, 'GET', '/api/users/me', { token: person.token })).toMatchObject({
      status: 200,
      body: { username: 'rotating' },
    })
    expect((await rest(server.url, 'GET', '/api/users/me')).status).toBe(401)
    expect((await rest(server.url, 'GET', '/api/users/me', { token: `${person.token}x` })).status).toBe(401)

    const refreshed = await rest(server.url, 'POST', '/api/auth/refresh', {
      body: { refresh_token: person.refreshToken },
    })
    expect(refreshed.status).toBe(200)
    expect(refreshed.body.refresh_token).not.toBe(person.refreshToken)
    expect(
      (await rest(server.url, 'POST', '/api/auth/refresh', { body: { refresh_token: person.refreshToken } })).status,
    ).toBe(401)
    expect(
      (await rest(server.url, 'POST', '/api/auth/refresh', { body: { refresh_token: refreshed.body.refresh_token } }))
        .status,
    ).toBe(401)
    expect((await rest(server.url, 'GET', '/api/users/me', { token: refreshed.body.token })).status).toBe(401)
  })

  test('signing out ends the token at once', async () => {
    const person = await newPerson(server.url, 'leaving')
    expect((await rest(server.url, 'POST', '/api/auth/logout', { token: person.token })).status).toBe(204)
    expect((await rest(server.url, 'GET', '/api/users/me', { token: person.token })).status).toBe(401)
    expect(
      (await rest(server.url, 'POST', '/api/auth/refresh', { body: { refresh_token: person.refreshToken } })).status,
    ).toBe(401)
  })

  test('a browser session is a sealed cookie; what changes something needs its CSRF token and this origin', async () => {
    const person = await newPerson(server.url, 'browsing')
    const opened = await rest(server.url, 'POST', '/api/auth/sessions', {
      body: { username: person.username, password: person.password },
    })
    expect(opened.status).toBe(201)
    const setCookie = opened.headers.get('set-cookie') ?? ''
    expect(setCookie).toMatch(COOKIE)
    expect(setCookie).toMatch(/HttpOnly/i)
    expect(setCookie).toMatch(/SameSite=Lax/i)
    expect(setCookie).toMatch(/Path=\//i)
    const cookie = `glasshouse_session=${COOKIE.exec(setCookie)?.[1] ?? ''}`
    expect(cookie).not.toContain(opened.body.session.id)
    const csrf: string = opened.body.csrf_token

    expect(await rest(server.url, 'GET', '/api/users/me', { headers: { cookie } })).toMatchObject({
      status: 200,
      body: { username: 'browsing' },
    })
    const create = (headers: Record<string, string>) =>
      rest(server.url, 'POST', '/api/channels', {
        headers: { cookie, ...headers },
        body: { type: 'public', name: `room ${crypto.randomUUID()}` },
      })
    expect((await create({ origin: server.url })).body.error.code).toBe('request.csrf')
    expect((await create({ origin: server.url, 'x-csrf-token': 'wrong' })).body.error.code).toBe('request.csrf')
    expect((await create({ origin: 'http://evil.example', 'x-csrf-token': csrf })).body.error.code).toBe(
      'request.forbidden_origin',
    )
    expect((await create({ origin: server.url, 'x-csrf-token': csrf })).status).toBe(201)

    const forged = `${cookie.slice(0, -4)}AAAA`
    expect((await rest(server.url, 'GET', '/api/users/me', { headers: { cookie: forged } })).status).toBe(401)
    expect(
      (
        await rest(server.url, 'DELETE', '/api/auth/sessions/current', {
          headers: { cookie, origin: server.url, 'x-csrf-token': csrf },
        })
      ).status,
    ).toBe(204)
    expect((await rest(server.url, 'GET', '/api/users/me', { headers: { cookie } })).status).toBe(401)
  })

  test('people and channels are found; what is not there is 404, a wrong limit 422', async () => {
    const person = await newPerson(server.url, 'finder')
    const { token } = person
    const found = await rest(server.url, 'GET', '/api/users?q=find', { token })
    expect(found.body.items.map((user: { username: string }) => user.username)).toEqual(['finder'])
    expect(found.body.items[0]).not.toHaveProperty('email')
    expect((await rest(server.url, 'GET', `/api/users/${person.id}`, { token })).body).toMatchObject({
      username: 'finder',
      email: 'finder@example.test',
    })

    const name = 'Find me'
    await newChannel(server.url, token, name)
    expect(
      await rest(server.url, 'POST', '/api/channels', { token, body: { type: 'public', name: 'find ME' } }),
    ).toMatchObject({ status: 409, body: { error: { code: 'channel.name_taken' } } })
    const listed = await rest(server.url, 'GET', '/api/channels?limit=100', { token })
    expect(listed.body.items.map((channel: { name: string }) => channel.name)).toEqual(
      expect.arrayContaining(['lobby', name]),
    )

    expect((await rest(server.url, 'GET', `/api/channels/${crypto.randomUUID()}`, { token })).status).toBe(404)
    expect((await rest(server.url, 'GET', '/api/channels/none', { token })).status).toBe(422)
    expect((await rest(server.url, 'GET', '/api/channels?limit=101', { token })).status).toBe(422)
    expect((await rest(server.url, 'GET', '/api/nowhere', { token })).status).toBe(404)
    const method = await rest(server.url, 'PUT', '/api/channels', { token, body: {} })
    expect(method.status).toBe(405)
    expect(method.headers.get('allow')).toContain('POST')
  })
})
