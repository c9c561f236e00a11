/** A client that leaves everything to the SDK, as an application would. */
import { LiveConnection, type LiveSubscription } from '@glasshouse/client'
import { CLOSE_CODES, type ChangeFrame } from '@glasshouse/contracts'
import { WebSocket } from 'ws'
import { rest } from '../rest.ts'
import type { CheckedClient, Door, Outgoing } from './checked-client.ts'
import { seenMessage } from './ledger.ts'
import { nameOfClientId } from './messages.ts'
import type { SeededRandom } from './random.ts'
import type { View } from './view.ts'
import { readStore, type Token, type World } from './world.ts'

/** The run is short: waiting for half a minute would be waiting for its end. */
const BACKOFF_MS = { min: 100, max: 1_000 }
/** Far below the bound that the run sets. */
const SENDS_PER_SECOND_MAX = 400

interface Followed {
  readonly channel: number
  readonly after: number | undefined
  subscription: LiveSubscription | undefined
  view: View | undefined
  caughtUpAtMs: number
}

export class SdkClient implements Door {
  readonly #client: CheckedClient
  readonly #world: World
  readonly #token: Token
  readonly #connection: LiveConnection
  readonly #followed = new Map<number, Followed>()
  readonly #left = new Map<number, number>()
  #socket: WebSocket | undefined
  #thaw: NodeJS.Timeout | undefined
  #thawedAtMs = 0
  /** The token that was handed out last. */
  #given: string | undefined
  #wasLagged = false
  #reconnects = 0

  constructor(client: CheckedClient, world: World, who: { readonly token: Token; readonly random: SeededRandom }) {
    this.#client = client
    this.#world = world
    this.#token = who.token
    const opened = (socket: WebSocket): void => this.#opened(socket)
    class ObservedWebSocket extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        opened(this)
      }
    }
    this.#connection = new LiveConnection({
      url: world.liveUrl,
      token: async ({ renew }) => (this.#given = await who.token.get(renew ? this.#given : undefined)),
      isSignedIn: async () => {
        const answer = await rest(world.url, 'GET', '/api/users/me', { token: this.#given ?? '' })
        return answer.status !== 401
      },
      WebSocketImpl: ObservedWebSocket,
      random: () => who.random.next(),
      backoffMs: BACKOFF_MS,
      sendsPerSecondMax: SENDS_PER_SECOND_MAX,
      onFault: ({ code, message }) => {
        // The database was away when a stream was opened that nobody follows any more.
        if (code !== 'server.not_ready') this.#fault('protocol', `${code}: ${message}`)
      },
    })
    this.#connection.onState(({ lagged, state, reason }) => {
      if (lagged && !this.#wasLagged) world.stats.lags++
      this.#wasLagged = lagged
      if (state === 'closed' && reason !== 'ended') this.#fault('protocol', `the SDK closed: ${reason ?? ''}`)
      if (state === 'offline') this.#client.disconnected()
      if (state === 'offline' && reason === 'silent') world.stats.heartbeatsMissed++
      world.stats.reconnects += this.#connection.stats.reconnects - this.#reconnects
      this.#reconnects = this.#connection.stats.reconnects
    })
  }

  get live(): boolean {
    return this.#connection.state === 'live'
  }

  get reading(): boolean {
    return this.live && this.#thaw === undefined
  }

  get settled(): boolean {
    const followed = [...this.#followed.values()]
    return this.reading && followed.every((each) => each.subscription?.state === 'live')
  }

  get views(): readonly View[] {
    return [...this.#followed.values()].flatMap(({ view }) => (view === undefined ? [] : [view]))
  }

  leftAt(channel: number): number | undefined {
    return this.#left.get(channel)
  }

  open(): void {
    this.#connection.connect()
  }

  subscribe(channel: number, after: number | undefined): void {
    if (this.#followed.has(channel)) return
    this.#world.stats.subscriptions++
    const followed: Followed = { channel, after, subscription: undefined, view: undefined, caughtUpAtMs: 0 }
    if (after !== undefined) this.#openView(followed, after)
    this.#followed.set(channel, followed)
    followed.subscription = this.#connection.subscribe(`channel:${this.#world.channels[channel] ?? ''}`, {
      ...(after === undefined ? {} : { after }),
      onChanges: (changes, { replay }) => {
        for (const change of changes) this.#change(followed, change, replay)
      },
      onCaughtUp: (seq) => {
        followed.caughtUpAtMs = performance.now()
        const view = followed.view ?? this.#openView(followed, seq)
        view.known(seq)
      },
      onReset: () => void this.#reload(followed),
      onError: (error) => this.#fault('protocol', `channel ${channel}: ${error.code}: ${error.message}`),
    })
  }

  unsubscribe(channel: number): void {
    const followed = this.#followed.get(channel)
    if (followed === undefined) return
    followed.subscription?.unsubscribe()
    this.#followed.delete(channel)
    if (followed.view !== undefined) this.#left.set(channel, followed.view.position)
  }

  send(message: Outgoing): void {
    void this.#send(message)
  }

  drop(): void {
    this.#socket?.terminate()
  }

  freeze(ms: number): void {
    if (this.#thaw !== undefined || !this.live) return
    const socket = this.#socket
    socket?.pause()
    this.#thaw = setTimeout(() => {
      this.#thaw = undefined
      this.#thawedAtMs = performance.now()
      socket?.resume()
    }, ms)
  }

  close(): void {
    clearTimeout(this.#thaw)
    this.#connection.close()
    this.#socket?.terminate()
  }

  #opened(socket: WebSocket): void {
    this.#socket = socket
    socket.on('close', (code) => {
      if (code === CLOSE_CODES.protocol || code === CLOSE_CODES.too_fast || code === 1009) {
        this.#fault('protocol', `the server closed with ${code}`)
      }
    })
  }

  async #send({ channel, clientId, content }: Outgoing): Promise<void> {
    const channelId = this.#world.channels[channel] ?? ''
    const sent = await this.#connection.sendMessage({ channel_id: channelId, content, client_id: clientId })
    if (sent.ok) {
      const { seq } = sent.value
      if (seq === null) return this.#fault('protocol', 'a message was held in a channel without moderation')
      return this.#client.acknowledged(clientId, { ...sent.value, seq })
    }
    if (sent.error.code === 'client.closed') return
    const { code, retryAfterMs } = sent.error
    await this.#client.refused(clientId, { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
  }

  #change(followed: Followed, change: ChangeFrame, isReplay: boolean): void {
    if (this.#followed.get(followed.channel) !== followed)
      return this.#fault('protocol', 'a change after `unsubscribe`')
    const view = followed.view ?? this.#openView(followed, change.changed_seq - 1)
    if (isReplay) this.#world.stats.replayed++
    if (change.type !== 'new_message') return this.#world.ledger.changeApplied(view, change.changed_seq)
    this.#world.ledger.messageApplied(view, seenMessage(change))
    const { client_id: clientId } = change
    const name = clientId === undefined ? undefined : nameOfClientId(clientId)
    const sentAtMs = name === undefined || isReplay ? undefined : this.#world.times.sentAtMs(name)
    // What waited for a frozen client, or for its snapshot, says nothing of the server.
    if (sentAtMs === undefined || sentAtMs < Math.max(this.#thawedAtMs, followed.caughtUpAtMs)) return
    this.#world.stats.sendToReceive.add(performance.now() - sentAtMs)
  }

  async #reload(followed: Followed): Promise<void> {
    this.#world.stats.resets++
    const after = followed.view?.position ?? 0
    const { messages, head } = await readStore(this.#world, this.#token, { channel: followed.channel, after })
    if (this.#followed.get(followed.channel) !== followed) return
    const view = followed.view ?? this.#openView(followed, head)
    for (const message of messages) if (message.seq > view.position) this.#world.ledger.messageApplied(view, message)
    view.known(head)
    followed.subscription?.restartAt(head)
  }

  #openView(followed: Followed, start: number): View {
    followed.view = this.#world.ledger.openView({ client: this.#client.number, channel: followed.channel }, start)
    return followed.view
  }

  #fault(kind: 'protocol', what: string): void {
    this.#world.ledger.fault(kind, `client ${this.#client.number}, SDK: ${what}`)
  }
}
