/**
 * Three clients that do harm: one reads nothing of what it has asked for, one floods, one reconnects without a pause. Each begins anew
 * as soon as the server has thrown it out.
 */
import { LoadSocket, textFrame } from './load-socket.ts'

export interface AttackAsk {
  readonly url: string
  /** Of the one who reads nothing, the one who floods, and the one who reconnects. */
  readonly tokens: readonly [frozen: string, flooding: string, reconnecting: string]
  readonly channelId: string
  /** A channel with so much in it that no socket holds it unread. */
  readonly heavyChannelId: string
}

export interface AttackFigures {
  readonly frozenSockets: number
  readonly floodFrames: number
  /** How often the flooding one was thrown out. */
  readonly floodSockets: number
  readonly reconnects: number
}

const FLOOD_FRAMES_AT_ONCE = 250
const FLOOD_INTERVAL_MS = 10
/** What waits unsent at the attacker: more would be a test of its own memory. */
const FLOOD_WAITING_BYTES_MAX = 1_048_576
const AGAIN_MS = 10

export class Attackers {
  readonly #ask: AttackAsk
  readonly #running: Promise<void>[]
  readonly #open = new Set<LoadSocket>()
  #stopped = false
  #frozenSockets = 0
  #floodFrames = 0
  #floodSockets = 0
  #reconnects = 0

  constructor(ask: AttackAsk) {
    this.#ask = ask
    const [frozen, flooding, reconnecting] = ask.tokens
    this.#running = [
      this.#again(() => this.#freeze(frozen)),
      this.#again(() => this.#flood(flooding)),
      this.#again(() => this.#reconnect(reconnecting)),
    ]
  }

  async stop(): Promise<AttackFigures> {
    this.#stopped = true
    for (const socket of this.#open) socket.close()
    await Promise.all(this.#running)
    return {
      frozenSockets: this.#frozenSockets,
      floodFrames: this.#floodFrames,
      floodSockets: this.#floodSockets,
      reconnects: this.#reconnects,
    }
  }

  async #again(attack: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        await attack()
      } catch {
        // Refused: it comes again.
        await new Promise((again) => setTimeout(again, AGAIN_MS))
      }
    }
  }

  async #enter(token: string): Promise<LoadSocket> {
    const socket = await LoadSocket.open(this.#ask.url, token, () => undefined)
    this.#open.add(socket)
    void socket.closed.then(() => this.#open.delete(socket))
    if (this.#stopped) socket.close()
    return socket
  }

  async #freeze(token: string): Promise<void> {
    const socket = await this.#enter(token)
    socket.freeze()
    this.#frozenSockets++
    const { channelId, heavyChannelId } = this.#ask
    socket.write([
      textFrame({ type: 'subscribe', channel_id: channelId }),
      textFrame({ type: 'subscribe', channel_id: heavyChannelId, after: 0 }),
    ])
    await socket.closed
  }

  async #flood(token: string): Promise<void> {
    const socket = await this.#enter(token)
    this.#floodSockets++
    const message = textFrame({ type: 'send_message', channel_id: this.#ask.channelId, content: 'flood' })
    const burst = Array.from({ length: FLOOD_FRAMES_AT_ONCE }, (_, index) =>
      index % 2 === 0 ? message : textFrame({ type: 'ping' }),
    )
    const flooding = setInterval(() => {
      if (socket.waitingBytes > FLOOD_WAITING_BYTES_MAX) return
      socket.write(burst)
      this.#floodFrames += burst.length
    }, FLOOD_INTERVAL_MS)
    await socket.closed
    clearInterval(flooding)
  }

  async #reconnect(token: string): Promise<void> {
    const socket = await this.#enter(token)
    socket.write([textFrame({ type: 'subscribe', channel_id: this.#ask.channelId, after: 0 })])
    this.#reconnects++
    socket.close()
    await socket.closed
  }
}
