import type { IncomingMessage } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { failure, SUBPROTOCOL, type Caller, type Failure } from '@glasshouse/contracts'
import { err, newId, ok, parseId, pause, type LiveSessionId, type RequestId, type Result } from '@glasshouse/kernel'
import { WebSocketServer, type ServerOptions } from 'ws'
import type { LiveHub } from '../application/live-hub.ts'
import type { Log } from '../application/ports.ts'
import { pathOf } from './edge.ts'
import { errorAnswer } from './error-answer.ts'
import { SESSION_COOKIE } from './http-settings.ts'
import { connectLiveSocket } from './live-socket.ts'
import { cookieOf, type RequestOrigin, type RequestOrigins } from './request-origin.ts'
import { bearerOf } from './resolve-caller.ts'

const LIVE_PATH = '/ws'
const BEARER_PROTOCOL = 'bearer.'

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface LiveUpgrade {
  readonly handle: UpgradeHandler
  /** Sockets of live connections and of those that are being opened. */
  readonly openSockets: ReadonlySet<Duplex>
}

interface UpgradePorts {
  readonly hub: LiveHub
  readonly origins: RequestOrigins
  readonly log: Log
  /** For upgrades of other paths (a development server's own socket). */
  readonly otherwise?: UpgradeHandler
}

interface Handshake {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly origin: RequestOrigin
  /** Ends the reading while it waits, and gives what was read. */
  readonly stopReading: () => Buffer
}

const RETRY_AFTER_MS = 1_000

/**
 * Opens live connections. Everything that can be refused is refused before the upgrade, as HTTP: bounds by address, who it is, whether
 * they may, bounds by user. Handshakes wait for their turn; from then to the open socket it may take `handshakeTimeoutMs`.
 */
export function createLiveUpgrade(ports: UpgradePorts): LiveUpgrade {
  const { hub, origins, log } = ports
  const { limits } = hub
  // The types of `ws` lag behind it by this option.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytesMax,
    autoPong: false,
    closeTimeout: limits.closeTimeoutMs,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  }
  const webSockets = new WebSocketServer(options)
  const openSockets = new Set<Duplex>()

  const handle: UpgradeHandler = (request, socket, head) => {
    if (pathOf(request.url) !== LIVE_PATH) {
      if (ports.otherwise !== undefined) return ports.otherwise(request, socket, head)
      socket.on('error', () => socket.destroy())
      return refuse(socket, failure('not_found'))
    }
    openSockets.add(socket)
    socket.once('close', () => openSockets.delete(socket))
    const givenUp = (): void => void socket.destroy()
    socket.on('error', givenUp)
    const origin = origins.of(request)
    const place = hub.admitAddress(origin.address)
    if (!place.ok) return refuse(socket, place.error)
    socket.once('close', () => place.value.release())
    const handshake: Handshake = {
      request,
      socket,
      head,
      origin,
      stopReading: readWhileWaiting(socket, limits.frameBytesMax),
    }
    const shaken = hub.admission.run(() => shake(handshake))
    if (shaken === undefined) return refuse(socket, failure('server.not_ready', { retryAfterMs: RETRY_AFTER_MS }))
    void shaken.then(() => {
      socket.off('error', givenUp)
      if (socket.destroyed || !socket.writable) socket.on('error', givenUp)
    })
  }

  /** Its turn: resolves when it is open, or refused. */
  const shake = async (handshake: Handshake): Promise<void> => {
    const { socket } = handshake
    if (socket.destroyed) return
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      const message = 'The handshake took too long.'
      refuse(socket, failure('server.not_ready', { message, retryAfterMs: RETRY_AFTER_MS }))
      late.resolve()
    }, limits.handshakeTimeoutMs)
    try {
      await Promise.race([open(handshake), late.promise])
    } catch (error) {
      log.error({ err: error }, 'opening a live connection failed')
      refuse(socket, failure('server.internal'))
    } finally {
      clearTimeout(timer)
    }
  }

  const open = async ({ request, socket, head, origin, stopReading }: Handshake): Promise<void> => {
    const proof = await authenticate(request, origin, ports)
    if (socket.destroyed) return
    if (!proof.ok) return refuse(socket, proof.error)
    const caller = proof.value
    const sessionId = sessionIdOf(request)
    const seat = caller === undefined ? hub.admitVisitor(origin.address) : hub.admitUser(caller, sessionId)
    if (!seat.ok) return refuse(socket, seat.error)
    socket.once('close', () => seat.value.release())
    const waitMs = caller === undefined ? 0 : hub.openingWaitMs(caller)
    if (waitMs > 0) await pause(waitMs)
    if (socket.destroyed) return
    const found = caller && sessionId && (await hub.findSession(caller, sessionId))
    await hub.turns.run(() => {
      if (!socket.writable) return
      webSockets.handleUpgrade(request, socket, Buffer.concat([head, stopReading()]), (webSocket) => {
        connectLiveSocket(hub, { webSocket, socket, caller, address: origin.address, found })
      })
    })
  }
  return { handle, openSockets }
}

/**
 * Reads a socket that is not open yet: a client that leaves is noticed only so, and gives its places back at once instead of when the
 * handshake's time is over. What it sends before it has its answer is kept, to `bytesMax` and one chunk more.
 */
function readWhileWaiting(socket: Duplex, bytesMax: number): () => Buffer {
  const early: Buffer[] = []
  let byteCount = 0
  const left = (): void => void socket.destroy()
  const keep = (chunk: Buffer): void => {
    early.push(chunk)
    byteCount += chunk.length
    if (byteCount >= bytesMax) socket.pause()
  }
  socket.on('data', keep)
  socket.on('end', left)
  return () => {
    socket.off('data', keep)
    socket.off('end', left)
    // It flows: whoever listens next, in this turn of the event loop, misses nothing.
    if (socket.isPaused()) socket.resume()
    return Buffer.concat(early)
  }
}

/**
 * By `?token=`, by the pair of subprotocols, by `Authorization: Bearer`, or by a browser's cookie, which only pages of ours may use.
 * Without any of them, a visitor, where these may write; in a browser on a page of ours, too.
 */
async function authenticate(
  request: IncomingMessage,
  origin: RequestOrigin,
  { hub, origins }: UpgradePorts,
): Promise<Result<Caller | undefined, Failure>> {
  const token = tokenOf(request)
  if (token !== undefined) return hub.authentication.authenticateToken(token)
  const cookie = cookieOf(request.headers.cookie, SESSION_COOKIE)
  const page = request.headers.origin
  const isOurs = page !== undefined && origins.isOurs(page, origin)
  if (cookie === undefined) {
    if (!hub.visitorsWrite) return err(failure('auth.required'))
    return page === undefined || isOurs ? ok(undefined) : err(failure('request.forbidden_origin'))
  }
  if (!isOurs) return err(failure('request.forbidden_origin'))
  return hub.authentication.authenticateCookie(cookie)
}

function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? ''
  const query = url.indexOf('?')
  return new URLSearchParams(query === -1 ? '' : url.slice(query))
}

/** The session that the client wants to go on with; what is no id is none. */
function sessionIdOf(request: IncomingMessage): LiveSessionId | undefined {
  const query = queryOf(request)
  return parseId<LiveSessionId>(query.get('session_id') ?? query.get('sessionId') ?? '')
}

function tokenOf(request: IncomingMessage): string | undefined {
  const inQuery = queryOf(request).get('token')
  if (inQuery !== null) return inQuery
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
  const inProtocols = offered.find((each) => each.startsWith(BEARER_PROTOCOL))?.slice(BEARER_PROTOCOL.length)
  return inProtocols ?? bearerOf(request.headers)
}

/** Answers an upgrade request with an error, as HTTP, and ends the connection. */
function refuse(socket: Duplex, refusal: Failure): void {
  if (!socket.writable) return void socket.destroy()
  const { status, headers, body } = errorAnswer(refusal, newId<RequestId>())
  const json = JSON.stringify(body)
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(json)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.once('finish', () => socket.destroy())
  socket.end(`${lines.join('\r\n')}\r\n\r\n${json}`)
}
