import { failure, type Caller, type ChangeFrame, type StreamName } from '@glasshouse/contracts'
import { err, ok } from '@glasshouse/kernel'
import type { ChangePage, OpenedStream, StreamRequest, StreamSource } from '../application/ports.ts'

/**
 * Streams in memory, with the promises of the port: a head that grows by one, the current state of each thing, changes since a
 * position. A thing is what has one `id` (a message) or one key of its own (a channel, a member).
 */
export class MemoryStreamSource implements StreamSource {
  readonly #streams = new Map<string, { head: number; current: Map<string, ChangeFrame> }>()
  readonly #changeListeners = new Set<(change: ChangeFrame) => void>()
  readonly #advanceListeners = new Set<(stream: StreamName, head: number) => void>()
  readonly #mayOpen: (caller: Caller | undefined, stream: StreamName) => boolean

  constructor(mayOpen: (caller: Caller | undefined, stream: StreamName) => boolean = () => true) {
    this.#mayOpen = mayOpen
  }

  create(stream: StreamName): void {
    this.#streams.set(stream, { head: 0, current: new Map() })
  }

  head(stream: StreamName): number {
    return this.#streams.get(stream)?.head ?? 0
  }

  /** The current state, by id for messages. */
  snapshot(stream: StreamName): Map<string, ChangeFrame> {
    const current = [...(this.#streams.get(stream)?.current.values() ?? [])]
    return new Map(current.map((change) => ['id' in change ? change.id : change.type, change]))
  }

  /** Commits a change: `make` gets the head that it makes. Tells nobody; see `announce` and `advance`. */
  commit(stream: StreamName, make: (changedSeq: number) => ChangeFrame): ChangeFrame {
    const stored = this.#streams.get(stream)
    if (stored === undefined) throw new Error(`there is no stream ${stream}`)
    const change = make(++stored.head)
    stored.current.set(keyOf(change), change)
    return change
  }

  announce(change: ChangeFrame): void {
    for (const listener of this.#changeListeners) listener(change)
  }

  advance(stream: StreamName): void {
    for (const listener of this.#advanceListeners) listener(stream, this.head(stream))
  }

  openMany(requests: readonly StreamRequest[]): Promise<readonly OpenedStream[]> {
    return Promise.resolve(requests.map((request) => this.#open(request)))
  }

  #open({ caller, stream }: StreamRequest): OpenedStream {
    const stored = this.#streams.get(stream)
    if (stored === undefined || !this.#mayOpen(caller, stream)) return err(failure('live.unknown_stream'))
    return ok({ head: stored.head })
  }

  changes(stream: StreamName, after: number, limit: number): Promise<ChangePage> {
    const { head, current } = this.#streams.get(stream) ?? { head: 0, current: new Map<string, ChangeFrame>() }
    const since = [...current.values()]
      .filter((change) => change.changed_seq > after)
      .sort((a, b) => a.changed_seq - b.changed_seq)
    const changes = since.slice(0, limit)
    const through = changes.length < since.length ? (changes.at(-1)?.changed_seq ?? after) : head
    return Promise.resolve({ changes, through, head })
  }

  /** As chat's: whoever left a private channel. */
  endsWatch(change: ChangeFrame): ((caller: Caller | undefined) => boolean) | undefined {
    if (change.type !== 'member_changed' || change.membership !== 'left' || change.channel_type !== 'private')
      return undefined
    return (caller) => caller?.userId === change.user_id
  }

  onChange(listener: (change: ChangeFrame) => void): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  onStreamAdvanced(listener: (stream: StreamName, head: number) => void): () => void {
    this.#advanceListeners.add(listener)
    return () => this.#advanceListeners.delete(listener)
  }
}

function keyOf(change: ChangeFrame): string {
  switch (change.type) {
    case 'new_message':
    case 'message_updated':
    case 'message_deleted':
    case 'reaction_changed':
      return `message ${change.id}`
    case 'channel_changed':
      return 'channel'
    case 'member_changed':
      return `member ${change.user_id} of ${change.channel_id}`
    case 'own_channel_changed':
      return `own channel ${change.channel_id}`
    case 'own_thread_changed':
      return `own thread ${change.thread_id}`
    case 'scheduled_changed':
      return `scheduled ${change.id}`
    case 'reminder_changed':
      return `reminder of ${change.message_id}`
    case 'saved_changed':
      return `saved ${change.message_id}`
    case 'draft_changed':
      return `draft ${change.thread_id ?? change.channel_id}`
    case 'message_held':
    case 'message_decided':
      return `moderated ${change.id}`
    case 'restriction_changed':
      return `${change.kind} of ${change.user_id} in ${change.channel_id}`
  }
}
