import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ROUTES, ROUTE_TABLE, type Route } from '@glasshouse/contracts'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { createApi, type Api } from './api.ts'

const ID = '0197a5c0-0000-7000-8000-000000000001'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let http: ReturnType<typeof createServer>
let baseUrl = ''
let seen: Seen[] = []
let answer: (response: ServerResponse) => void = () => {}

beforeEach(async () => {
  seen = []
  http = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method, url, headers } = request
      seen.push({ method, url, headers, body: Buffer.concat(parts).toString('utf8') })
      answer(response)
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  baseUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
})
afterEach(async () => {
  http.closeAllConnections()
  http.close()
  await once(http, 'close')
})

function answering(status: number, body: unknown, headers: Record<string, string> = {}): void {
  answer = (response) => {
    response.writeHead(status, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

const refusal = (code: string, details?: object): object => ({
  error: { code, message: 'No.', request_id: ID, ...(details === undefined ? {} : { details }) },
})

describe('createApi', () => {
  test('fills the path, the query and the body, and returns the answer', async () => {
    answering(200, { items: [], next: null, stream: `channel:${ID}`, seq: 7 })
    const api = createApi({ baseUrl: `${baseUrl}/` })
    const result = await api.listMessages({ params: { channel_id: ID }, query: { limit: 3, before: 9 } })
    expect(result).toEqual({ ok: true, value: { items: [], next: null, stream: `channel:${ID}`, seq: 7 } })
    expect(seen[0]).toMatchObject({ method: 'GET', url: `/api/channels/${ID}/messages?limit=3&before=9`, body: '' })
    expect(seen[0]?.headers).not.toHaveProperty('content-type')

    answering(201, { id: ID })
    await api.createChannel({ body: { type: 'public', name: 'tea & cake' } })
    expect(seen[1]).toMatchObject({
      method: 'POST',
      url: '/api/channels',
      headers: { 'content-type': 'application/json' },
      body: '{"type":"public","name":"tea & cake"}',
    })
  })

  test('a parameter cannot leave its place in the path', async () => {
    answering(404, refusal('not_found'))
    await createApi({ baseUrl }).getUser({ params: { user_id: '../me?x=1' } })
    expect(seen[0]?.url).toBe('/api/users/..%2Fme%3Fx%3D1')
  })

  test('an empty answer is undefined', async () => {
    answer = (response) => response.writeHead(204).end()
    expect(await createApi({ baseUrl }).logout()).toEqual({ ok: true, value: undefined })
  })

  test('the token goes along with each call, the CSRF token with those that change something', async () => {
    answering(200, {})
    const api = createApi({ baseUrl, token: () => Promise.resolve('a.b.c'), csrfToken: () => 'csrf' })
    await api.getSelf()
    await api.logout()
    expect(seen.map(({ headers }) => [headers.authorization, headers['x-csrf-token']])).toEqual([
      ['Bearer a.b.c', undefined],
      ['Bearer a.b.c', 'csrf'],
    ])
  })

  test('a refusal carries all that the server said', async () => {
    answering(422, refusal('request.invalid', { path: 'name' }))
    expect(await createApi({ baseUrl }).listChannels()).toEqual({
      ok: false,
      error: { code: 'request.invalid', message: 'No.', status: 422, path: 'name', requestId: ID },
    })
  })

  test.each([
    ['exactly, when the body says it', refusal('auth.throttled', { retry_after_ms: 1_500 }), '2', 1_500],
    ['from the header', refusal('auth.throttled'), '2', 2_000],
    ['not from a header that is a date', refusal('auth.throttled'), 'Fri, 20 Nov 2026 09:30:00 GMT', undefined],
  ])('says when to try again: %s', async (_, body, header, retryAfterMs) => {
    answering(429, body, { 'retry-after': header })
    const result = await createApi({ baseUrl }).listChannels()
    expect(result.ok ? undefined : result.error.retryAfterMs).toBe(retryAfterMs)
  })

  test.each([
    [200, '<html>Sign in to the wireless network</html>'],
    [502, '<html>Bad gateway</html>'],
    [500, '{"message":"other program"}'],
    [500, 'null'],
  ])('an answer of another program (%i %s) is no answer of Glasshouse', async (status, body) => {
    answering(status, body)
    expect(await createApi({ baseUrl }).getSite()).toMatchObject({
      ok: false,
      error: { code: 'client.unreadable_answer', status },
    })
  })

  test('a server that is not there is a network failure', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    const result = await createApi({ baseUrl: `http://127.0.0.1:${port}` }).getSite()
    expect(result).toMatchObject({ ok: false, error: { code: 'network', status: 0 } })
  })

  test('and so is one that breaks off, or does not answer in time', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{')
      response.destroy()
    }
    expect(await createApi({ baseUrl }).getSite()).toMatchObject({ ok: false, error: { code: 'network' } })
    answer = () => {}
    expect(await createApi({ baseUrl, timeoutMs: 20 }).getSite()).toMatchObject({
      ok: false,
      error: { code: 'network' },
    })
  })

  test("the caller's own signal ends a call", async () => {
    answer = () => {}
    const cancel = new AbortController()
    const result = createApi({ baseUrl }).getSite({ signal: cancel.signal })
    cancel.abort()
    expect(await result).toMatchObject({ ok: false, error: { code: 'client.cancelled' } })
  })

  test('a fault of the program is no network failure', async () => {
    const broken = createApi({ baseUrl, fetch: () => Promise.reject(new Error('a bug')) })
    await expect(broken.getSite()).rejects.toThrow('a bug')
  })
})

describe('types', () => {
  test('a call asks for what its route needs, and no more', () => {
    expectTypeOf<[]>().toExtend<Parameters<Api['getSite']>>()
    expectTypeOf<Parameters<Api['getUser']>[0]>().toExtend<{ params: { user_id: string } }>()
    expectTypeOf<{ query: { limit: number } }>().not.toExtend<Parameters<Api['listMessages']>[0]>()
    type Site = Extract<Awaited<ReturnType<Api['getSite']>>, { ok: true }>['value']
    expectTypeOf<Site['registration']>().toEqualTypeOf<'open' | 'closed'>()
    type Nothing = Extract<Awaited<ReturnType<Api['logout']>>, { ok: true }>['value']
    expectTypeOf<Nothing>().toEqualTypeOf<undefined>()
  })
})

test('the table that the SDK calls by is that of the routes', () => {
  const routes = Object.entries<Route>(ROUTES).map(([name, { method, path }]) => [name, { method, path }])
  expect(ROUTE_TABLE).toEqual(Object.fromEntries(routes))
})
