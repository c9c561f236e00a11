import { createApi } from '@glasshouse/client'

/** Of the session that the browser has now. It is asked for with the first change, and never stands in a page. */
let csrfToken: Promise<string | undefined> | undefined

/** REST as the browser calls it: the session's cookie authenticates, and its csrf token goes along with what changes something. */
export const browserApi = createApi({ baseUrl: '', fetch: send })

async function send(url: string, init: RequestInit): Promise<Response> {
  if (init.method === 'GET') return fetch(url, init)
  const response = await change(url, init)
  if (response.status !== 403) return response
  // The session may be another one than before: somebody signed in again in another tab.
  csrfToken = undefined
  return change(url, init)
}

async function change(url: string, init: RequestInit): Promise<Response> {
  csrfToken ??= readToken()
  const token = await csrfToken
  if (token === undefined) csrfToken = undefined
  const headers = new Headers(init.headers)
  if (token !== undefined) headers.set('x-csrf-token', token)
  return fetch(url, { ...init, headers })
}

async function readToken(): Promise<string | undefined> {
  const session = await browserApi.getWebSession()
  return session.ok ? session.value.csrf_token : undefined
}
