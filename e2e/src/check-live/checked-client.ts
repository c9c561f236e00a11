/** One client of a run: it does what its plan says, and remembers what it sent until that is acknowledged. */
import { ERRORS, type ErrorCode } from '@glasshouse/contracts'
import { clientIdOf, contentOf, type MessageName } from './messages.ts'
import type { Action } from './plan.ts'
import type { View } from './view.ts'
import { pause, type World } from './world.ts'

/** How a client speaks with the server: by itself, or through the SDK. */
export interface Door {
  open(): void
  /** With `after`: everything after it is due. */
  subscribe(channel: number, after: number | undefined): void
  unsubscribe(channel: number): void
  send(message: Outgoing): void
  drop(): void
  freeze(ms: number): void
  readonly live: boolean
  /** It is connected, and reads what comes. */
  readonly reading: boolean
  /** And it is not catching up with anything. */
  readonly settled: boolean
  /** Of the channels that it watches. */
  readonly views: readonly View[]
  /** Where the last subscription to the channel ended. */
  leftAt(channel: number): number | undefined
  close(): void
}

export interface Outgoing {
  readonly name: MessageName
  readonly channel: number
  readonly clientId: string
  readonly content: string
}

export interface Acknowledged {
  readonly id: string
  readonly seq: number
}

const UNACKNOWLEDGED_MAX = 400
const RETRY_MS_DEFAULT = 500
/** Messages of which a client can send a repeat. */
const REMEMBERED_MAX = 64

export class CheckedClient {
  readonly number: number
  readonly #world: World
  readonly #door: Door
  readonly #unacknowledged = new Map<string, Outgoing>()
  readonly #acknowledged: Outgoing[] = []
  #sent = 0
  #repeats = 0

  constructor(number: number, world: World, door: (client: CheckedClient) => Door) {
    this.number = number
    this.#world = world
    this.#door = door(this)
  }

  get door(): Door {
    return this.#door
  }

  get unacknowledged(): Iterable<Outgoing> {
    return this.#unacknowledged.values()
  }

  get unacknowledgedCount(): number {
    return this.#unacknowledged.size
  }

  act(action: Action, maySend: boolean): void {
    switch (action.kind) {
      case 'send':
        for (let count = 0; maySend && count < action.count; count++) this.#send(action.channel, action)
        return
      case 'send_twice':
        if (maySend) this.#send(action.channel, { copies: 2 })
        return
      case 'repeat':
        return this.#repeat()
      case 'subscribe':
        return this.#door.subscribe(action.channel, action.cursor ? this.#door.leftAt(action.channel) : undefined)
      case 'unsubscribe':
        return this.#door.unsubscribe(action.channel)
      case 'drop':
        this.#world.stats.drops++
        return this.#door.drop()
      case 'freeze':
        this.#world.stats.freezes++
        this.disconnected()
        return this.#door.freeze(action.ms)
    }
  }

  acknowledged(clientId: string, told: Acknowledged): void {
    const message = this.#unacknowledged.get(clientId)
    if (message === undefined) {
      // The second answer to what was sent twice: it must say the same.
      const known = this.#acknowledged.find((each) => each.clientId === clientId)
      if (known !== undefined) this.#world.ledger.acknowledged(known.name, { ...told, channel: known.channel })
      return
    }
    this.#unacknowledged.delete(clientId)
    const sentAtMs = this.#world.times.sentAtMs(message.name)
    if (sentAtMs !== undefined) this.#world.stats.sendToAck.add(performance.now() - sentAtMs)
    this.#world.ledger.acknowledged(message.name, { ...told, channel: message.channel })
    if (this.#acknowledged.includes(message)) return
    this.#acknowledged.push(message)
    if (this.#acknowledged.length > REMEMBERED_MAX) this.#acknowledged.shift()
  }

  /** The server refused a message: sent again when that may help. */
  async refused(clientId: string, refusal: { readonly code: string; readonly retryAfterMs?: number }): Promise<void> {
    const message = this.#unacknowledged.get(clientId)
    if (message === undefined) return
    this.#world.times.disturbed(message.name)
    const isRetryable = refusal.code.startsWith('client.') || ERRORS[refusal.code as ErrorCode]?.retryable === true
    if (!isRetryable) {
      const who = `message ${message.name.number} of client ${this.number}`
      this.#world.ledger.fault('refused', `${who} with ${refusal.code}`)
      this.#unacknowledged.delete(clientId)
      return
    }
    if (!refusal.code.startsWith('client.')) this.#world.stats.refusals++
    await pause(refusal.retryAfterMs ?? RETRY_MS_DEFAULT)
    if (!this.#unacknowledged.has(clientId)) return
    this.#world.stats.sentAgain++
    this.#door.send(message)
  }

  /** What is unanswered is not answered over this connection any more, or not soon. */
  disconnected(): void {
    for (const message of this.#unacknowledged.values()) this.#world.times.disturbed(message.name)
  }

  #send(channel: number, how: { readonly large?: boolean; readonly copies?: number }): void {
    if (this.#unacknowledged.size >= UNACKNOWLEDGED_MAX) return
    const name = { client: this.number, number: this.#sent++ }
    const isLarge = how.large ?? false
    const message = { name, channel, clientId: clientIdOf(name), content: contentOf(name, isLarge) }
    this.#world.stats.sent++
    this.#world.stats.sentAgain += (how.copies ?? 1) - 1
    this.#unacknowledged.set(message.clientId, message)
    // What waits for a connection, or for a frozen client, says nothing of the server.
    if (this.#door.reading) this.#world.times.sent(name)
    for (let copy = 0; copy < (how.copies ?? 1); copy++) this.#door.send(message)
  }

  #repeat(): void {
    const message = this.#acknowledged[this.#repeats++ % REMEMBERED_MAX] ?? this.#acknowledged[0]
    if (message === undefined || this.#unacknowledged.has(message.clientId)) return
    this.#world.stats.sentAgain++
    this.#world.times.disturbed(message.name)
    this.#unacknowledged.set(message.clientId, message)
    this.#door.send(message)
  }
}
