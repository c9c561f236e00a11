/** The REST API as an OpenAPI 3.1 document, from the same routes that the gateway mounts. */
import type { TSchema } from 'typebox'
import * as channels from './channels.ts'
import type { Route } from './endpoints.ts'
import { ERROR_CODES, errorDefinition, type ErrorCode } from './errors.ts'
import { EVENT_STREAM_ROUTE, LastEventId } from './event-stream.ts'
import { RateLimit } from './fields.ts'
import * as groups from './groups.ts'
import * as later from './later.ts'
import * as messages from './messages.ts'
import { namedSchemas, objectSchemas, type Json, type NamedSchemas } from './named-schemas.ts'
import { may } from './permissions.ts'
import * as polls from './polls.ts'
import { ROUTES } from './routes.ts'
import * as site from './site.ts'
import * as drafts from './drafts.ts'
import * as unread from './unread.ts'
import * as users from './users.ts'

const STATUS_MEANING: Readonly<Record<number, string>> = {
  400: 'Malformed',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Nothing here, or nothing that the caller may see',
  405: 'Not this method',
  408: 'Too late',
  409: 'In conflict with what is there',
  413: 'Too large',
  415: 'Not JSON',
  422: 'A field is not valid; `details.path` names it',
  429: 'Too much in a short time; see Retry-After',
  500: 'Something broke on the server',
  503: 'Not now; see Retry-After',
}

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The `token` of a sign-in, for programs.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'glasshouse_session',
    description:
      'A browser session. Unsafe methods also need the header `x-csrf-token`, with the `csrf_token` of the session, and an Origin of this site.',
  },
} as const

export function openApiDocument(version: string): Json {
  const schemas = namedSchemas(
    objectSchemas(channels, drafts, groups, later, messages, polls, site, unread, users, { RateLimit }),
  )
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = operation(name, route, schemas)
  }
  paths[EVENT_STREAM_ROUTE.path] = { get: eventStreamOperation(schemas) }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Glasshouse',
      version,
      description: 'The REST API. Live frames are in asyncapi.json.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api' }],
    paths,
    components: {
      schemas: schemas.definitions(),
      responses: Object.fromEntries(errorStatuses().map((status) => [errorName(status), errorAnswer(status)])),
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

function operation(name: string, route: Route, schemas: NamedSchemas): Json {
  const parameters = [...parametersOf(route.params, 'path', schemas), ...parametersOf(route.query, 'query', schemas)]
  const signedIn: Json[] = [{ bearer: [] }, { cookie: [] }]
  const answers = Object.entries(route.answers).map(([status, schema]): [string, Json] => [
    status,
    {
      description: schema === null ? 'Done' : 'The answer',
      ...(schema === null ? {} : { content: { 'application/json': { schema: schemas.write(schema) } } }),
    },
  ])
  const errors = errorStatusesOf(route).map((status): [string, Json] => [
    String(status),
    { $ref: `#/components/responses/${errorName(status)}` },
  ])
  return {
    operationId: name,
    summary: route.summary,
    'x-permission': route.permission,
    security: may('anonymous', route.permission) ? [{}, ...signedIn] : signedIn,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemas.write(route.body) } } } }),
    responses: Object.fromEntries([...answers, ...errors]),
  }
}

/** As the other routes, but for an answer that goes on: its frames are in asyncapi.json. */
function eventStreamOperation(schemas: NamedSchemas): Json {
  const { parameters, responses, ...rest } = operation('events', EVENT_STREAM_ROUTE, schemas) as {
    readonly parameters: readonly Json[]
    readonly responses: { readonly [status: string]: Json }
  }
  const header: Json = { name: 'Last-Event-ID', in: 'header', required: false, schema: schemas.write(LastEventId) }
  const stream: Json = { description: 'The stream', content: { 'text/event-stream': { schema: { type: 'string' } } } }
  return { ...rest, parameters: [...parameters, header], responses: { 200: stream, ...responses } }
}

function parametersOf(schema: TSchema | undefined, place: 'path' | 'query', schemas: NamedSchemas): Json[] {
  if (schema === undefined) return []
  const { properties, required } = schema as TSchema & {
    readonly properties: Readonly<Record<string, TSchema>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: place,
    required: required?.includes(name) ?? false,
    schema: schemas.write(field),
  }))
}

/** Every refusal that this kind of route can meet. Codes of the live connection are in asyncapi.json. */
function errorStatusesOf(route: Route): number[] {
  const anonymous = may('anonymous', route.permission)
  const takesFields = route.params !== undefined || route.query !== undefined || route.body !== undefined
  const statuses = new Set([500, 503, 429])
  // A token that is sent and wrong is refused on every route.
  statuses.add(401)
  if (!anonymous || route.method !== 'GET') statuses.add(403)
  if (takesFields) statuses.add(422)
  if (route.params !== undefined) statuses.add(404)
  if (route.body !== undefined) for (const status of [400, 409, 413, 415]) statuses.add(status)
  return [...statuses].toSorted((a, b) => a - b)
}

function errorStatuses(): number[] {
  return [...new Set(restCodes().map((code) => errorDefinition(code).http))].toSorted((a, b) => a - b)
}

function restCodes(): ErrorCode[] {
  return ERROR_CODES.filter((code) => !code.startsWith('live.'))
}

function errorName(status: number): string {
  return `Error${status}`
}

function errorAnswer(status: number): Json {
  const codes = restCodes().filter((code) => errorDefinition(code).http === status)
  const meaning = STATUS_MEANING[status] ?? 'Refused'
  const waits = codes.some((code) => errorDefinition(code).retryable) && status !== 500
  return {
    description: `${meaning}. Codes: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    ...(waits ? { headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } } } : {}),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' } } },
  }
}
