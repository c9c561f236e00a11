/**
 * One channel as a raw client follows it, by what the protocol says and with nothing of the SDK: below the cursor is a repeat, next
 * to it is the next, and beyond it may only come what stands between `replay` and `subscribed`.
 */
import { seenMessage, type SeenMessage } from './ledger.ts'
import type { View } from './view.ts'
import type { Frame } from '../live-socket.ts'
import type { World } from './world.ts'

/** Frames that are held while a snapshot is loaded. */
const HELD_MAX = 2_000
const RECENT_MAX = 12

export interface RawStreamPort {
  readonly client: number
  readonly world: World
  /** Loads a snapshot of what comes after the cursor, then calls `loaded`. */
  reload(stream: RawStream): void
  /** Sends `subscribe`, when there is a connection; if there is none the next one will. */
  ask(stream: RawStream): void
  /** A live frame; the stream had caught up at this time. */
  received(message: SeenMessage, caughtUpAtMs: number): void
}

export class RawStream {
  readonly channel: number
  readonly #port: RawStreamPort
  #view: View | undefined
  #cursor: number | undefined
  #phase: 'asked' | 'replaying' | 'live' | 'reset' = 'asked'
  #held: Frame[] = []
  #overflowed = false
  #caughtUpAtMs = 0
  #isRestored = false
  /** Some of what came was dropped, so what comes is of no use until the replay that was asked for. */
  #isDeaf = false
  #toldMore = false
  #resets = 0
  /** The snapshot may be ahead of a replay that came while it was loaded. */
  #snapshotAt: number | undefined
  /** What happened last, besides changes: for the description of a fault. */
  readonly #recent: string[] = []
  /** The client has sent `unsubscribe`: what comes before the answer still counts. */
  leaving = false

  constructor(channel: number, after: number | undefined, port: RawStreamPort) {
    this.channel = channel
    this.#port = port
    this.#cursor = after
    if (after !== undefined) this.#openView(after)
  }

  get cursor(): number | undefined {
    return this.#cursor
  }

  get view(): View | undefined {
    return this.#view
  }

  get isRestored(): boolean {
    return this.#isRestored
  }

  get settled(): boolean {
    return this.#phase === 'live'
  }

  /** It was told more than it has kept, since a reset: its session may go on from there. */
  get toldMore(): boolean {
    return this.#toldMore
  }

  /** How many there were: a snapshot belongs to one of them. */
  get resets(): number {
    return this.#resets
  }

  get resetting(): boolean {
    return this.#phase === 'reset'
  }

  /** `subscribe` or `resume` leaves, or the server has `restored` the session, and replays by itself. */
  asked(restored = false): void {
    this.#phase = 'asked'
    this.#isRestored = restored
    this.#isDeaf = false
    this.#note(restored ? 'restored' : 'asked')
  }

  disconnected(): void {
    this.#note('disconnected')
    // What was held came over a connection that is gone: what follows the snapshot is asked for.
    this.#held = []
    this.#overflowed = true
    if (this.#phase !== 'reset') this.asked()
  }

  frame(frame: Frame): void {
    if (frame['changed_seq'] === undefined) this.#note(`${frame.type} ${frame['after'] ?? frame['seq']}`)
    if (this.#phase === 'reset') {
      if (this.#held.length < HELD_MAX) this.#held.push(frame)
      else this.#overflowed = true
      return
    }
    // The client never heard where its subscription began, and has asked anew: what its session goes on with is not that.
    if (this.#cursor === undefined && this.#isRestored && frame['recovered'] !== false) return
    if (this.#isDeaf && frame.type !== 'reset' && !(frame.type === 'replay' && frame['after'] <= (this.#cursor ?? 0)))
      return
    this.#isDeaf = false
    switch (frame.type) {
      case 'replay':
        if (this.#cursor === undefined || frame['after'] > this.#cursor) {
          this.#breach(`a replay begins after ${String(frame['after'])}`)
        }
        this.#phase = 'replaying'
        return
      case 'subscribed':
        return this.#subscribed(frame['seq'], frame['recovered'])
      case 'reset':
        this.#port.world.stats.resets++
        this.#phase = 'reset'
        this.#toldMore = true
        this.#resets++
        this.#held = []
        this.#overflowed = false
        return this.#port.reload(this)
      default:
        return this.#change(frame)
    }
  }

  /** The snapshot that follows a reset: everything up to `head`. */
  loaded(messages: readonly SeenMessage[], head: number): void {
    this.#note(`loaded ${head}, held ${this.#held.length}${this.#overflowed ? ', overflowed' : ''}`)
    this.#view ??= this.#openView(head)
    for (const message of messages) {
      if (message.seq > (this.#cursor ?? 0)) this.#port.world.ledger.messageApplied(this.#view, message)
    }
    this.#moveTo(head)
    this.#snapshotAt = head
    this.#live()
    const held = this.#held
    this.#held = []
    if (this.#overflowed) {
      this.asked()
      this.#port.ask(this)
      this.#isDeaf = true
      return
    }
    this.#toldMore = false
    for (const frame of held) this.frame(frame)
  }

  #subscribed(seq: number, recovered: boolean): void {
    if (this.#cursor === undefined) {
      if (recovered) this.#breach('the first `subscribed` says that it has recovered')
      this.#cursor = seq
      this.#openView(seq)
    } else if (this.#phase !== 'replaying' || !recovered) this.#breach(`\`subscribed\` at ${seq} without a replay`)
    else if (seq < this.#cursor && this.#cursor !== this.#snapshotAt) this.#breach(`\`subscribed\` says ${seq}`)
    this.#moveTo(seq)
    this.#toldMore = false
    this.#live()
  }

  #live(): void {
    this.#phase = 'live'
    this.#caughtUpAtMs = performance.now()
  }

  #change(frame: Frame): void {
    const seq = Number(frame['changed_seq'])
    const { stats, ledger } = this.#port.world
    if (this.#cursor === undefined || this.#view === undefined)
      return this.#breach(`${seq} comes before \`subscribed\``)
    if (seq <= this.#cursor) {
      stats.wireRepeats++
      return
    }
    const isReplay = this.#phase === 'replaying'
    if (isReplay) stats.replayed++
    else if (seq !== this.#cursor + 1) this.#breach(`${seq} comes outside of a replay`)
    if (frame.type === 'new_message') {
      const { id, client_id, content, timestamp } = frame
      const message = seenMessage({ id, seq, client_id, content, timestamp })
      ledger.messageApplied(this.#view, message)
      if (!isReplay) this.#port.received(message, this.#caughtUpAtMs)
    } else ledger.changeApplied(this.#view, seq)
    this.#moveTo(seq)
  }

  #moveTo(seq: number): void {
    if (seq > (this.#cursor ?? 0)) this.#cursor = seq
    this.#view?.known(seq)
  }

  #openView(start: number): View {
    this.#view = this.#port.world.ledger.openView({ client: this.#port.client, channel: this.channel }, start)
    return this.#view
  }

  #note(what: string): void {
    this.#recent.push(what)
    if (this.#recent.length > RECENT_MAX) this.#recent.shift()
  }

  #breach(what: string): void {
    const at = `client ${this.#port.client}, channel ${this.channel}, at ${this.#cursor ?? 'the start'}, ${this.#phase}`
    this.#port.world.ledger.fault('protocol', `${at}: ${what}; before: ${this.#recent.join(', ')}`)
  }
}
