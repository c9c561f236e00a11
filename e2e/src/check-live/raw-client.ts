/** A client that speaks the protocol by itself, over a WebSocket of the `ws` package. */
import { CLOSE_CODES, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '@glasshouse/contracts'
import { WebSocket } from 'ws'
import type { Frame } from '../live-socket.ts'
import type { CheckedClient, Door, Outgoing } from './checked-client.ts'
import type { SeenMessage } from './ledger.ts'
import { nameOfClientId } from './messages.ts'
import { Tamper } from './tamper.ts'
import type { SeededRandom } from './random.ts'
import { RawStream } from './raw-stream.ts'
import type { View } from './view.ts'
import { PASSING, readStore, type Token, type World } from './world.ts'

/** Ends of a connection that a server may cause, or a network: 1006 is a socket that was cut. */
const EXPECTED_CLOSE_CODES: ReadonlySet<number> = new Set([1005, 1006, CLOSE_CODES.restarting])
const RETRY_MS_DEFAULT = 1_000
const UNAUTHORIZED = 401

export class RawClient implements Door {
  readonly #client: CheckedClient
  readonly #world: World
  readonly #token: Token
  readonly #random: SeededRandom
  readonly #tamper: Tamper
  readonly #streams = new Map<number, RawStream>()
  readonly #left = new Map<number, number>()
  #socket: WebSocket | undefined
  #sessionId: string | undefined
  /** Channels that the session goes on with, and the client does not: it has sent `unsubscribe`. */
  readonly #unwanted = new Set<number>()
  #live = false
  #closed = false
  #everLive = false
  /** The server's clock has stepped, and it takes this one for expired. */
  #refusedToken: string | undefined
  #thaw: NodeJS.Timeout | undefined
  #thawedAtMs = 0

  constructor(client: CheckedClient, world: World, who: { readonly token: Token; readonly random: SeededRandom }) {
    this.#client = client
    this.#world = world
    this.#token = who.token
    this.#random = who.random
    this.#tamper = new Tamper(world.plant)
  }

  get live(): boolean {
    return this.#live
  }

  get reading(): boolean {
    return this.#live && this.#thaw === undefined
  }

  get settled(): boolean {
    return this.reading && [...this.#streams.values()].every((stream) => stream.settled)
  }

  get views(): readonly View[] {
    return [...this.#streams.values()].flatMap(({ view, leaving }) => (view === undefined || leaving ? [] : [view]))
  }

  leftAt(channel: number): number | undefined {
    return this.#left.get(channel)
  }

  open(): void {
    void this.#connect()
  }

  subscribe(channel: number, after: number | undefined): void {
    const known = this.#streams.get(channel)
    if (known !== undefined) {
      // Asking again for what is watched starts it anew, from the cursor.
      if (known.settled && !known.leaving && after !== undefined) this.#ask(known)
      return
    }
    if (this.#unwanted.has(channel)) return
    this.#world.stats.subscriptions++
    const stream = new RawStream(channel, after, {
      client: this.#client.number,
      world: this.#world,
      reload: (each) => void this.#reload(each),
      ask: (each) => this.#ask(each),
      received: (message, caughtUpAtMs) => this.#received(message, caughtUpAtMs),
    })
    this.#streams.set(channel, stream)
    this.#ask(stream)
  }

  unsubscribe(channel: number): void {
    const stream = this.#streams.get(channel)
    if (stream === undefined || stream.leaving) return
    if (!this.#live) return this.#leave(stream)
    stream.leaving = true
    this.#write({ type: 'unsubscribe', stream: this.#nameOf(stream) })
  }

  send({ clientId, channel, content }: Outgoing): void {
    const channelId = this.#world.channels[channel]
    if (this.#live) this.#write({ type: 'send_message', channel_id: channelId, content, client_id: clientId })
  }

  drop(): void {
    this.#socket?.terminate()
  }

  freeze(ms: number): void {
    if (this.#thaw !== undefined || !this.#live) return
    this.#socket?.pause()
    this.#thaw = setTimeout(() => {
      this.#thaw = undefined
      this.#thawedAtMs = performance.now()
      this.#socket?.resume()
    }, ms)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#thaw)
    this.#socket?.terminate()
  }

  async #connect(): Promise<void> {
    const token = await this.#token.get(this.#refusedToken)
    this.#refusedToken = undefined
    if (this.#closed) return
    // All ways in are taken: the token in the query or beside it, with the session and without.
    const withSession = this.#sessionId !== undefined && this.#random.chance(0.6)
    const query = new URLSearchParams(withSession ? { session_id: this.#sessionId ?? '' } : {})
    const inQuery = this.#random.chance(0.5)
    if (inQuery) query.set('token', token)
    const protocols = inQuery ? [] : [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token]
    const socket = new WebSocket(`${this.#world.liveUrl}?${query.toString()}`, protocols)
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      for (const frame of this.#tamper.pass(JSON.parse(data.toString('utf8')) as Frame)) this.#frame(frame)
    })
    // A close follows. Refusals that no restart explains are faults.
    socket.on('error', (error) => {
      const [, status] = /^Unexpected server response: (\d+)$/.exec(error.message) ?? []
      const isExpired = Number(status) === UNAUTHORIZED && this.#world.clockSteps
      if (isExpired) this.#refusedToken = token
      else if (status !== undefined && !PASSING.has(Number(status)))
        this.#breach(`the upgrade was refused with ${status}`)
    })
    socket.on('close', (code) => {
      if (code === CLOSE_CODES.session_ended && this.#world.clockSteps) this.#refusedToken = token
      this.#disconnected(code)
    })
  }

  #disconnected(code: number): void {
    const isExpired = code === CLOSE_CODES.session_ended && this.#world.clockSteps
    if (code === CLOSE_CODES.heartbeat) this.#world.stats.silentCloses++
    else if (this.#live && !EXPECTED_CLOSE_CODES.has(code) && !isExpired && !this.#closed)
      this.#breach(`the server closed with ${code}`)
    this.#live = false
    clearTimeout(this.#thaw)
    this.#thaw = undefined
    this.#unwanted.clear()
    this.#client.disconnected()
    for (const stream of this.#streams.values()) {
      if (stream.leaving) this.#leave(stream)
      else stream.disconnected()
    }
    if (!this.#closed) setTimeout(() => void this.#connect(), this.#random.between(20, 600))
  }

  #connected(frame: Frame): void {
    this.#live = true
    if (this.#everLive) this.#world.stats.reconnects++
    this.#everLive = true
    this.#sessionId = String(frame['session_id'])
    if (frame['resumed'] === true) this.#resume(frame)
    else this.#begin([...this.#streams.values()])
    for (const message of this.#client.unacknowledged) {
      this.#world.stats.sentAgain++
      this.send(message)
    }
  }

  /** Asks for streams, all at once or one by one. */
  #begin(streams: readonly RawStream[]): void {
    const waiting = streams.filter((stream) => !stream.resetting)
    const known = waiting.filter((stream) => stream.cursor !== undefined)
    if (known.length > 1 && this.#random.chance(0.5)) {
      for (const stream of known) stream.asked()
      const positions = Object.fromEntries(known.map((stream) => [this.#nameOf(stream), stream.cursor]))
      this.#write({ type: 'resume', streams: positions })
    } else for (const stream of known) this.#ask(stream)
    for (const stream of waiting) if (stream.cursor === undefined) this.#ask(stream)
  }

  /** The server goes on with these streams by itself, from what it knows that the client has. */
  #resume(frame: Frame): void {
    this.#world.stats.resumed++
    const restored = new Set<RawStream>()
    for (const position of frame['streams'] as readonly { readonly stream: string; readonly seq: number }[]) {
      const channel = this.#channelOf(position.stream)
      const stream = this.#streams.get(channel)
      if (stream === undefined) {
        this.#unwanted.add(channel)
        this.#write({ type: 'unsubscribe', stream: position.stream })
        continue
      }
      // What it did not keep it asks for itself.
      if (stream.resetting || (stream.toldMore && position.seq > (stream.cursor ?? 0))) continue
      stream.asked(true)
      if (stream.cursor === undefined) continue
      restored.add(stream)
      if (position.seq <= stream.cursor) continue
      this.#breach(`the session goes on after ${position.seq} of channel ${channel}, received was ${stream.cursor}`)
    }
    this.#begin([...this.#streams.values()].filter((stream) => !restored.has(stream)))
  }

  #frame(frame: Frame): void {
    if (this.#unwanted.has(this.#channelOf(frame['stream']))) {
      if (frame.type === 'unsubscribed') this.#unwanted.delete(this.#channelOf(frame['stream']))
      return
    }
    switch (frame.type) {
      case 'connected':
        return this.#connected(frame)
      case 'ack':
        return this.#client.acknowledged(frame['client_id'], { id: frame['id'], seq: frame['seq'] })
      case 'error':
        return this.#refused(frame)
      case 'lagged':
        this.#world.stats.lags++
        return
      case 'unsubscribed': {
        const stream = this.#streamOf(frame)
        return stream === undefined ? this.#breach('`unsubscribed` from what was not watched') : this.#leave(stream)
      }
      default: {
        const stream = this.#streamOf(frame)
        if (stream === undefined) this.#breach(`${frame.type} of a stream that is not watched`)
        else stream.frame(frame)
      }
    }
  }

  #refused(frame: Frame): void {
    const { code, client_id: clientId, retry_after_ms: retryAfterMs } = frame
    // The next connection sends it again.
    if (code === 'server.restarting') return
    if (clientId !== undefined) return void this.#client.refused(clientId, { code, retryAfterMs })
    const stream = this.#streamOf(frame)
    if (stream === undefined || !code.startsWith('server.')) return this.#breach(`${code}: ${frame['message']}`)
    stream.disconnected()
    const socket = this.#socket
    setTimeout(() => {
      if (this.#socket === socket && this.#streams.get(stream.channel) === stream) this.#ask(stream)
    }, retryAfterMs ?? RETRY_MS_DEFAULT)
  }

  async #reload(stream: RawStream): Promise<void> {
    const at = { channel: stream.channel, after: stream.cursor ?? 0 }
    const { resets } = stream
    const { messages, head } = await readStore(this.#world, this.#token, at)
    // It may have asked again meanwhile, and been told to reset once more.
    const isDue = this.#streams.get(stream.channel) === stream && stream.resetting && stream.resets === resets
    if (isDue) stream.loaded(messages, head)
  }

  #received(message: SeenMessage, caughtUpAtMs: number): void {
    const name = message.clientId === undefined ? undefined : nameOfClientId(message.clientId)
    const sentAtMs = name === undefined ? undefined : this.#world.times.sentAtMs(name)
    // What waited for a frozen client, or for its snapshot, says nothing of the server.
    if (sentAtMs === undefined || sentAtMs < Math.max(this.#thawedAtMs, caughtUpAtMs)) return
    this.#world.stats.sendToReceive.add(performance.now() - sentAtMs)
  }

  #ask(stream: RawStream): void {
    // What would be asked for after `unsubscribe` would be watched by the server only.
    if (!this.#live || stream.leaving) return
    const { cursor } = stream
    stream.asked(cursor === undefined && stream.isRestored)
    this.#write({
      type: 'subscribe',
      stream: this.#nameOf(stream),
      ...(cursor === undefined ? {} : { after: cursor }),
    })
  }

  #leave(stream: RawStream): void {
    this.#streams.delete(stream.channel)
    if (stream.cursor !== undefined) this.#left.set(stream.channel, stream.cursor)
  }

  #streamOf(frame: Frame): RawStream | undefined {
    return this.#streams.get(this.#channelOf(frame['stream']))
  }

  #channelOf(stream: unknown): number {
    return this.#world.numberOf.get(String(stream).slice('channel:'.length)) ?? -1
  }

  #nameOf(stream: RawStream): string {
    return `channel:${this.#world.channels[stream.channel] ?? ''}`
  }

  #write(frame: Readonly<Record<string, unknown>>): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  #breach(what: string): void {
    this.#world.ledger.fault('protocol', `client ${this.#client.number}: ${what}`)
  }
}
