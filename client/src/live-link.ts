/**
 * The life of one socket: opened, greeted by `connected`, kept alive by a heartbeat, ended once. Whatever ends it, `onEnd` is called
 * exactly once, and nothing is called after that; so what stands above never hears of a socket that it has left.
 */
import { CLOSE_CODES, type ClientFrame, type ServerFrame } from '@glasshouse/contracts'
import type { Clock } from '@glasshouse/kernel'
import type { LiveSocket, LiveSocketClass, Timers } from './live-types.ts'

/** Pings in a row that may stay without any sign of life. */
const UNANSWERED_PINGS_MAX = 2
/** After a wake: how long a socket that may be long dead has to answer. */
const PROBE_TIMEOUT_MS = 5_000

type ConnectedFrame = Extract<ServerFrame, { type: 'connected' }>

export interface LinkEnd {
  /** The close code, or that which this side would have used; 0 for a socket that was never opened. */
  readonly code: number
  /** Whether it was live. */
  readonly greeted: boolean
}

export interface LinkHandlers {
  onConnected(frame: ConnectedFrame): void
  /** Any other frame. */
  onFrame(frame: ServerFrame): void
  /** Each heartbeat. */
  onBeat(): void
  onUnreadable(): void
  onEnd(end: LinkEnd): void
}

/** One connection to the server, whatever it goes over. */
export interface Link {
  /** The last heartbeat's round trip, where there is one. */
  readonly rttMs: number | undefined
  /** Messages that may be on their way over it at once; undefined: as many as the sender likes. */
  readonly inFlightMax?: number | undefined
  send(frame: ClientFrame): void
  /** Asks for a sign of life now, and ends when none comes soon. */
  probe(): void
  /** Leaves it: without waiting for its close, which a dead network delays for minutes. */
  end(code: number): void
}

export interface LinkOptions {
  readonly WebSocketImpl: LiveSocketClass
  readonly url: string
  readonly protocols: string[]
  readonly clock: Clock
  readonly timers: Timers
  readonly openTimeoutMs: number
}

export class LiveLink implements Link {
  readonly #options: LinkOptions
  readonly #handlers: LinkHandlers
  readonly #socket: LiveSocket
  #greeted = false
  #ended = false
  #timer: unknown
  #heartbeatMs = 0
  #unansweredPings = 0
  #rttMs: number | undefined

  /** Throws what the WebSocket class throws for an address or a token that can be none. */
  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.#options = options
    this.#handlers = handlers
    this.#socket = new options.WebSocketImpl(options.url, options.protocols)
    this.#timer = options.timers.set(() => this.end(0), options.openTimeoutMs)
    this.#socket.addEventListener('message', ({ data }) => this.#received(data))
    this.#socket.addEventListener('close', ({ code }) => this.#end(code))
    // What went wrong is not said here, and a close follows.
    this.#socket.addEventListener('error', () => {})
  }

  get rttMs(): number | undefined {
    return this.#rttMs
  }

  send(frame: ClientFrame): void {
    if (!this.#ended && this.#greeted) this.#socket.send(JSON.stringify(frame))
  }

  probe(): void {
    if (!this.#greeted || this.#ended) return
    this.#ping()
    this.#beatIn(Math.min(PROBE_TIMEOUT_MS, this.#heartbeatMs), () => {
      if (this.#unansweredPings > 0) this.end(CLOSE_CODES.heartbeat)
      else this.#beatIn(this.#heartbeatMs, () => this.#beat())
    })
  }

  end(code: number): void {
    if (this.#ended) return
    this.#end(code)
    this.#socket.close(1000)
  }

  #end(code: number): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.timers.clear(this.#timer)
    this.#handlers.onEnd({ code, greeted: this.#greeted })
  }

  #received(data: unknown): void {
    if (this.#ended) return
    const frame = readFrame(data)
    if (frame === undefined) {
      this.#handlers.onUnreadable()
      return
    }
    this.#unansweredPings = 0
    if (frame.type === 'connected') {
      this.#greet(frame)
      return
    }
    if (frame.type === 'pong' && frame.t !== undefined) this.#rttMs = this.#options.clock.monotonicMs() - frame.t
    this.#handlers.onFrame(frame)
  }

  #greet(frame: ConnectedFrame): void {
    this.#greeted = true
    this.#heartbeatMs = frame.heartbeat_ms
    this.#beatIn(this.#heartbeatMs, () => this.#beat())
    this.#ping()
    this.#handlers.onConnected(frame)
  }

  #beat(): void {
    if (this.#unansweredPings >= UNANSWERED_PINGS_MAX) {
      this.end(CLOSE_CODES.heartbeat)
      return
    }
    this.#ping()
    this.#beatIn(this.#heartbeatMs, () => this.#beat())
    this.#handlers.onBeat()
  }

  #ping(): void {
    this.#unansweredPings++
    this.send({ type: 'ping', t: this.#options.clock.monotonicMs() })
  }

  #beatIn(delayMs: number, run: () => void): void {
    this.#options.timers.clear(this.#timer)
    this.#timer = this.#options.timers.set(run, delayMs)
  }
}

/** A frame is known by its type; the rest is what the contract says, for the server is trusted to keep to it. */
export function readFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const frame = JSON.parse(data) as { type?: unknown } | null
    return typeof frame?.type === 'string' ? (frame as ServerFrame) : undefined
  } catch {
    return undefined
  }
}
