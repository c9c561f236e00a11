import type { StreamName } from '@glasshouse/contracts'
import { type Clock, pause, type Service } from '@glasshouse/kernel'
import { LiveHub, type LiveHubPorts } from '../application/live-hub.ts'
import type { LiveSessionStore } from '../application/live-session-store.ts'
import type { PresenceSource, TypingSource } from '../application/ports.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { encodeFrame } from './encode-frame.ts'
import { mountEventStream } from './event-stream.ts'
import { createEdge, type Edge, type EdgePorts } from './edge.ts'
import { HTTP_LIMITS, type HttpLimits, type HttpSettings } from './http-settings.ts'
import { createInternalFetch, type InternalFetch } from './internal-fetch.ts'
import { createLiveUpgrade, type LiveUpgrade, type UpgradeHandler } from './live-upgrade.ts'
import { Port } from './port.ts'
import { MemoryLiveSessionStore } from './memory-live-session-store.ts'
import { MemoryPresenceSource } from './memory-presence-source.ts'
import { MemoryTypingSource } from './memory-typing-source.ts'

export interface GatewayPorts extends EdgePorts, Omit<LiveHubPorts, 'encode' | 'sessionStore' | 'typing' | 'presence'> {
  /** Where live sessions outlive their sockets; in memory when absent. */
  readonly sessionStore?: LiveSessionStore
  /** Who types, and who is here; in memory when absent: among the connections of this gateway, whoever they are. */
  readonly typing?: TypingSource
  readonly presence?: PresenceSource
  /** For WebSocket upgrades of other paths than `/ws`. */
  readonly webUpgrade?: UpgradeHandler
}

export interface GatewayOptions {
  readonly http: HttpSettings
  readonly httpLimits?: Partial<HttpLimits>
  readonly liveLimits?: Partial<LiveLimits>
}

export interface Gateway {
  /** `run` listens; it throws CannotListen. */
  readonly service: Service
  /** Where it listens. Throws before `run`. */
  address(): { readonly host: string; readonly port: number; readonly url: string }
  readonly internalFetch: InternalFetch
  readonly live: {
    readonly connections: number
    /** Handshakes whose turn is still to come. */
    readonly handshakesWaiting: number
    readonly streams: number
    /** Live sessions whose last change is not in the store yet. */
    readonly unwrittenSessions: number
    /** How many connections hear the stream live. */
    watched(stream: StreamName): number
  }
}

const DRAIN_POLL_MS = 10
/** The edge of the house: one HTTP server for REST, the live connections and the web app. */
export function createGateway(ports: GatewayPorts, options: GatewayOptions): Gateway {
  const limits = { ...HTTP_LIMITS, ...options.httpLimits }
  const edge = createEdge(ports, options.http, limits)
  const sessionStore = ports.sessionStore ?? new MemoryLiveSessionStore()
  const { typing = new MemoryTypingSource(), presence = new MemoryPresenceSource() } = ports
  const hub = new LiveHub({ ...ports, typing, presence, sessionStore, encode: encodeFrame }, options.liveLimits)
  const port = new Port(edge.server, { turns: hub.turns, log: ports.log }, limits.connectionsMax)
  const upgrade = createLiveUpgrade({
    hub,
    origins: edge.origins,
    log: ports.log,
    ...(ports.webUpgrade === undefined ? {} : { otherwise: ports.webUpgrade }),
  })
  edge.server.on('upgrade', upgrade.handle)
  mountEventStream(edge.fastify, { hub, origins: edge.origins })
  return {
    service: gatewayService({ edge, port, hub, upgrade, clock: ports.clock, http: options.http, limits }),
    address: () => addressOf(port, options.http),
    internalFetch: createInternalFetch(edge.fastify, edge.origins),
    live: {
      get connections() {
        return hub.connectionCount
      },
      get handshakesWaiting() {
        return hub.admission.waiting
      },
      get streams() {
        return hub.streamCount
      },
      get unwrittenSessions() {
        return hub.unwrittenSessions
      },
      watched: (stream) => hub.liveCount(stream),
    },
  }
}

interface GatewayParts {
  readonly edge: Edge
  readonly port: Port
  readonly hub: LiveHub
  readonly upgrade: LiveUpgrade
  readonly clock: Clock
  readonly http: HttpSettings
  readonly limits: HttpLimits
}

function gatewayService({ edge, port, hub, upgrade, clock, http, limits }: GatewayParts): Service {
  return {
    name: 'gateway',
    async run() {
      await edge.fastify.ready()
      await hub.start()
      await port.listen(http)
    },
    async drain() {
      edge.beginDrain()
      port.close()
      edge.server.closeIdleConnections()
      const untilMs = clock.monotonicMs() + limits.drainTimeoutMs
      await hub.drain()
      while ((edge.requestsUnderWay > 0 || upgrade.openSockets.size > 0) && clock.monotonicMs() < untilMs) {
        edge.server.closeIdleConnections()
        await pause(DRAIN_POLL_MS)
      }
    },
    async stop() {
      hub.stop()
      port.close()
      edge.server.closeAllConnections()
      for (const socket of upgrade.openSockets) socket.destroy()
      await edge.fastify.close()
    },
  }
}

function addressOf(port: Port, { host }: HttpSettings): { host: string; port: number; url: string } {
  const { number } = port
  if (number === undefined) throw new Error('the gateway does not listen')
  return { host, port: number, url: `http://${host.includes(':') ? `[${host}]` : host}:${number}` }
}
