/**
 * The REST API with the types of its routes: `api.createChannel({ body })`. The methods and paths come from a small generated table;
 * the schemas stay on the server, which checks. What the server answers is trusted to be what its contract says.
 */
import { ROUTE_TABLE, type RouteAnswer, type RouteName, type RouteRequest } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { apiError, type ApiError } from './api-error.ts'

const TIMEOUT_MS_DEFAULT = 15_000

export interface ApiOptions {
  /** Where Glasshouse is: `https://hub.example.org`, with a path when it is below one; '' for the page's own origin. */
  readonly baseUrl: string
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** The access token of a program. Asked before each call. */
  readonly token?: () => string | undefined | Promise<string | undefined>
  /** For browsers: goes along with each unsafe call, which the session's cookie authenticates. */
  readonly csrfToken?: () => string | undefined
  /** From the call to the last byte of the answer; 15 s when absent. */
  readonly timeoutMs?: number
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

type CallRequest<Name extends RouteName> = RouteRequest<Name> & CallOptions

type Call<Name extends RouteName> =
  Record<never, never> extends RouteRequest<Name>
    ? (request?: CallRequest<Name>) => Promise<Result<RouteAnswer<Name>, ApiError>>
    : (request: CallRequest<Name>) => Promise<Result<RouteAnswer<Name>, ApiError>>

/** One method for each route. None throws for what a server or a network may do: failures are `ApiError`s. */
export type Api = { readonly [Name in RouteName]: Call<Name> }

interface AnyRequest extends CallOptions {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: object
}

export function createApi(options: ApiOptions): Api {
  const calls = Object.entries(ROUTE_TABLE).map(([name, route]) => [
    name,
    (request: AnyRequest = {}) => call(options, route, request),
  ])
  // The table holds every route (route-table.test.ts), which is what makes this the whole of Api.
  return Object.fromEntries(calls) as Api
}

interface TableRoute {
  readonly method: string
  readonly path: string
}

async function call(options: ApiOptions, route: TableRoute, request: AnyRequest): Promise<Result<unknown, ApiError>> {
  const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS_DEFAULT
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
  const send = options.fetch ?? ((url, init) => fetch(url, init))
  const url = addressOf(options.baseUrl, route.path, request)
  const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) }
  const headers = await headersOf(options, route, request)
  try {
    const response = await send(url, { method: route.method, headers, signal, ...body })
    return readAnswer(response, await response.text())
  } catch (error) {
    if (request.signal?.aborted === true) {
      return err(apiError({ code: 'client.cancelled', message: 'The request was cancelled.' }))
    }
    if (timeout.aborted) {
      return err(apiError({ code: 'network', message: `No answer came within ${timeoutMs / 1000} s. Try again.` }))
    }
    if (!isNetworkFault(error)) throw error
    return err(
      apiError({ code: 'network', message: 'Glasshouse cannot be reached. Check the connection, then try again.' }),
    )
  }
}

/** Fetch reports every failure of the network as a TypeError; implementations differ in the rest, which is a cause with a code. */
function isNetworkFault(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && ('code' in error || error.cause !== undefined))
}

function addressOf(baseUrl: string, path: string, request: AnyRequest): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = request.params?.[name]
    if (value === undefined) throw new Error(`the call needs params.${name}`)
    return encodeURIComponent(value)
  })
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value))
  }
  const base = baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl
  return `${base}/api${filled}${query.size === 0 ? '' : `?${query.toString()}`}`
}

async function headersOf(options: ApiOptions, route: TableRoute, request: AnyRequest): Promise<Record<string, string>> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (request.body !== undefined) headers['content-type'] = 'application/json'
  const token = await options.token?.()
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  const csrfToken = route.method === 'GET' ? undefined : options.csrfToken?.()
  if (csrfToken !== undefined) headers['x-csrf-token'] = csrfToken
  return headers
}

function readAnswer(response: Response, text: string): Result<unknown, ApiError> {
  const body = parseJson(text)
  if (response.ok) {
    if (text === '') return ok(undefined)
    if (body !== undefined) return ok(body)
    return err(unreadable(response.status))
  }
  const refusal = objectOf(objectOf(body)?.['error'])
  if (refusal === undefined || typeof refusal['code'] !== 'string') return err(unreadable(response.status))
  const details = objectOf(refusal['details'])
  return err(
    apiError({
      code: refusal['code'],
      message: textOf(refusal['message']) ?? refusal['code'],
      status: response.status,
      path: textOf(details?.['path']),
      retryAfterMs: retryAfterMsOf(details?.['retry_after_ms'], response.headers.get('retry-after')),
      requestId: textOf(refusal['request_id']),
    }),
  )
}

function unreadable(status: number): ApiError {
  const message = `What answered (HTTP ${status}) does not speak as Glasshouse does. Check the address and what lies between.`
  return apiError({ code: 'client.unreadable_answer', message, status })
}

/** The exact time when the body has it, else the header, which counts in seconds (or is a date, and then not for us). */
function retryAfterMsOf(exactMs: unknown, header: string | null): number | undefined {
  if (typeof exactMs === 'number') return exactMs
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
