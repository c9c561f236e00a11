import {
  failure,
  parser,
  type Endpoint,
  type EndpointRequest,
  type Failure,
  type Parse,
  type Route,
} from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'

type Schema = NonNullable<Route['body']>

/** Thrown at start: what is served and what is promised must be the same. */
export class RouteMismatch extends Error {
  override readonly name = 'RouteMismatch'
}

/** The parts of a request as the route's schemas have them. */
export type RequestParts = Pick<EndpointRequest<Route>, 'params' | 'query' | 'body'>

export interface RawParts {
  readonly params: unknown
  readonly query: unknown
  /** The bytes as they came; undefined when there were none. */
  readonly body: Buffer | undefined
}

/** A route with its endpoint and its compiled checks. */
export interface MountedRoute {
  readonly route: Route
  readonly endpoint: Endpoint
  check(raw: RawParts): Result<RequestParts, Failure>
}

/** Pairs each promised route with its endpoint. Throws RouteMismatch, naming all that is missing, doubled or too much. */
export function mountRoutes(promised: readonly Route[], endpoints: readonly Endpoint[]): MountedRoute[] {
  const key = (route: Route): string => `${route.method} ${route.path}`
  const faults: string[] = []
  const byKey = new Map<string, Endpoint>()
  for (const endpoint of endpoints) {
    if (byKey.has(key(endpoint.route))) faults.push(`${key(endpoint.route)} has two endpoints`)
    byKey.set(key(endpoint.route), endpoint)
  }
  const mounted: MountedRoute[] = []
  for (const route of promised) {
    const endpoint = byKey.get(key(route))
    if (endpoint === undefined) faults.push(`${key(route)} has no endpoint`)
    else mounted.push({ route, endpoint, check: checker(route) })
    byKey.delete(key(route))
  }
  for (const unknown of byKey.keys()) faults.push(`${unknown} is an endpoint without a route`)
  if (faults.length > 0) throw new RouteMismatch(`The REST interface is not whole: ${faults.join('; ')}.`)
  return mounted
}

function checker(route: Route): MountedRoute['check'] {
  const params = route.params === undefined ? undefined : parser(route.params)
  const query = route.query === undefined ? undefined : parser(route.query)
  const body = route.body === undefined ? undefined : parser(route.body)
  const typed = route.query === undefined ? [] : typedFields(route.query)
  return (raw) => {
    const checkedParams = checkPart(params, raw.params)
    if (!checkedParams.ok) return checkedParams
    const checkedQuery = checkPart(query, readTexts(raw.query, typed))
    if (!checkedQuery.ok) return checkedQuery
    const read = body === undefined ? ok(undefined) : readJson(raw.body)
    if (!read.ok) return read
    const checkedBody = checkPart(body, read.value)
    if (!checkedBody.ok) return checkedBody
    return ok({ params: checkedParams.value, query: checkedQuery.value, body: checkedBody.value })
  }
}

function checkPart(parse: Parse<Schema> | undefined, value: unknown): Result<unknown, Failure> {
  return parse === undefined ? ok(undefined) : parse(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function readJson(bytes: Buffer | undefined): Result<unknown, Failure> {
  if (bytes === undefined || bytes.length === 0) {
    return err(failure('request.malformed', { message: 'The request has no body: send JSON.' }))
  }
  try {
    return ok(JSON.parse(utf8.decode(bytes)) as unknown)
  } catch {
    return err(failure('request.malformed'))
  }
}

type TypedField = readonly [name: string, type: 'integer' | 'boolean']

/** Everything in a query string is text: fields that are something else by their schema are read as such. */
function typedFields(schema: Schema): TypedField[] {
  const { properties } = schema as { readonly properties?: Readonly<Record<string, { readonly type?: unknown }>> }
  return Object.entries(properties ?? {}).flatMap(([name, { type }]): TypedField[] =>
    type === 'integer' || type === 'boolean' ? [[name, type]] : [],
  )
}

function readTexts(query: unknown, fields: readonly TypedField[]): unknown {
  if (fields.length === 0 || typeof query !== 'object' || query === null) return query
  const read: Record<string, unknown> = { ...query }
  for (const [name, type] of fields) {
    const text = read[name]
    if (type === 'integer' && typeof text === 'string' && /^-?\d{1,16}$/.test(text)) read[name] = Number(text)
    if (type === 'boolean' && (text === 'true' || text === 'false')) read[name] = text === 'true'
  }
  return read
}
