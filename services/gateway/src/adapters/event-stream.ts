import type { ServerResponse } from 'node:http'
import { EVENT_STREAM_ROUTE, failure, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, pause, type Result } from '@glasshouse/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorFrame } from '../application/error-frame.ts'
import type { Admission, LiveHub, TabKey } from '../application/live-hub.ts'
import type { StoredLiveSession } from '../application/live-session-store.ts'
import type { EventWire } from '../application/ports.ts'
import { encodeFrame } from './encode-frame.ts'
import { refuse } from './edge.ts'
import { parseEventQuery, type EventQuery } from './event-query.ts'
import { encodePlace, encodeRetry, EVENT_COMMENT } from './event-stream-encoding.ts'
import { SESSION_COOKIE } from './http-settings.ts'
import { cookieOf, type RequestOrigin, type RequestOrigins } from './request-origin.ts'
import { resolveCaller } from './resolve-caller.ts'
import { SocketWriter } from './socket-writer.ts'

/** An EventSource comes again after so long, drawn evenly, so that a restart does not bring all of them at once. Milliseconds. */
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 3_000

interface EventDoor {
  readonly hub: LiveHub
  readonly origins: RequestOrigins
}

/** `GET /api/events`: a connection of the live hub that only listens, over an HTTP response that does not end. */
export function mountEventStream(fastify: FastifyInstance, door: EventDoor): void {
  fastify.route({
    method: EVENT_STREAM_ROUTE.method,
    url: `/api${EVENT_STREAM_ROUTE.path}`,
    // An answer without a body says nothing here: 405, as for any other method.
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { admission, turns } = door.hub
      const opened = await admission.run(() => openInTime(request, reply.raw, door))
      if (opened === undefined) {
        return refuse(reply, failure('server.not_ready', { retryAfterMs: RETRY_MS_MAX }), request.id)
      }
      if (!opened.ok) return refuse(reply, opened.error, request.id)
      await turns.run(() => {
        if (!reply.raw.destroyed) begin(reply, opened.value, door.hub)
      })
      return reply
    },
  })
}

interface Opening {
  readonly caller: Caller | undefined
  readonly origin: RequestOrigin
  readonly query: EventQuery
  readonly tab: TabKey | undefined
  readonly found: StoredLiveSession | undefined
}

/** As with sockets: from its turn on it may take `handshakeTimeoutMs`. For longer the hub does not remember whose sign-in has ended. */
async function openInTime(
  request: FastifyRequest,
  response: ServerResponse,
  door: EventDoor,
): Promise<Result<Opening, Failure>> {
  const late = Promise.withResolvers<Result<Opening, Failure>>()
  const timer = setTimeout(() => {
    const message = 'Opening the event stream took too long.'
    late.resolve(err(failure('server.not_ready', { message, retryAfterMs: RETRY_MS_MAX })))
  }, door.hub.limits.handshakeTimeoutMs)
  try {
    return await Promise.race([open(request, response, door), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** All that can be refused is refused here, as HTTP. The places that it takes are given back when the response is over. */
async function open(
  request: FastifyRequest,
  response: ServerResponse,
  { hub, origins }: EventDoor,
): Promise<Result<Opening, Failure>> {
  const { headers } = request
  const held: Admission[] = []
  response.once('close', () => held.forEach((place) => place.release()))
  const hold = (place: Result<Admission, Failure>): Result<void, Failure> => {
    if (!place.ok) return place
    // The client may have gone meanwhile, and `close` with it.
    if (response.destroyed) place.value.release()
    else held.push(place.value)
    return ok()
  }
  const origin = origins.of(request.raw)
  const place = hold(hub.admitAddress(origin.address))
  if (!place.ok) return place

  const resolved = await resolveCaller(headers, hub.authentication)
  if (!resolved.ok) return resolved
  const caller = resolved.value
  const foreign = headers.origin !== undefined && !origins.isOurs(headers.origin, origin)
  if (foreign && cookieOf(headers.cookie, SESSION_COOKIE) !== undefined) {
    return err(failure('request.forbidden_origin'))
  }
  const lastEventId = headers['last-event-id']
  const lastPlace = Array.isArray(lastEventId) ? lastEventId.join() : lastEventId
  const query = parseEventQuery(request.query, lastPlace, caller?.userId)
  if (!query.ok) return query
  const { tabId, sessionId } = query.value
  const tab = tabId === undefined ? undefined : `${caller?.userId ?? origin.address} ${tabId}`
  const seat = hold(
    caller === undefined ? hub.admitVisitor(origin.address, tab) : hub.admitUser(caller, sessionId, tab),
  )
  if (!seat.ok) return seat
  const permitted = caller === undefined ? await askForVisitor(hub, query.value) : ok()
  if (!permitted.ok) return permitted
  const waitMs = caller === undefined ? 0 : hub.openingWaitMs(caller)
  if (waitMs > 0) await pause(waitMs)
  const found = caller && sessionId && (await hub.findSession(caller, sessionId))
  return ok({ caller, origin, query: query.value, tab, found })
}

/** Whoever has not signed in gets all that they ask for or nothing: so a stranger holds no connection that is of no use to them. */
async function askForVisitor(hub: LiveHub, { streams }: EventQuery): Promise<Result<void, Failure>> {
  if (streams === undefined) return err(failure('auth.required', { message: 'Sign in: a visitor has no session.' }))
  const refused = (await hub.open(undefined, [...streams.keys()])).find((opened) => !opened.ok)
  return refused ?? ok()
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Asks proxies such as nginx to pass on each write at once.
  'x-accel-buffering': 'no',
  // The end of the connection ends the response: so a write to the socket is what everybody gets, without a frame of HTTP around it,
  // and proxies that speak HTTP/1.0 take it as well.
  connection: 'close',
}

function begin(reply: FastifyReply, { caller, origin, query, tab, found }: Opening, hub: LiveHub): void {
  reply.hijack()
  const response = reply.raw
  const { socket } = response
  if (socket === null) return
  response.setHeader('x-request-id', reply.request.id)
  response.removeHeader('transfer-encoding')
  response.writeHead(200, HEADERS)
  response.flushHeaders()
  const writer = new SocketWriter(socket, () => connection.written())
  const wire = new ResponseWire(response, writer, hub.limits.closeTimeoutMs)
  const connection = hub.connectEvents({
    wire,
    caller,
    address: origin.address,
    found,
    streams: query.streams,
    places: query.places,
    tab,
  })
  response.once('close', () => connection.disconnected())
}

/** An HTTP response as the hub's wire. Nothing is read from it: what a client sends after its request is no part of it. */
class ResponseWire implements EventWire {
  readonly kind = 'event_stream'
  readonly comment = EVENT_COMMENT
  readonly #response: ServerResponse
  readonly #writer: SocketWriter
  readonly #closeTimeoutMs: number

  constructor(response: ServerResponse, writer: SocketWriter, closeTimeoutMs: number) {
    this.#response = response
    this.#writer = writer
    this.#closeTimeoutMs = closeTimeoutMs
  }

  place(cursor: string): Uint8Array {
    return encodePlace(cursor)
  }

  write(bytes: Uint8Array): boolean {
    return this.#writer.write(bytes)
  }

  close(_code: number, refusal: Failure): void {
    this.write(encodeRetry(RETRY_MS_MIN + Math.random() * (RETRY_MS_MAX - RETRY_MS_MIN)))
    this.write(encodeFrame(errorFrame(refusal)).bytesFor(this.kind))
    this.#response.end()
    const timer = setTimeout(() => this.#response.destroy(), this.#closeTimeoutMs)
    timer.unref()
    this.#response.once('close', () => clearTimeout(timer))
  }
}
