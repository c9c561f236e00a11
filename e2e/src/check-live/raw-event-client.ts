/**
 * A client that speaks the protocol by itself over an event stream, and sends over REST. When what it watches changes it opens another
 * one, from its own cursors; after a lost connection from these or from the `id` that it was told last.
 */
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { rest } from '../rest.ts'
import type { Frame } from '../live-socket.ts'
import type { CheckedClient, Door, Outgoing } from './checked-client.ts'
import type { SeenMessage } from './ledger.ts'
import { nameOfClientId } from './messages.ts'
import type { SeededRandom } from './random.ts'
import { RawStream } from './raw-stream.ts'
import { Tamper } from './tamper.ts'
import type { View } from './view.ts'
import { PASSING, pause, readStore, type Token, type World } from './world.ts'

/**
 * Ends of a connection that a server may bring about. One that stood still may read a request that was given up after the one that
 * followed it, and so takes the older one for the newer.
 */
const EXPECTED_ENDS: ReadonlySet<unknown> = new Set(['server.restarting', 'auth.session_ended', 'live.replaced'])
const UNAUTHORIZED = 401
const SEND_AGAIN_MS = 300
/** Messages on their way at once. */
const SENDING_MAX = 8

export class RawEventClient implements Door {
  readonly #client: CheckedClient
  readonly #world: World
  readonly #token: Token
  #refusedToken: string | undefined
  readonly #random: SeededRandom
  readonly #tamper: Tamper
  readonly #tabId = crypto.randomUUID()
  readonly #streams = new Map<number, RawStream>()
  readonly #left = new Map<number, number>()
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #lastEventId: string | undefined
  /** What the last `id` is about: it serves as long as nothing else is watched. */
  #placesOf = ''
  #live = false
  #closed = false
  #everLive = false
  /** The server has refused a stream on this connection: its ids leave that out. */
  #isPartial = false
  /** What this connection was opened for. */
  #asked: ReadonlySet<RawStream> = new Set()
  /** This connection is about to be replaced by one for other channels: what it still brings is left out, and comes again. */
  #reopening = false
  #reopened = false
  #thaw: NodeJS.Timeout | undefined
  #thawedAtMs = 0
  readonly #waiting: Outgoing[] = []
  #sending = 0

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
    return [...this.#streams.values()].flatMap(({ view }) => (view === undefined ? [] : [view]))
  }

  leftAt(channel: number): number | undefined {
    return this.#left.get(channel)
  }

  open(): void {
    void this.#connect()
  }

  subscribe(channel: number, after: number | undefined): void {
    if (this.#streams.has(channel)) return
    this.#world.stats.subscriptions++
    const stream = new RawStream(channel, after, {
      client: this.#client.number,
      world: this.#world,
      reload: (each) => void this.#reload(each),
      ask: () => this.#reopenSoon(),
      received: (message, caughtUpAtMs) => this.#received(message, caughtUpAtMs),
    })
    this.#streams.set(channel, stream)
    this.#reopenSoon()
  }

  unsubscribe(channel: number): void {
    const stream = this.#streams.get(channel)
    if (stream === undefined) return
    this.#streams.delete(channel)
    if (stream.cursor !== undefined) this.#left.set(channel, stream.cursor)
    this.#reopenSoon()
  }

  send(message: Outgoing): void {
    this.#waiting.push(message)
    void this.#sendWaiting()
  }

  drop(): void {
    this.#request?.destroy()
  }

  freeze(ms: number): void {
    if (this.#thaw !== undefined || !this.#live) return
    const response = this.#response
    response?.pause()
    this.#thaw = setTimeout(() => {
      this.#thaw = undefined
      this.#thawedAtMs = performance.now()
      response?.resume()
    }, ms)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#thaw)
    this.#request?.destroy()
  }

  async #connect(): Promise<void> {
    const token = await this.#token.get(this.#refusedToken)
    this.#refusedToken = undefined
    if (this.#closed) return
    const asked = [...this.#streams.values()].filter((stream) => !stream.resetting)
    this.#asked = new Set(asked)
    const names = asked.map((stream) => this.#nameOf(stream)).join()
    // The place in the id is of no use of a channel that was left and is watched anew, from now on, or of which not all was kept.
    const isKept = ({ cursor, toldMore }: RawStream): boolean => cursor !== undefined && !toldMore
    const isKnown = this.#placesOf === names && asked.every(isKept)
    const byId = this.#lastEventId !== undefined && isKnown && this.#random.chance(0.5)
    const places = asked.map((stream) =>
      byId || stream.cursor === undefined ? this.#nameOf(stream) : `${this.#nameOf(stream)}@${stream.cursor}`,
    )
    const query = new URLSearchParams({ streams: places.join(), tab_id: this.#tabId })
    const headers = {
      authorization: `Bearer ${token}`,
      ...(byId ? { 'last-event-id': this.#lastEventId ?? '' } : {}),
    }
    const sent = request(`${this.#world.url}/api/events?${query.toString()}`, { headers, agent: false })
    this.#request = sent
    this.#isPartial = false
    for (const stream of asked) stream.asked()
    sent.on('response', (response) => {
      if (this.#isExpired(response.statusCode)) this.#refusedToken = token
      this.#answered(sent, response, names)
    })
    // What follows is a close.
    sent.on('error', () => undefined)
    sent.on('close', () => this.#disconnected(sent))
    sent.end()
  }

  #answered(sent: ClientRequest, response: IncomingMessage, names: string): void {
    this.#response = response
    response.on('error', () => undefined)
    if (response.statusCode !== 200) {
      response.resume()
      if (!PASSING.has(response.statusCode) && !this.#isExpired(response.statusCode)) {
        this.#breach(`the event stream was refused with ${response.statusCode}`)
      }
      return
    }
    let rest = ''
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) if (this.#request === sent && !this.#reopening) this.#block(block, names)
    })
  }

  #block(block: string, names: string): void {
    for (const line of block.split('\n')) {
      if (line.startsWith('id: ') && !this.#isPartial) {
        this.#lastEventId = line.slice('id: '.length)
        this.#placesOf = names
      }
      if (!line.startsWith('data: ')) continue
      for (const frame of this.#tamper.pass(JSON.parse(line.slice('data: '.length)) as Frame)) this.#frame(frame)
    }
  }

  #disconnected(sent: ClientRequest): void {
    if (this.#request !== sent || this.#closed) return
    this.#live = false
    clearTimeout(this.#thaw)
    this.#thaw = undefined
    this.#client.disconnected()
    for (const stream of this.#streams.values()) stream.disconnected()
    this.#reopened = this.#reopening
    this.#reopening = false
    const again = this.#reopened ? 0 : this.#random.between(20, 600)
    setTimeout(() => {
      if (this.#request === sent) void this.#connect()
    }, again)
  }

  /** Once for all that changes in one turn. Before the first answer the next request takes it along. */
  #reopenSoon(): void {
    if (this.#reopening || !this.#live) return
    this.#reopening = true
    setImmediate(() => this.#request?.destroy())
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case 'connected':
        return this.#connected(frame)
      case 'lagged':
        this.#world.stats.lags++
        return
      case 'error':
        return this.#refused(frame)
      default: {
        const stream = this.#streams.get(this.#channelOf(frame['stream']))
        if (stream !== undefined) stream.frame(frame)
        else this.#breach(`${frame.type} of a stream that is not watched`)
      }
    }
  }

  #connected(frame: Frame): void {
    this.#live = true
    if (this.#everLive && !this.#reopened) this.#world.stats.reconnects++
    this.#everLive = true
    for (const { stream, seq } of frame['streams'] as readonly { readonly stream: string; readonly seq: number }[]) {
      const cursor = this.#streams.get(this.#channelOf(stream))?.cursor
      if (cursor !== undefined && seq > cursor) this.#breach(`${stream} goes on after ${seq}, received was ${cursor}`)
    }
    // What changed while the connection was opened.
    const wanted = new Set([...this.#streams.values()].filter((stream) => !stream.resetting))
    if (wanted.size !== this.#asked.size || [...wanted].some((stream) => !this.#asked.has(stream))) this.#reopenSoon()
  }

  #refused(frame: Frame): void {
    const stream = this.#streams.get(this.#channelOf(frame['stream']))
    if (stream !== undefined && String(frame['code']).startsWith('server.')) {
      this.#isPartial = true
      stream.disconnected()
      setTimeout(() => this.#reopenSoon(), Number(frame['retry_after_ms'] ?? SEND_AGAIN_MS))
    } else if (frame['stream'] !== undefined || !EXPECTED_ENDS.has(frame['code'])) {
      this.#breach(`${frame['code']}: ${frame['message']}`)
    }
  }

  async #sendWaiting(): Promise<void> {
    if (this.#sending >= SENDING_MAX) return
    this.#sending++
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#sendUntilAnswered(next)
    }
    this.#sending--
  }

  /** A clock that steps makes tokens expire of which the client thinks that they are good. */
  #isExpired(status: number | undefined): boolean {
    return status === UNAUTHORIZED && this.#world.clockSteps
  }

  async #sendUntilAnswered({ channel, clientId, content }: Outgoing): Promise<void> {
    const path = `/api/channels/${this.#world.channels[channel] ?? ''}/messages`
    let refusedToken: string | undefined
    for (let attempt = 0; !this.#closed; attempt++) {
      if (attempt > 0) {
        this.#world.stats.sentAgain++
        await pause(SEND_AGAIN_MS)
      }
      try {
        const token = await this.#token.get(refusedToken)
        const answer = await rest(this.#world.url, 'POST', path, { token, body: { content, client_id: clientId } })
        if (this.#isExpired(answer.status)) {
          refusedToken = token
          continue
        }
        if (answer.status === 200 || answer.status === 201) {
          return this.#client.acknowledged(clientId, { id: answer.body.id, seq: answer.body.seq })
        }
        const { code, details } = answer.body?.error ?? {}
        if (answer.status < 500 && !PASSING.has(answer.status) && typeof code === 'string') {
          return void this.#client.refused(clientId, { code, retryAfterMs: details?.retry_after_ms })
        }
      } catch {
        // Down, or cut: whether it was stored is not known, and the same client_id makes it the same message.
      }
    }
  }

  async #reload(stream: RawStream): Promise<void> {
    const at = { channel: stream.channel, after: stream.cursor ?? 0 }
    const { messages, head } = await readStore(this.#world, this.#token, at)
    if (this.#streams.get(stream.channel) === stream) stream.loaded(messages, head)
  }

  #received(message: SeenMessage, caughtUpAtMs: number): void {
    const name = message.clientId === undefined ? undefined : nameOfClientId(message.clientId)
    const sentAtMs = name === undefined ? undefined : this.#world.times.sentAtMs(name)
    if (sentAtMs === undefined || sentAtMs < Math.max(this.#thawedAtMs, caughtUpAtMs)) return
    this.#world.stats.sendToReceive.add(performance.now() - sentAtMs)
  }

  #channelOf(stream: unknown): number {
    return this.#world.numberOf.get(String(stream).slice('channel:'.length)) ?? -1
  }

  #nameOf(stream: RawStream): string {
    return `channel:${this.#world.channels[stream.channel] ?? ''}`
  }

  #breach(what: string): void {
    this.#world.ledger.fault('protocol', `client ${this.#client.number} (events): ${what}`)
  }
}
