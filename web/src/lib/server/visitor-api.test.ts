import { parseSetCookie } from 'cookie'
import { afterEach, describe, expect, test } from 'vitest'
import { visitorApi } from './visitor-api.ts'

const SLOT = Symbol.for('glasshouse.internal-fetch')
afterEach(() => void Reflect.deleteProperty(globalThis, SLOT))

const ANA = { username: 'ana', email: 'ana@example.test', password: 'a very quiet morning' }
const SESSION = { user: { username: 'ana' }, csrf_token: 'the-csrf-token', session: {} }

interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: string
  readonly clientAddress: string
}

/** The gateway's end of the slot. */
function serve(answer: (seen: Seen) => Response): Seen[] {
  const all: Seen[] = []
  Reflect.set(globalThis, SLOT, async (request: Request, { clientAddress }: { clientAddress: string }) => {
    const seen = {
      method: request.method,
      path: new URL(request.url).pathname,
      headers: request.headers,
      body: await request.text(),
      clientAddress,
    }
    all.push(seen)
    return seen.path === '/api/auth/sessions/current' && seen.method === 'GET' ? Response.json(SESSION) : answer(seen)
  })
  return all
}

function visitor(cookie: string | undefined) {
  const set: { name: string; value: string; options: object | undefined }[] = []
  const event: Parameters<typeof visitorApi>[0] = {
    request: new Request(
      'http://glasshouse.example/chat',
      cookie === undefined ? {} : { headers: { cookie, 'user-agent': 'x' } },
    ),
    url: new URL('http://glasshouse.example/chat'),
    getClientAddress: () => '192.0.2.7',
    cookies: {
      get: () => undefined,
      getAll: () => (cookie === undefined ? [] : [{ name: 'a', value: 'b' }]),
      set: (name, value, options) => void set.push({ name, value, options }),
      delete: () => {},
      parse: parseSetCookie,
      serialize: () => '',
    },
  }
  return { ...visitorApi(event), set }
}

describe('visitorApi', () => {
  test("goes as the visitor: cookie, browser, address; on the site's own origin", async () => {
    const seen = serve(() => Response.json({ name: 'Northwind' }))
    const answer = await visitor('glasshouse_session=abc').api.getSite()
    expect(answer).toEqual({ ok: true, value: { name: 'Northwind' } })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method: 'GET', path: '/api/site', clientAddress: '192.0.2.7' })
    expect(seen[0]?.headers.get('cookie')).toBe('glasshouse_session=abc')
    expect(seen[0]?.headers.get('user-agent')).toBe('x')
  })

  test("what changes something carries the session's csrf token, asked for once", async () => {
    const seen = serve(() => new Response(null, { status: 204 }))
    const { api } = visitor('glasshouse_session=abc')
    await api.createChannel({ body: { type: 'public', name: 'x' } })
    expect(await api.endWebSession()).toEqual({ ok: true, value: undefined })
    const writes = seen.filter((each) => each.method !== 'GET')
    expect(writes.map((each) => each.headers.get('x-csrf-token'))).toEqual(['the-csrf-token', 'the-csrf-token'])
    expect(writes[0]?.body).toBe('{"type":"public","name":"x"}')
    expect(writes[0]?.headers.get('content-type')).toBe('application/json')
    expect(seen.filter((each) => each.method === 'GET')).toHaveLength(1)
  })

  test('an anonymous visitor is not asked for', async () => {
    const seen = serve(() => Response.json({}, { status: 201 }))
    const { api, session } = visitor(undefined)
    expect(await session()).toBeNull()
    await api.register({ body: ANA })
    expect(seen.map((each) => each.path)).toEqual(['/api/users'])
  })

  test('cookies go back to the browser as the API set them', async () => {
    const header = 'glasshouse_session=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60'
    serve(() => new Response(null, { status: 204, headers: { 'set-cookie': header } }))
    const { api, set } = visitor(undefined)
    await api.createWebSession({ body: ANA })
    expect(set).toEqual([
      {
        name: 'glasshouse_session',
        value: 'v',
        options: { secure: false, httpOnly: true, path: '/', sameSite: 'lax', maxAge: 60 },
      },
    ])
  })

  test('an error keeps its code, field and time to wait', async () => {
    const body = {
      error: {
        code: 'auth.throttled',
        message: 'Wait.',
        details: { path: 'username', retry_after_ms: 900 },
        request_id: 'r',
      },
    }
    serve(() => Response.json(body, { status: 429, headers: { 'retry-after': '1' } }))
    expect(await visitor(undefined).api.createWebSession({ body: ANA })).toEqual({
      ok: false,
      error: {
        status: 429,
        code: 'auth.throttled',
        message: 'Wait.',
        path: 'username',
        retryAfterMs: 900,
        requestId: 'r',
      },
    })
  })

  test('an answer that is no error body is an error that can be read', async () => {
    serve(() => new Response('<html>', { status: 502 }))
    const answer = await visitor(undefined).api.getSite()
    expect(answer).toMatchObject({ ok: false, error: { status: 502, code: 'client.unreadable_answer' } })
  })

  test('without the server it says how to start it', async () => {
    await expect(visitor(undefined).api.getSite()).rejects.toThrow(/npm start/)
  })
})
