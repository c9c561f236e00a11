import { createApi, type Api } from '@glasshouse/client'
import type { WebSession } from '@glasshouse/contracts'
import type { RequestEvent } from '@sveltejs/kit'
import { orFailPage } from './or-fail-page.ts'

type InternalFetch = (request: Request, context: { clientAddress: string }) => Promise<Response>
/** What is used of the visitor's request. */
type Visit = Pick<RequestEvent, 'cookies' | 'request' | 'url' | 'getClientAddress'>

interface VisitorApi {
  readonly api: Api
  /** Who is signed in; asked once per request. Null for an anonymous visitor. */
  readonly session: () => Promise<WebSession | null>
}

const INTERNAL_FETCH = Symbol.for('glasshouse.internal-fetch')

/**
 * The SDK's REST API as one visitor's browser would call it, but without a network hop: the gateway, which runs in the same process,
 * left its own fetch in a global slot. The visitor's cookie goes along, the csrf token of their session with what changes something,
 * and cookies that the API sets go back to the browser.
 */
export function visitorApi(visit: Visit): VisitorApi {
  const api = createApi({ baseUrl: visit.url.origin, fetch: send })
  let asked: Promise<WebSession | null> | undefined

  async function send(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    for (const name of ['cookie', 'user-agent']) {
      const value = visit.request.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    if (init.method !== 'GET') {
      const current = await session()
      if (current) headers.set('x-csrf-token', current.csrf_token)
    }
    const request = new Request(url, { ...init, headers })
    const response = await internalFetch()(request, { clientAddress: visit.getClientAddress() })
    passCookies(response, visit.cookies)
    return response
  }

  function session(): Promise<WebSession | null> {
    asked ??= readSession()
    return asked
  }

  async function readSession(): Promise<WebSession | null> {
    if (visit.cookies.getAll().length === 0) return null
    const answer = await api.getWebSession()
    return !answer.ok && answer.error.status === 401 ? null : orFailPage(answer)
  }

  return { api, session }
}

function passCookies(response: Response, cookies: Visit['cookies']): void {
  for (const header of response.headers.getSetCookie()) {
    const { name, value, ...attributes } = cookies.parse(header)
    // Attributes that are absent are off: not what the framework would choose for its own cookies.
    cookies.set(name, value ?? '', { secure: false, httpOnly: false, ...attributes })
  }
}

function internalFetch(): InternalFetch {
  const slot: unknown = Reflect.get(globalThis, INTERNAL_FETCH)
  if (typeof slot !== 'function') {
    throw new Error('The web app runs within the Glasshouse server, which gives it its API. Start it with: npm start')
  }
  return slot as InternalFetch
}
