import { request } from 'node:http'
import { connect } from 'node:net'
import { endpoint, failure, ROUTES, type EndpointRequest, type Route } from '@glasshouse/contracts'
import { err, newId, ok } from '@glasshouse/kernel'
import { describe, expect, it } from 'vitest'
import { WEB_ADDRESS_HEADER, WEB_HOST_HEADER, WEB_PROTOCOL_HEADER } from './edge.ts'
import { CannotListen } from './port.ts'
import { endpointsFor, GatewayFixture, type FixtureOptions } from './gateway-fixture.ts'
import { RouteMismatch } from './route-table.ts'

/** A gateway whose endpoints for some routes tell what they were called with. */
async function recording(
  routes: readonly Route[],
  options: FixtureOptions = {},
): Promise<{ fixture: GatewayFixture; calls: EndpointRequest<Route>[] }> {
  const calls: EndpointRequest<Route>[] = []
  const endpoints = routes.map((route) =>
    endpoint(route, (request) => {
      calls.push(request)
      return Promise.resolve(ok({ status: 200, body: { fine: true } }))
    }),
  )
  const fixture = await GatewayFixture.start({
    ...options,
    ports: { ...options.ports, endpoints: endpointsFor(endpoints) },
  })
  return { fixture, calls }
}

interface ErrorAnswer {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly details?: object
    readonly request_id: string
  }
}

async function errorOf(response: Response): Promise<{ status: number } & ErrorAnswer['error']> {
  const { error } = (await response.json()) as ErrorAnswer
  return { status: response.status, ...error }
}

/** Unlike fetch, it sends what `host` it is told. */
function statusOf(url: string, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
    sent.once('error', reject)
    sent.end()
  })
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const channelId = '0197a5c0-0000-7000-8000-000000000001'

describe('REST', () => {
  it('E1 does not start when a route has no endpoint or an endpoint no route', async () => {
    const [first, ...rest] = endpointsFor()
    const start = (endpoints: typeof rest) => GatewayFixture.start({ ports: { endpoints } })
    await expect(start(rest)).rejects.toThrow(new RegExp(`${first?.route.path} has no endpoint`))
    const stray = endpoint({ ...ROUTES.getSite, path: '/stray' }, () => Promise.resolve(ok({ status: 204 })))
    await expect(start([...endpointsFor(), stray])).rejects.toThrow('GET /stray is an endpoint without a route')
    await expect(start([...endpointsFor(), ...rest.slice(0, 1)])).rejects.toThrow(RouteMismatch)
  })

  it('E2 calls the endpoint with what was checked, and answers with what it says', async () => {
    const { fixture, calls } = await recording([ROUTES.listMessages])
    await using _ = fixture
    const { token, caller } = fixture.authentication.signIn()
    const response = await fetch(`${fixture.url}/api/channels/${channelId}/messages?limit=20&before=7`, {
      headers: { authorization: `Bearer ${token}`, 'user-agent': 'test' },
    })
    expect([response.status, await response.json()]).toEqual([200, { fine: true }])
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(calls[0]).toMatchObject({
      caller,
      params: { channel_id: channelId },
      query: { limit: 20, before: 7 },
      address: '127.0.0.1',
      userAgent: 'test',
      requestId: response.headers.get('x-request-id'),
    })
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['limit=1.5', 'limit'],
    ['before=-1', 'before'],
    ['nonsense=1', 'nonsense'],
  ])('E3 answers the query %s with 422 and the path of the fault', async (query, path) => {
    await using fixture = await GatewayFixture.start()
    const error = await errorOf(await fetch(`${fixture.url}/api/channels/${channelId}/messages?${query}`))
    expect(error).toMatchObject({ status: 422, code: 'request.invalid', details: { path } })
  })

  it('E3 checks parameters', async () => {
    await using fixture = await GatewayFixture.start()
    const error = await errorOf(await fetch(`${fixture.url}/api/channels/nonsense`))
    expect(error).toMatchObject({ status: 422, details: { path: 'channel_id' } })
  })

  const login = { username: 'ada', password: 'long enough' }
  it.each([
    ['an unknown field', json({ ...login, more: 1 }), 422, 'request.invalid'],
    ['a missing field', json({ username: 'ada' }), 422, 'request.invalid'],
    ['no object', json('7'), 422, 'request.invalid'],
    ['broken JSON', json('{"username":'), 400, 'request.malformed'],
    ['invalid UTF-8', { ...json(''), body: Buffer.from([0x22, 0xc3, 0x28, 0x22]) }, 400, 'request.malformed'],
    ['no body', { method: 'POST' }, 400, 'request.malformed'],
    ['an empty body', { ...json(''), body: '' }, 400, 'request.malformed'],
    ['a form', { method: 'POST', body: new URLSearchParams(login) }, 415, 'request.unsupported_media_type'],
    ['plain text', { method: 'POST', body: JSON.stringify(login) }, 415, 'request.unsupported_media_type'],
    ['too large a body', json(`"${'x'.repeat(256 * 1024)}"`), 413, 'request.too_large'],
    ['a deep body', json('['.repeat(100_000)), 400, 'request.malformed'],
  ])('E4 answers %s with %i %s', async (_which, init, status, code) => {
    await using fixture = await GatewayFixture.start()
    const error = await errorOf(await fetch(`${fixture.url}/api/users/login`, init))
    expect(error).toMatchObject({ status, code })
    expect(error.request_id).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('E4 takes a content type with parameters, and no body where none is asked for', async () => {
    const { fixture, calls } = await recording([ROUTES.login, ROUTES.logout])
    await using _ = fixture
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    expect((await fetch(`${fixture.url}/api/users/login`, { ...json(login), headers })).status).toBe(200)
    const { token } = fixture.authentication.signIn()
    const response = await fetch(`${fixture.url}/api/auth/logout`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(200)
    expect(calls[1]?.body).toBeUndefined()
  })

  it('E5 answers unknown paths with 404 and wrong methods with 405 and Allow, as JSON', async () => {
    await using fixture = await GatewayFixture.start()
    for (const path of ['/api', '/api/nothing', '/api/channels/a/b/c']) {
      expect(await errorOf(await fetch(fixture.url + path))).toMatchObject({ status: 404, code: 'not_found' })
    }
    const response = await fetch(`${fixture.url}/api/channels`, { method: 'DELETE' })
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST')
    expect(await errorOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect((await fetch(`${fixture.url}/api/channels/%ff`)).status).toBe(400)
  })

  it('E6 answers who may not: 401 to strangers, 403 to those whose role does not allow it', async () => {
    const { fixture, calls } = await recording([ROUTES.createChannel])
    await using _ = fixture
    const guest = fixture.authentication.signIn({ role: 'guest' })
    const call = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${fixture.url}/api/channels`, { ...json('not even JSON'), headers: { ...headers } })
    const contentType = { 'content-type': 'application/json' }
    const stranger = await call(contentType)
    expect(stranger.headers.get('www-authenticate')).toBe('Bearer')
    expect(await errorOf(stranger)).toMatchObject({ status: 401, code: 'auth.required' })
    const refused = await call({ ...contentType, authorization: `Bearer ${guest.token}` })
    expect(await errorOf(refused)).toMatchObject({ status: 403, code: 'permission.denied' })
    expect(calls).toEqual([])
  })

  it('E6 takes a bad token as 401 even on a public route, a bad cookie as nobody', async () => {
    const { fixture, calls } = await recording([ROUTES.getSite])
    await using _ = fixture
    const site = (headers: Record<string, string>): Promise<Response> => fetch(`${fixture.url}/api/site`, { headers })
    expect(await errorOf(await site({ authorization: 'Bearer nonsense' }))).toMatchObject({
      status: 401,
      code: 'auth.invalid_token',
    })
    expect((await site({ cookie: 'glasshouse_session=nonsense' })).status).toBe(200)
    expect((await site({ authorization: 'Basic Zm9vOmJhcg==' })).status).toBe(200)
    const { cookie, caller } = fixture.authentication.signIn()
    expect((await site({ cookie: `a=b; glasshouse_session=${cookie}` })).status).toBe(200)
    expect(calls.map((call) => call.caller?.userId)).toEqual([undefined, undefined, caller.userId])
    expect(calls[2]?.cookie).toBe(cookie)
  })

  it('E7 takes an unsafe request of a cookie only from a page of ours, with its token', async () => {
    const { fixture, calls } = await recording([ROUTES.logout, ROUTES.getSelf], {
      http: { publicUrl: 'https://team.example' },
    })
    await using _ = fixture
    const { cookie, token, caller } = fixture.authentication.signIn()
    const csrf = fixture.authentication.csrfToken(caller.sessionId)
    const call = async (headers: Record<string, string>): Promise<string> => {
      const response = await fetch(`${fixture.url}/api/auth/logout`, { method: 'POST', headers })
      return response.ok ? 'ok' : (await errorOf(response)).code
    }
    const browser = { cookie: `glasshouse_session=${cookie}` }
    const ours = { origin: fixture.url }
    expect(await call({ ...browser, ...ours, 'x-csrf-token': csrf })).toBe('ok')
    expect(await call({ ...browser, origin: 'https://team.example', 'x-csrf-token': csrf })).toBe('ok')
    expect(await call({ ...browser, 'x-csrf-token': csrf })).toBe('ok')
    expect(await call({ ...browser, origin: 'https://evil.example', 'x-csrf-token': csrf })).toBe(
      'request.forbidden_origin',
    )
    expect(await call({ ...browser, origin: 'null', 'x-csrf-token': csrf })).toBe('request.forbidden_origin')
    expect(await call({ ...browser, ...ours })).toBe('request.csrf')
    expect(await call({ ...browser, ...ours, 'x-csrf-token': 'wrong' })).toBe('request.csrf')
    expect(await call({ authorization: `Bearer ${token}`, origin: 'https://evil.example' })).toBe('ok')
    expect(calls).toHaveLength(4)
    const safe = await fetch(`${fixture.url}/api/users/me`, { headers: { ...browser, origin: 'https://evil.example' } })
    expect(safe.status).toBe(200)
  })

  it.each([
    ['none', {}],
    ['one on this machine', { publicUrl: 'http://localhost:3000' }],
  ])(
    'E7 on loopback takes another name that leads here for no page of ours; public address: %s',
    async (_which, http) => {
      const { fixture, calls } = await recording([ROUTES.sendMessage], { http, ports: { visitorsWrite: true } })
      await using _ = fixture
      const { port } = new URL(fixture.url)
      const post = (path: string, name: string, contentType: string): Promise<number> =>
        statusOf(fixture.url + path, 'POST', {
          host: `${name}:${port}`,
          origin: `http://${name}:${port}`,
          'content-type': contentType,
        })
      const names = [
        'localhost',
        '127.0.0.1',
        '127.9.9.9',
        '[::1]',
        'evil.example',
        'localhost.evil.example',
        '192.0.2.1',
      ]
      const [rest, form, socket]: [string[], string[], string[]] = [[], [], []]
      for (const name of names) {
        const message = `/api/channels/${channelId}/messages`
        if ((await post(message, name, 'application/json')) !== 403) rest.push(name)
        // The web app of this fixture has no such page.
        if ((await post('/chat?/say', name, 'application/x-www-form-urlencoded')) === 404) form.push(name)
        const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}` }
        const client = fixture.openSocket('/ws', { headers })
        await client.waitUntil(() => client.frames.length > 0 || client.refusal !== undefined, 'an answer')
        if (client.refusal?.status !== 403) socket.push(name)
      }
      const own = ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']
      expect({ rest, form, socket }).toEqual({ rest: own, form: own, socket: own })
      expect(calls).toEqual([])
    },
  )

  it('E7 on loopback behind a proxy, whose address is named, the host that it was sent to counts', async () => {
    const { fixture } = await recording([ROUTES.logout], { http: { publicUrl: 'https://team.example' } })
    await using _ = fixture
    const headers = {
      host: 'team.lan',
      origin: 'https://team.lan',
      'content-type': 'application/x-www-form-urlencoded',
    }
    expect(await statusOf(`${fixture.url}/chat`, 'POST', headers)).toBe(404)
    expect(await statusOf(`${fixture.url}/chat`, 'POST', { ...headers, origin: 'https://evil.example' })).toBe(403)
    // Without an Origin it is no browser's.
    const { origin: _origin, ...program } = headers
    expect(await statusOf(`${fixture.url}/chat`, 'POST', program)).toBe(404)
  })

  it('E4 asks whether a visitor may here before it looks at what they send', async () => {
    const admitted: unknown[] = []
    const send = endpoint(ROUTES.sendMessage, () => Promise.resolve(ok({ status: 201 })), {
      admitVisitor: (params) => {
        admitted.push(params)
        return params['channel_id'] === channelId ? ok() : err(failure('auth.required'))
      },
    })
    await using fixture = await GatewayFixture.start({ ports: { endpoints: endpointsFor([send]) } })
    const post = (id: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${fixture.url}/api/channels/${id}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
    for (const body of ['no JSON', '{}', '{"content":"hello"}']) {
      for (const id of ['nonsense', newId()]) {
        expect(await errorOf(await post(id, body))).toMatchObject({ status: 401, code: 'auth.required' })
      }
    }
    expect(admitted).toHaveLength(6)
    expect((await post(channelId, 'no JSON')).status).toBe(400)
    expect((await post(channelId, '{}')).status).toBe(422)
    expect((await post(channelId, '{"content":"hello"}')).status).toBe(201)
    // Who means to be of a session learns that it has ended; who has one is no visitor.
    const ended = await post('nonsense', '{}', { 'x-csrf-token': 'of a session that has ended' })
    expect(await errorOf(ended)).toMatchObject({ code: 'auth.session_ended' })
    const { token } = fixture.authentication.signIn()
    expect((await post(newId(), '{}', { authorization: `Bearer ${token}` })).status).toBe(422)
    expect(admitted).toHaveLength(9)
  })

  it('E7 takes an unsafe request of nobody from a page of ours and from programs, and none that means to be of a session', async () => {
    const { fixture, calls } = await recording([ROUTES.sendMessage])
    await using _ = fixture
    const call = async (headers: Record<string, string>): Promise<string> => {
      const response = await fetch(`${fixture.url}/api/channels/${channelId}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ content: 'hello' }),
      })
      return response.ok ? 'ok' : (await errorOf(response)).code
    }
    expect(await call({})).toBe('ok')
    expect(await call({ origin: fixture.url })).toBe('ok')
    // A cookie that is not good counts as nobody.
    expect(await call({ cookie: 'glasshouse_session=stale', origin: fixture.url })).toBe('ok')
    expect(calls.map(({ caller, address }) => [caller, address])).toEqual(Array(3).fill([undefined, '127.0.0.1']))
    for (const origin of ['https://evil.example', 'null', fixture.url.replace(/:\d+$/, ':1')]) {
      expect(await call({ origin })).toBe('request.forbidden_origin')
    }
    const csrf = { 'x-csrf-token': 'of a session that has ended' }
    expect(await call({ ...csrf, cookie: 'glasshouse_session=stale' })).toBe('auth.session_ended')
    expect(await call(csrf)).toBe('auth.session_ended')
    // Nor can a form of another site say it: it sends no JSON.
    expect(await call({ 'content-type': 'text/plain' })).toBe('request.unsupported_media_type')
    expect(calls).toHaveLength(3)
  })

  it('E8 answers refusals with Retry-After in whole seconds, and breakage without its cause', async () => {
    const throttled = endpoint(ROUTES.login, () =>
      Promise.resolve(err(failure('auth.throttled', { retryAfterMs: 1_200 }))),
    )
    const broken = endpoint(ROUTES.getSite, () => Promise.reject(new Error('the secret cause')))
    const logged: object[] = []
    const log = { info: () => {}, warn: () => {}, error: (fields: object) => void logged.push(fields) }
    await using fixture = await GatewayFixture.start({ ports: { endpoints: endpointsFor([throttled, broken]), log } })
    const response = await fetch(`${fixture.url}/api/users/login`, json(login))
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await errorOf(response)).toMatchObject({ status: 429, details: { retry_after_ms: 1_200 } })
    const failed = await fetch(`${fixture.url}/api/site?token=x`)
    const text = await failed.text()
    expect(failed.status).toBe(500)
    expect(text).not.toContain('secret')
    expect(logged).toMatchObject([{ request_id: failed.headers.get('x-request-id'), path: '/api/site' }])
  })

  it('E9 sets and clears the session cookie, Secure where the client came by https', async () => {
    const signIn = endpoint(ROUTES.createWebSession, () =>
      Promise.resolve(ok({ status: 201, body: {}, sessionCookie: { value: 'sealed', maxAgeS: 60 } })),
    )
    const signOut = endpoint(ROUTES.logout, () => Promise.resolve(ok({ status: 204, sessionCookie: null })))
    const options = { ports: { endpoints: endpointsFor([signIn, signOut]) }, http: { trustedProxies: ['loopback'] } }
    await using fixture = await GatewayFixture.start(options)
    const cookieOf = async (path: string, headers: Record<string, string>): Promise<string | null> => {
      const init = { ...json(login), headers: { ...headers, 'content-type': 'application/json' } }
      const response = await fetch(fixture.url + path, init)
      return response.headers.get('set-cookie')
    }
    const attributes = 'Path=/; HttpOnly; SameSite=Lax'
    expect(await cookieOf('/api/auth/sessions', {})).toBe(`glasshouse_session=sealed; Max-Age=60; ${attributes}`)
    expect(await cookieOf('/api/auth/sessions', { 'x-forwarded-proto': 'https' })).toContain('; Secure')
    const { token } = fixture.authentication.signIn()
    expect(await cookieOf('/api/auth/logout', { authorization: `Bearer ${token}` })).toBe(
      `glasshouse_session=; Max-Age=0; ${attributes}`,
    )
  })

  it('E10 believes forwarded addresses of trusted proxies only', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7, 10.0.0.1' }
    for (const [trustedProxies, address] of [
      [[], '127.0.0.1'],
      [['loopback'], '10.0.0.1'],
      [['loopback', '10.0.0.0/8'], '203.0.113.7'],
    ] as const) {
      const { fixture, calls } = await recording([ROUTES.getSite], { http: { trustedProxies } })
      await using _ = fixture
      await fetch(`${fixture.url}/api/site`, { headers })
      expect(calls[0]?.address).toBe(address)
    }
  })

  it('E11 says on all answers what a browser must not do with them', async () => {
    await using fixture = await GatewayFixture.start({ http: { publicUrl: 'https://team.example' } })
    for (const path of ['/api/site', '/healthz', '/api/nothing', '/a-page']) {
      const { headers } = await fetch(fixture.url + path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('referrer-policy')).toBeTruthy()
      expect(headers.get('permissions-policy')).toBeTruthy()
      expect(headers.get('strict-transport-security')).toBeTruthy()
      expect(headers.get('content-security-policy') === null).toBe(path === '/a-page')
    }
  })
})

describe('health', () => {
  it('E12 is alive, and ready when each dependency is', async () => {
    let down = false
    const readiness = {
      database: () => (down ? Promise.reject(new Error('secret')) : Promise.resolve()),
      bus: () => Promise.resolve(),
    }
    await using fixture = await GatewayFixture.start({ ports: { readiness }, httpLimits: { readinessCacheMs: 0 } })
    expect(await (await fetch(`${fixture.url}/healthz`)).json()).toEqual({ status: 'alive' })
    const ready = await fetch(`${fixture.url}/readyz`)
    expect(await ready.json()).toEqual({ status: 'ready', dependencies: { database: 'up', bus: 'up' } })
    down = true
    const response = await fetch(`${fixture.url}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'not_ready', dependencies: { database: 'down', bus: 'up' } })
  })

  it('E12 does not wait for a dependency that hangs, and asks once for many who ask at once', async () => {
    let asked = 0
    const readiness = {
      hanging: () => {
        asked++
        return new Promise<void>(() => {})
      },
    }
    await using fixture = await GatewayFixture.start({ ports: { readiness }, httpLimits: { readinessTimeoutMs: 10 } })
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(`${fixture.url}/readyz`)))
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 10 }, () => 503))
    expect(asked).toBe(1)
  })
})

describe('the web app', () => {
  async function withWeb(options: FixtureOptions = {}): Promise<GatewayFixture> {
    return GatewayFixture.start({
      ...options,
      ports: {
        webHandler: (request, response) => {
          const chunks: Buffer[] = []
          request.on('data', (chunk: Buffer) => chunks.push(chunk))
          request.on('end', () => {
            const body = Buffer.concat(chunks).toString('utf8')
            response.end(JSON.stringify({ url: request.url, headers: request.headers, body }))
          })
        },
      },
    })
  }

  it('E13 gets every other path, with its body unread', async () => {
    await using fixture = await withWeb()
    const page = await (await fetch(`${fixture.url}/chat?x=1`)).json()
    expect(page).toMatchObject({ url: '/chat?x=1' })
    const form = await fetch(`${fixture.url}/login`, { method: 'POST', body: new URLSearchParams({ username: 'ada' }) })
    expect(await form.json()).toMatchObject({ url: '/login', body: 'username=ada' })
    const html = await fetch(`${fixture.url}/apiary`)
    expect(await html.json()).toMatchObject({ url: '/apiary' })
  })

  it('E19 compresses pages for those who can read it, and never what REST answers', async () => {
    const long = 'All work and no play. '.repeat(200)
    const site = endpoint(ROUTES.getSite, () => Promise.resolve(ok({ status: 200, body: { long } })))
    await using fixture = await GatewayFixture.start({
      ports: {
        endpoints: endpointsFor([site]),
        webHandler: (_request, response) => {
          response.setHeader('content-type', 'text/html; charset=utf-8')
          response.end(long)
        },
      },
    })
    const get = (path: string, encoding: string): Promise<Response> =>
      fetch(fixture.url + path, { headers: { 'accept-encoding': encoding } })
    for (const encoding of ['gzip', 'br']) {
      const page = await get('/chat', encoding)
      expect([page.headers.get('content-encoding'), await page.text()]).toEqual([encoding, long])
      expect(page.headers.get('vary')).toMatch(/accept-encoding/i)
      expect((await get('/api/site', encoding)).headers.get('content-encoding')).toBeNull()
    }
    expect((await get('/chat', 'identity')).headers.get('content-encoding')).toBeNull()
  })

  it('E13 leaves POST /login with JSON to the programs', async () => {
    const signIn = endpoint(ROUTES.login, () => Promise.resolve(ok({ status: 200, body: { token: 't' } })))
    await using fixture = await GatewayFixture.start({ ports: { endpoints: endpointsFor([signIn]) } })
    const response = await fetch(`${fixture.url}/login`, json({ username: 'ada', password: 'long enough' }))
    expect(await response.json()).toEqual({ token: 't' })
  })

  it('E14 learns scheme, host and address from headers that no client can forge', async () => {
    const forged = { [WEB_PROTOCOL_HEADER]: 'https', [WEB_HOST_HEADER]: 'evil', [WEB_ADDRESS_HEADER]: '6.6.6.6' }
    await using plain = await withWeb()
    const { host } = new URL(plain.url)
    expect(await (await fetch(plain.url, { headers: forged })).json()).toMatchObject({
      headers: { [WEB_PROTOCOL_HEADER]: 'http', [WEB_HOST_HEADER]: host, [WEB_ADDRESS_HEADER]: '127.0.0.1' },
    })
    await using proxied = await withWeb({ http: { trustedProxies: ['loopback'] } })
    const forwarded = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'team.example',
      'x-forwarded-for': '203.0.113.7',
    }
    expect(await (await fetch(proxied.url, { headers: { ...forged, ...forwarded } })).json()).toMatchObject({
      headers: {
        [WEB_PROTOCOL_HEADER]: 'https',
        [WEB_HOST_HEADER]: 'team.example',
        [WEB_ADDRESS_HEADER]: '203.0.113.7',
      },
    })
  })

  it('E15 calls REST without a network hop, for its client: address, cookies both ways, no forgery check', async () => {
    const calls: EndpointRequest<Route>[] = []
    const endpoints = [
      endpoint(ROUTES.createChannel, (request) => {
        calls.push(request)
        return Promise.resolve(ok({ status: 201, body: { made: true }, sessionCookie: { value: 'new', maxAgeS: 9 } }))
      }),
    ]
    await using fixture = await GatewayFixture.start({ ports: { endpoints: endpointsFor(endpoints) } })
    const { cookie, caller } = fixture.authentication.signIn()
    const request = new Request('https://team.example/api/channels', {
      ...json({ type: 'public', name: 'general' }),
      headers: {
        'content-type': 'application/json',
        cookie: `glasshouse_session=${cookie}`,
        'x-forwarded-for': '6.6.6.6',
      },
    })
    const response = await fixture.gateway.internalFetch(request, { clientAddress: '203.0.113.7' })
    expect([response.status, await response.json()]).toEqual([201, { made: true }])
    expect(response.headers.getSetCookie()).toEqual([
      'glasshouse_session=new; Max-Age=9; Path=/; HttpOnly; SameSite=Lax; Secure',
    ])
    expect(calls[0]).toMatchObject({ address: '203.0.113.7', body: { type: 'public', name: 'general' } })
    expect(calls[0]?.caller?.userId).toBe(caller.userId)

    const empty = await fixture.gateway.internalFetch(new Request('http://x/api/site'), { clientAddress: '::1' })
    expect([empty.status, empty.body]).toEqual([204, null])
    const missing = await fixture.gateway.internalFetch(new Request('http://x/page'), { clientAddress: '::1' })
    expect(missing.status).toBe(404)
  })

  it('E15 does not take a client for itself', async () => {
    const { fixture } = await recording([ROUTES.logout])
    await using _ = fixture
    const { cookie } = fixture.authentication.signIn()
    const headers = { cookie: `glasshouse_session=${cookie}`, 'x-glasshouse-internal': '00'.repeat(32) }
    const response = await fetch(`${fixture.url}/api/auth/logout`, { method: 'POST', headers })
    expect((await errorOf(response)).code).toBe('request.csrf')
  })
})

describe('the server', () => {
  it('E16 says in one line when it cannot have its port', async () => {
    await using first = await GatewayFixture.start()
    const { port } = first.gateway.address()
    const second = GatewayFixture.start({ http: { port } })
    await expect(second).rejects.toThrow(CannotListen)
    await expect(second).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use by another program. Stop it, or set PORT to another one.`,
    )
    await expect(GatewayFixture.start({ http: { host: '203.0.113.1' } })).rejects.toThrow(
      'is no address of this machine',
    )
  })

  it('E17 gives up on a client that sends its headers too slowly', async () => {
    await using fixture = await GatewayFixture.start({ httpLimits: { headersTimeoutMs: 50, requestTimeoutMs: 100 } })
    const { host, port } = fixture.gateway.address()
    const socket = connect(port, host)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n')
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    expect(Buffer.concat(chunks).toString('latin1')).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('E17 gives up on a client that sends its body too slowly', async () => {
    await using fixture = await GatewayFixture.start({ httpLimits: { headersTimeoutMs: 50, requestTimeoutMs: 100 } })
    const { host, port } = fixture.gateway.address()
    const socket = connect(port, host)
    socket.on('error', () => undefined)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write('POST /api/users/login HTTP/1.1\r\nhost: x\r\n')
    socket.write('content-type: application/json\r\ncontent-length: 1000\r\n\r\n')
    const drip = setInterval(() => socket.writable && socket.write(' '), 5)
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    clearInterval(drip)
    expect(Buffer.concat(chunks).toString('latin1')).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('E17 answers bytes that are no HTTP, or headers without end, and goes on', async () => {
    await using fixture = await GatewayFixture.start()
    const { host, port } = fixture.gateway.address()
    for (const [bytes, status, code] of [
      ['\u0016\u0003\u0001 nonsense\r\n\r\n', 400, 'request.malformed'],
      [`GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'request.headers_too_large'],
    ] as const) {
      const socket = connect(port, host)
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('error', () => {})
      socket.write(bytes)
      await new Promise<void>((resolve) => socket.once('close', () => resolve()))
      const [head = '', body = ''] = Buffer.concat(chunks).toString('latin1').split('\r\n\r\n')
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      const { error } = JSON.parse(body) as { error: { code: string; request_id: string } }
      expect(error).toMatchObject({ code })
      expect(head).toContain(`x-request-id: ${error.request_id}`)
    }
    expect((await fetch(`${fixture.url}/healthz`)).status).toBe(200)
  })

  it('E20 handles the requests of a connection in turn, and closes one with too many', async () => {
    let [underWay, mostUnderWay, handled] = [0, 0, 0]
    const site = endpoint(ROUTES.getSite, async () => {
      mostUnderWay = Math.max(mostUnderWay, ++underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay--
      return ok({ status: 200, body: { handled: ++handled } })
    })
    await using fixture = await GatewayFixture.start({
      ports: { endpoints: endpointsFor([site]) },
      httpLimits: { pipelinedRequestsMax: 8 },
    })
    const { host, port } = fixture.gateway.address()
    const pipeline = async (count: number): Promise<string> => {
      const socket = connect(port, host)
      const chunks: Buffer[] = []
      socket.on('error', () => undefined)
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      const request = 'GET /api/site HTTP/1.1\r\nhost: x\r\n'
      socket.write(`${request}\r\n`.repeat(count - 1) + `${request}connection: close\r\n\r\n`)
      await new Promise<void>((resolve) => socket.once('close', () => resolve()))
      return Buffer.concat(chunks).toString('latin1')
    }
    const answers = await pipeline(9)
    expect([...answers.matchAll(/"handled":(\d)/g)].map(([, number]) => number).join('')).toBe('123456789')
    expect(mostUnderWay).toBe(1)
    expect(await pipeline(1_000)).not.toContain('"handled":19')
    expect(handled).toBeLessThan(19)
    expect((await fetch(`${fixture.url}/api/site`)).status).toBe(200)
  })

  it('E18 answers requests under way before it stops, and is not ready meanwhile', async () => {
    let release = (): void => {}
    const slow = endpoint(ROUTES.getSite, async () => {
      await new Promise<void>((resolve) => (release = resolve))
      return ok({ status: 204 })
    })
    await using fixture = await GatewayFixture.start({ ports: { endpoints: endpointsFor([slow]) } })
    const before = release
    const answer = fetch(`${fixture.url}/api/site`)
    while (release === before) await new Promise((resolve) => setTimeout(resolve, 1))
    const drained = fixture.gateway.service.drain()
    const readiness = await fixture.gateway.internalFetch(new Request('http://x/readyz'), { clientAddress: '::1' })
    expect(readiness.status).toBe(503)
    release()
    expect((await answer).status).toBe(204)
    await drained
  })
})
