import { CLOSE_CODES, failure, type Failure } from '@glasshouse/contracts'
import { formatEventCursor } from '../domain/event-cursor.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { EventWire, SocketWire } from './ports.ts'
import type { Subscription } from './subscription.ts'

/** What a heartbeat needs of its connection. */
export interface BeatingConnection {
  readonly subscriptions: Iterable<Subscription>
  /** Nothing is waiting to be sent. */
  readonly idle: boolean
  /** Its client's words are being read. */
  readonly isRead: boolean
  sendBytes(bytes: Uint8Array): void
  /** What the client certainly has of its streams is known better. */
  positioned(): void
  close(code: number, refusal: Failure): void
}

/** How a connection learns that its client lives, and where it stands. */
export interface Heartbeat {
  /** A sign of life. */
  heard(nowMs: number): void
  /** Called every `sweepIntervalMs`, when nothing is left to be written of this tick. */
  sweep(nowMs: number): void
  /** A pong came, with the label of its ping; anything else is a pong that nobody asked for. */
  ponged(label: string): void
}

/** Over a WebSocket: pings, which must be answered. What was written before one has been received when its pong comes, since sockets keep the order. */
export class PingHeartbeat implements Heartbeat {
  readonly #connection: BeatingConnection
  readonly #wire: SocketWire
  readonly #limits: LiveLimits
  #heardMs: number
  #pingedMs: number
  #missed = 0
  #pings = 0
  /** The ping before which the subscriptions were marked, until it is answered. */
  #markedPing: number | undefined

  constructor(connection: BeatingConnection, wire: SocketWire, at: { limits: LiveLimits; nowMs: number }) {
    this.#connection = connection
    this.#wire = wire
    this.#limits = at.limits
    this.#heardMs = this.#pingedMs = at.nowMs
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs
  }

  sweep(nowMs: number): void {
    if (nowMs - this.#pingedMs < this.#limits.heartbeatIntervalMs) return
    // While its socket is not read, an answer could not be heard: the bound on undrained sockets holds instead.
    if (this.#heardMs >= this.#pingedMs || !this.#connection.isRead) this.#missed = 0
    else this.#missed++
    if (this.#missed >= this.#limits.heartbeatsMissedMax) {
      return this.#connection.close(CLOSE_CODES.heartbeat, failure('live.heartbeat'))
    }
    this.#pingedMs = nowMs
    this.#pings++
    if (this.#markedPing === undefined && this.#connection.idle) {
      this.#markedPing = this.#pings
      for (const subscription of this.#connection.subscriptions) subscription.mark()
    }
    this.#wire.ping(String(this.#pings))
  }

  ponged(label: string): void {
    const ping = Number(label)
    if (this.#markedPing === undefined || !(ping >= this.#markedPing && ping <= this.#pings)) return
    this.#markedPing = undefined
    let news = false
    for (const subscription of this.#connection.subscriptions) news = subscription.confirm() || news
    if (news) this.#connection.positioned()
  }
}

/**
 * Over an event stream nothing comes back: comments show that it lives, and that it takes what is written (else the bound on undrained
 * connections ends it). The client is told its place and brings it along when it comes back; until then it is not known here.
 */
export class EventHeartbeat implements Heartbeat {
  readonly #connection: BeatingConnection
  readonly #wire: EventWire
  readonly #limits: LiveLimits
  readonly #places = new Map<string, number>()
  #told = ''
  #toldMs = -Infinity
  #saidMs: number

  constructor(connection: BeatingConnection, wire: EventWire, at: { limits: LiveLimits; nowMs: number }) {
    this.#connection = connection
    this.#wire = wire
    this.#limits = at.limits
    this.#saidMs = at.nowMs
  }

  heard(): void {}

  ponged(): void {}

  sweep(nowMs: number): void {
    if (!this.#connection.idle) return
    if (nowMs - this.#toldMs >= this.#limits.eventPlaceIntervalMs) this.#tellPlace(nowMs)
    if (nowMs - this.#saidMs < this.#limits.eventCommentIntervalMs) return
    this.#saidMs = nowMs
    this.#connection.sendBytes(this.#wire.comment)
  }

  #tellPlace(nowMs: number): void {
    const watched = new Set<string>()
    for (const { stream, standing } of this.#connection.subscriptions) {
      watched.add(stream)
      // Where that cannot be said now, the place that was told before holds.
      if (standing !== undefined) this.#places.set(stream, standing)
    }
    for (const stream of this.#places.keys()) if (!watched.has(stream)) this.#places.delete(stream)
    // Whoever comes back with it must not find a stream left out, or it would go on from then and not from before.
    if (this.#places.size === 0 || this.#places.size < watched.size) return
    const cursor = formatEventCursor(this.#places)
    if (cursor === this.#told) return
    this.#told = cursor
    this.#toldMs = nowMs
    this.#connection.sendBytes(this.#wire.place(cursor))
  }
}
