import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  EVENT_STREAM_ROUTE,
  failure,
  type Endpoint,
  type EndpointAnswer,
  type Failure,
  type Route,
} from '@glasshouse/contracts'
import { newId, type Clock, type RequestId, type Result } from '@glasshouse/kernel'
import compression from 'compression'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Authentication, Log } from '../application/ports.ts'
import { errorAnswer } from './error-answer.ts'
import { SESSION_COOKIE, type HttpLimits, type HttpSettings } from './http-settings.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { Readiness, type ReadinessChecks } from './readiness.ts'
import { refuseUnreadable } from './refuse-unreadable.ts'
import { cookieOf, RequestOrigins, type RequestOrigin } from './request-origin.ts'
import { checkForgery, permit, resolveCaller } from './resolve-caller.ts'
import { mountRoutes, type MountedRoute } from './route-table.ts'
import { setSecurityHeaders } from './security-headers.ts'

/** Headers by which the web app learns what the client called. The gateway overwrites them on each request. */
export const WEB_PROTOCOL_HEADER = 'x-glasshouse-protocol'
export const WEB_HOST_HEADER = 'x-glasshouse-host'
export const WEB_ADDRESS_HEADER = 'x-glasshouse-address'

export type WebHandler = (request: IncomingMessage, response: ServerResponse) => void

export interface EdgePorts {
  readonly routes: readonly Route[]
  readonly endpoints: readonly Endpoint[]
  readonly authentication: Authentication
  readonly readiness: ReadinessChecks
  /** Answers every path that is not the gateway's own. */
  readonly webHandler: WebHandler
  readonly clock: Clock
  readonly log: Log
}

/**
 * For pages, and the data that a page loads when it becomes another one; files of the build come compressed already. REST and live
 * connections are left alone: what is secret goes over those, and an answer that is compressed together with what somebody else chose
 * can give a secret away by its length.
 */
const compressPage = compression({ threshold: 1_024 })

/** The HTTP door: REST under `/api`, `/healthz` and `/readyz`, and the web app for everything else. */
export interface Edge {
  readonly server: Server
  readonly fastify: FastifyInstance
  readonly origins: RequestOrigins
  /** Requests that are not answered yet. */
  readonly requestsUnderWay: number
  /** From now on `/readyz` says no, and connections close after their answer. */
  beginDrain(): void
}

/** Throws RouteMismatch when a promised route has no endpoint or an endpoint no route. */
export function createEdge(ports: EdgePorts, settings: HttpSettings, limits: HttpLimits): Edge {
  const origins = new RequestOrigins(settings)
  const readiness = new Readiness(ports.readiness, ports.clock, {
    timeoutMs: limits.readinessTimeoutMs,
    cacheMs: limits.readinessCacheMs,
  })
  const state = { draining: false, requestsUnderWay: 0 }

  const dispatch = (
    request: IncomingMessage,
    response: ServerResponse,
    api: (request: IncomingMessage, response: ServerResponse) => void,
  ): void => {
    state.requestsUnderWay++
    response.once('close', () => state.requestsUnderWay--)
    if (state.draining) response.setHeader('connection', 'close')
    const page = !isOwnPath(request)
    setSecurityHeaders(response, { page, publicIsHttps: origins.publicIsHttps })
    if (!page) return api(request, response)
    const origin = origins.of(request)
    if (isForeignForm(request, origin, origins)) return refuseForm(response)
    request.headers[WEB_PROTOCOL_HEADER] = origin.protocol
    request.headers[WEB_HOST_HEADER] = origin.host
    request.headers[WEB_ADDRESS_HEADER] = origin.address
    compressPage(request, response, () => ports.webHandler(request, response))
  }

  const fastify = Fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    genReqId: () => newId<RequestId>(),
    requestIdHeader: false,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => void refuse(reply, malformed(error), request.id),
    serverFactory: (api) =>
      createServer(
        {
          headersTimeout: limits.headersTimeoutMs,
          requestTimeout: Math.max(limits.requestTimeoutMs, limits.headersTimeoutMs),
          keepAliveTimeout: limits.keepAliveTimeoutMs,
          maxHeaderSize: limits.headerBytesMax,
          connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
          // Other upgrades (h2c) are ignored, and the request is answered as what it is otherwise.
          shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
        },
        oneAtATime((request, response) => dispatch(request, response, api), limits.pipelinedRequestsMax),
      ),
  })
  acceptBytes(fastify)
  answerErrors(fastify, ports.log)

  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  const mounted = mountRoutes(ports.routes, ports.endpoints)
  const door = { authentication: ports.authentication, origins }
  for (const each of mounted) mount(fastify, `/api${pattern(each.route)}`, each, door)
  const login = mounted.find(({ route }) => route.method === 'POST' && route.path === '/users/login')
  if (login !== undefined) mount(fastify, '/login', login, door)

  fastify.get('/healthz', () => ({ status: 'alive' }))
  fastify.get('/readyz', async (_request, reply) => {
    const report = await readiness.report()
    const ready = report.status === 'ready' && !state.draining
    if (!ready) reply.code(503).header('retry-after', '1')
    return { ...report, status: ready ? 'ready' : 'not_ready' }
  })
  answerUnknownPaths(fastify, mounted)

  return {
    server: fastify.server,
    fastify,
    origins,
    get requestsUnderWay() {
      return state.requestsUnderWay
    },
    beginDrain() {
      state.draining = true
    },
  }
}

/** Whether the gateway answers this itself. `POST /login` is shared: JSON comes from programs, a form from the page. */
function isOwnPath(request: IncomingMessage): boolean {
  const path = pathOf(request.url)
  if (path === '/api' || path.startsWith('/api/') || path === '/healthz' || path === '/readyz' || path === '/ws')
    return true
  const json = request.headers['content-type']?.trim().toLowerCase().startsWith('application/json') ?? false
  return path === '/login' && request.method === 'POST' && json
}

/** What a page of somebody else sends to a page of ours. The web app compares with the host that it is told, whoever's that is. */
function isForeignForm(
  { method = 'GET', headers }: IncomingMessage,
  own: RequestOrigin,
  origins: RequestOrigins,
): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false
  return headers.origin !== undefined && !origins.isOurs(headers.origin, own)
}

function refuseForm(response: ServerResponse): void {
  const { status, headers, body } = errorAnswer(failure('request.forbidden_origin'), newId<RequestId>())
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

export function pathOf(url = '/'): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/** `{name}` as Fastify has it. */
function pattern(route: Route): string {
  return route.path.replace(/\{(\w+)\}/g, ':$1')
}

/** Bodies are read here, bounded, and parsed after it is known who sends them. */
function acceptBytes(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes))
}

interface Door {
  readonly authentication: Authentication
  readonly origins: RequestOrigins
}

function mount(fastify: FastifyInstance, url: string, mounted: MountedRoute, door: Door): void {
  fastify.route({
    method: mounted.route.method,
    url,
    handler: async (request, reply) => {
      const origin = door.origins.of(request.raw)
      const answer = await handle(request, { mounted, door, origin })
      if (!answer.ok) return refuse(reply, answer.error, request.id)
      return succeed(reply, answer.value, door.origins.publicIsHttps || origin.protocol === 'https')
    },
  })
}

/** who is it -> may they -> is it their own doing -> may a visitor here -> is it well formed -> the use case */
async function handle(
  request: FastifyRequest,
  at: { readonly mounted: MountedRoute; readonly door: Door; readonly origin: RequestOrigin },
): Promise<Result<EndpointAnswer, Failure>> {
  const { mounted, door, origin } = at
  const { route, endpoint } = mounted
  const { headers } = request
  const resolved = await resolveCaller(headers, door.authentication)
  if (!resolved.ok) return resolved
  const caller = resolved.value
  const permitted = permit(caller, route)
  if (!permitted.ok) return permitted
  const genuine = checkForgery({ caller, route, headers, origin }, door)
  if (!genuine.ok) return genuine
  // Values of a path are text always: Fastify decodes them.
  const admitted = caller === undefined ? endpoint.admitVisitor?.(request.params as Record<string, string>) : undefined
  if (admitted?.ok === false) return admitted
  const body = Buffer.isBuffer(request.body) ? request.body : undefined
  const parts = mounted.check({ params: request.params, query: request.query, body })
  if (!parts.ok) return parts
  return endpoint.handle({
    ...parts.value,
    caller,
    address: origin.address,
    userAgent: headers['user-agent'] ?? '',
    requestId: request.id as RequestId,
    cookie: cookieOf(headers.cookie, SESSION_COOKIE),
  })
}

function succeed(reply: FastifyReply, answer: EndpointAnswer, secure: boolean): FastifyReply {
  if (answer.sessionCookie !== undefined) reply.header('set-cookie', sessionCookie(answer.sessionCookie, secure))
  reply.code(answer.status)
  if (answer.body === undefined) return reply.send()
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body))
}

function sessionCookie(cookie: { readonly value: string; readonly maxAgeS: number } | null, secure: boolean): string {
  const { value, maxAgeS } = cookie ?? { value: '', maxAgeS: 0 }
  return `${SESSION_COOKIE}=${value}; Max-Age=${maxAgeS}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

/** Answers with an error, as REST has it. */
export function refuse(reply: FastifyReply, refusal: Failure, requestId: string): FastifyReply {
  const { status, headers, body } = errorAnswer(refusal, requestId)
  return reply
    .code(status)
    .headers({ 'x-request-id': requestId, ...headers })
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(body))
}

function answerErrors(fastify: FastifyInstance, log: Log): void {
  fastify.setErrorHandler((error: Error & { code?: string; statusCode?: number }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse(reply, failure('request.too_large'), request.id)
    if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      return refuse(reply, failure('request.unsupported_media_type'), request.id)
    }
    if (error.code?.startsWith('FST_ERR_CTP_') === true) return refuse(reply, malformed(error), request.id)
    const at = { request_id: request.id, method: request.method, path: pathOf(request.url) }
    log.error({ err: error, ...at }, 'a request failed')
    return refuse(reply, failure('server.internal'), request.id)
  })
}

function malformed(error: Error): Failure {
  return failure('request.malformed', { message: `The request cannot be read: ${error.message}.` })
}

function answerUnknownPaths(fastify: FastifyInstance, mounted: readonly MountedRoute[]): void {
  const known = mounted.map(({ route }) => ({
    methods: route.method === 'GET' ? ['GET', 'HEAD'] : [route.method],
    path: new RegExp(`^/api${route.path.replace(/\{\w+\}/g, '[^/]+')}$`),
  }))
  known.push({ methods: [EVENT_STREAM_ROUTE.method], path: new RegExp(`^/api${EVENT_STREAM_ROUTE.path}$`) })
  fastify.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url)
    const methods = known.flatMap((route) => (route.path.test(path) ? route.methods : []))
    if (path === '/healthz' || path === '/readyz') methods.push('GET', 'HEAD')
    if (methods.length === 0) return refuse(reply, failure('not_found'), request.id)
    reply.header('allow', [...new Set(methods)].join(', '))
    return refuse(reply, failure('method_not_allowed'), request.id)
  })
}
