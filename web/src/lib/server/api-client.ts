import type { ErrorBody, WebSession } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { error, type RequestEvent } from '@sveltejs/kit'

/** Why the API refused. */
export interface ApiError {
  /** HTTP status. */
  readonly status: number
  readonly code: string
  readonly message: string
  /** The field at fault. */
  readonly path?: string
  readonly retryAfterMs?: number
}

type InternalFetch = (request: Request, context: { clientAddress: string }) => Promise<Response>
/** What is used of the visitor's request. */
type Caller = Pick<RequestEvent, 'cookies' | 'request' | 'url' | 'getClientAddress'>

const INTERNAL_FETCH = Symbol.for('glasshouse.internal-fetch')

/**
 * The REST API as one visitor's browser would call it, but without a network hop: the gateway, which runs in the same process, left
 * its own fetch in a global slot. The visitor's cookie goes along, and cookies that the API sets go back to the browser.
 */
export class ApiClient {
  readonly #event: Caller
  #session: Promise<WebSession | null> | undefined

  constructor(event: Caller) {
    this.#event = event
  }

  get<Answer>(path: string): Promise<Result<Answer, ApiError>> {
    return this.#request<Answer>('GET', path)
  }

  post<Answer>(path: string, body: object): Promise<Result<Answer, ApiError>> {
    return this.#request<Answer>('POST', path, body)
  }

  delete(path: string): Promise<Result<undefined, ApiError>> {
    return this.#request<undefined>('DELETE', path)
  }

  /** Who is signed in; asked once per request. */
  session(): Promise<WebSession | null> {
    this.#session ??= this.#readSession()
    return this.#session
  }

  async #readSession(): Promise<WebSession | null> {
    if (this.#event.cookies.getAll().length === 0) return null
    const answer = await this.get<WebSession>('/auth/sessions/current')
    if (answer.ok) return answer.value
    if (answer.error.status === 401) return null
    return failPage(answer.error)
  }

  async #request<Answer>(method: string, path: string, body?: object): Promise<Result<Answer, ApiError>> {
    const headers = new Headers({ accept: 'application/json' })
    for (const name of ['cookie', 'user-agent']) {
      const value = this.#event.request.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    if (body !== undefined) headers.set('content-type', 'application/json')
    if (method !== 'GET') {
      const session = await this.session()
      if (session) headers.set('x-csrf-token', session.csrf_token)
    }
    const request = new Request(new URL(`/api${path}`, this.#event.url.origin), {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const response = await internalFetch()(request, { clientAddress: this.#event.getClientAddress() })
    this.#passCookies(response)
    return readAnswer<Answer>(response)
  }

  #passCookies(response: Response): void {
    for (const header of response.headers.getSetCookie()) {
      const { name, value, ...attributes } = this.#event.cookies.parse(header)
      // Attributes that are absent are off: not what the framework would choose for its own cookies.
      this.#event.cookies.set(name, value ?? '', { secure: false, httpOnly: false, ...attributes })
    }
  }
}

function internalFetch(): InternalFetch {
  const slot: unknown = Reflect.get(globalThis, INTERNAL_FETCH)
  if (typeof slot !== 'function') {
    throw new Error('The web app runs within the Glasshouse server, which gives it its API. Start it with: npm start')
  }
  return slot as InternalFetch
}

async function readAnswer<Answer>(response: Response): Promise<Result<Answer, ApiError>> {
  const text = await response.text()
  // The API answers with what its contract says, or not at all; an empty answer is undefined.
  if (response.ok) return ok((text === '' ? undefined : JSON.parse(text)) as Answer)
  const body = parseErrorBody(text)
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs =
    body?.error.details?.retry_after_ms ?? (Number.isFinite(retryAfterS) ? retryAfterS * 1000 : undefined)
  const path = body?.error.details?.path
  return err({
    status: response.status,
    code: body?.error.code ?? 'server.internal',
    message: body?.error.message ?? 'The server gave no answer that can be read. Try again.',
    ...(path === undefined ? {} : { path }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

function parseErrorBody(text: string): ErrorBody | undefined {
  try {
    const body = JSON.parse(text) as Partial<ErrorBody> | null
    return body?.error === undefined ? undefined : (body as ErrorBody)
  } catch {
    return undefined
  }
}

/** Ends a `load` with the error page. */
export function failPage(refusal: ApiError): never {
  error(refusal.status, { message: refusal.message })
}
