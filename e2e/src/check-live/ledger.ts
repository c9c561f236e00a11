/**
 * What was promised to whom. Every client reports here what it was acknowledged and what it saw; at the end all of it is compared
 * with the store. See view.ts for how a view is kept.
 */
import { isContentOf, nameOfClientId, type MessageName } from './messages.ts'
import { View, type ViewFault } from './view.ts'

export const FAULT_KINDS = {
  lost: 'in the store, and not seen by a subscriber',
  repeated: 'applied twice by a subscriber',
  out_of_order: 'applied after a later one',
  acked_not_stored: 'acknowledged, and not in the store',
  stored_twice: 'two messages of one client_id',
  not_sent: 'in the store, and sent by nobody; or seen, and not in the store',
  altered: 'not the content, the place or the id that was sent or told',
  time_back: 'stored with an earlier time than what stands before it in its channel',
  refused: 'refused for no reason that a sender could remove',
  protocol: 'not what the protocol says',
  unfinished: 'not answered, or not caught up, in time',
} as const
export type FaultKind = keyof typeof FAULT_KINDS

/** A message as somebody saw it; without its text, which is compared at once. */
export interface SeenMessage {
  readonly id: string
  readonly seq: number
  readonly clientId: string | undefined
  /** Undefined when nobody sent it. */
  readonly isAsSent: boolean | undefined
  /** By the database's clock, since 1970. */
  readonly atMs: number
}

export function seenMessage(wire: {
  readonly id: string
  readonly seq: number
  readonly client_id?: string
  readonly content: string
  readonly timestamp: string
}): SeenMessage {
  const { id, seq, client_id: clientId, content, timestamp } = wire
  const name = clientId === undefined ? undefined : nameOfClientId(clientId)
  return {
    id,
    seq,
    clientId,
    isAsSent: name === undefined ? undefined : isContentOf(name, content),
    atMs: Date.parse(timestamp),
  }
}

interface Told {
  readonly id: string
  readonly channel: number
  readonly seq: number
}

/** So many are printed; all are counted. */
const DESCRIBED_MAX = 20

export class Ledger {
  readonly counts = Object.fromEntries(Object.keys(FAULT_KINDS).map((kind) => [kind, 0])) as Record<FaultKind, number>
  readonly described: string[] = []
  /** Called with each description, as soon as it is known. */
  onDescribed: (line: string) => void = () => undefined
  #applied = 0
  #acked = 0
  /** By client, then by number: where the message is, as its ack said. */
  readonly #acks: Told[][] = []
  /** By channel: the id of the message at each place, as anybody was told first. */
  readonly #ids: Map<number, string>[] = []
  readonly #views: View[] = []

  get views(): readonly View[] {
    return this.#views
  }

  get faultCount(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }

  get applied(): number {
    return this.#applied
  }

  get acked(): number {
    return this.#acked
  }

  fault(kind: FaultKind, what: string): void {
    this.counts[kind]++
    if (this.described.length >= DESCRIBED_MAX) return
    this.described.push(`${kind}: ${what}`)
    this.onDescribed(`${kind}: ${what}`)
  }

  /** A subscription has begun: everything after `start` is due, until the view is ended by nobody reporting to it any more. */
  openView(at: { readonly client: number; readonly channel: number }, start: number): View {
    const view = new View(at, start)
    this.#views.push(view)
    return view
  }

  /** A change that is no message takes a place as well. */
  changeApplied(view: View, seq: number): void {
    this.#told(view, seq, view.applied(seq))
  }

  messageApplied(view: View, message: SeenMessage): void {
    this.#told(view, message.seq, view.applied(message.seq))
    this.#sameId(view.channel, message)
    this.#checkContent(message, `client ${view.client} saw`)
  }

  acknowledged(name: MessageName, told: Told): void {
    const ofClient = (this.#acks[name.client] ??= [])
    const before = ofClient[name.number]
    if (before === undefined) {
      ofClient[name.number] = told
      this.#acked++
      this.#sameId(told.channel, told)
    } else if (before.id !== told.id || before.seq !== told.seq) {
      const both = `${before.seq} (${before.id}) and then as ${told.seq} (${told.id})`
      this.fault('stored_twice', `message ${name.number} of client ${name.client} was acknowledged as ${both}`)
    }
  }

  /** Compares everything with one channel as the store has it: all of its messages, by `seq`. */
  compare(channel: number, stored: readonly SeenMessage[]): void {
    const bySeq = new Map(stored.map((message) => [message.seq, message]))
    this.#compareStore(channel, stored)
    this.#compareAcks(channel, bySeq)
    for (const [seq, id] of this.#ids[channel] ?? []) {
      const message = bySeq.get(seq)
      if (message === undefined) this.fault('not_sent', `channel ${channel}: ${seq} (${id}) was told and is not stored`)
      else if (message.id !== id)
        this.fault('altered', `channel ${channel}: ${seq} was told as ${id}, is ${message.id}`)
    }
    for (const view of this.#views) {
      if (view.channel !== channel) continue
      for (const { seq, id } of stored) {
        if (seq <= view.start || seq > view.position || view.saw(seq)) continue
        const span = `after ${view.start} up to ${view.position}`
        this.fault('lost', `client ${view.client} did not see ${seq} (${id}) of channel ${channel}, subscribed ${span}`)
      }
    }
  }

  #compareStore(channel: number, stored: readonly SeenMessage[]): void {
    const clientIds = new Set<string>()
    let before = { seq: 0, atMs: 0 }
    for (const message of stored) {
      if (message.seq <= before.seq)
        this.fault('altered', `channel ${channel}: ${message.seq} is stored after ${before.seq}`)
      if (message.atMs < before.atMs)
        this.fault(
          'time_back',
          `channel ${channel}: ${message.seq} is ${before.atMs - message.atMs} ms older than ${before.seq}`,
        )
      before = message
      this.#checkContent(message, `channel ${channel} holds`)
      if (message.clientId === undefined) continue
      if (clientIds.has(message.clientId)) this.fault('stored_twice', `channel ${channel}: ${message.clientId}`)
      clientIds.add(message.clientId)
    }
  }

  #compareAcks(channel: number, bySeq: ReadonlyMap<number, SeenMessage>): void {
    for (const [client, ofClient] of this.#acks.entries()) {
      for (const [number, told] of ofClient?.entries() ?? []) {
        if (told?.channel !== channel) continue
        const message = bySeq.get(told.seq)
        const name = `message ${number} of client ${client}, acknowledged as ${told.seq} of channel ${channel}`
        if (message === undefined) this.fault('acked_not_stored', name)
        else if (message.id !== told.id) this.fault('altered', `${name} (${told.id}), is stored as ${message.id}`)
      }
    }
  }

  #told(view: View, seq: number, fault: ViewFault | undefined): void {
    this.#applied++
    if (fault === undefined) return
    this.fault(fault, `client ${view.client}: ${seq} of channel ${view.channel}, at ${view.position}`)
  }

  #sameId(channel: number, { seq, id }: { readonly seq: number; readonly id: string }): void {
    const ids = (this.#ids[channel] ??= new Map())
    const before = ids.get(seq)
    if (before === undefined) ids.set(seq, id)
    else if (before !== id) this.fault('altered', `channel ${channel}: ${seq} was told as ${before} and as ${id}`)
  }

  #checkContent({ clientId, isAsSent, seq }: SeenMessage, who: string): void {
    if (isAsSent === undefined) this.fault('not_sent', `${who} ${seq}, sent by nobody`)
    else if (!isAsSent) this.fault('altered', `${who} ${seq} (${clientId ?? ''}) with another content than was sent`)
  }
}
