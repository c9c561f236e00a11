/**
 * Which messages are committed together, and when. The scheduling of group commit, without its IO.
 *
 * There is no timer. A batch is what arrived while the ones before were being committed: alone, a message is a batch of its own and
 * waits for nobody; under load batches grow by themselves until the cost of a commit is spread over hundreds of messages.
 *
 *   - Each channel is a lane, first in, first out. A lane is in one batch at a time, so a channel's messages are numbered in the order
 *     in which they arrived, and what happens to one batch is known before the next of that channel begins.
 *   - Lanes that have something and are in no batch wait in a ring. A batch takes lanes from its front, as much of each as fits; a lane
 *     that was not emptied goes to the back when its batch is done. So no channel starves, however busy another one is.
 *   - The same key (a sender's own id of a message) is never twice in one batch: the second ends its lane's part, and is looked up
 *     when the first is committed.
 *   - Everything is bounded: messages and bytes of a batch, batches at a time, and what may be held altogether, waiting and in flight.
 *
 * A single item larger than the batch's bytes still goes, alone.
 */
export interface Schedulable {
  readonly lane: string
  /** Undefined: never the same as another. */
  readonly key: string | undefined
  readonly bytes: number
}

export interface BatchBounds {
  readonly batchItemsMax: number
  readonly batchBytesMax: number
  readonly batchesInFlightMax: number
  /** Waiting and in flight. */
  readonly heldItemsMax: number
  readonly heldBytesMax: number
}

interface Lane<Item> {
  readonly name: string
  items: Item[]
  /** Items before this one were taken. */
  taken: number
  busy: boolean
}

export interface Batch<Item> {
  readonly items: readonly Item[]
  readonly lanes: readonly string[]
  readonly bytes: number
}

/** Below this, moving what is left of a lane costs less than to keep what was taken. */
const COMPACT_AFTER = 256

export class BatchSchedule<Item extends Schedulable> {
  readonly #bounds: BatchBounds
  readonly #lanes = new Map<string, Lane<Item>>()
  /** Lanes with items that are in no batch. A set keeps the order in which they came. */
  readonly #ready = new Set<Lane<Item>>()
  #inFlight = 0
  #heldItems = 0
  #heldBytes = 0

  constructor(bounds: BatchBounds) {
    this.#bounds = bounds
  }

  get heldItems(): number {
    return this.#heldItems
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get batchesInFlight(): number {
    return this.#inFlight
  }

  /** Takes an item in, or answers false when there is no room for it. */
  offer(item: Item): boolean {
    if (this.#heldItems >= this.#bounds.heldItemsMax) return false
    if (this.#heldBytes + item.bytes > this.#bounds.heldBytesMax) return false
    let lane = this.#lanes.get(item.lane)
    if (lane === undefined) {
      lane = { name: item.lane, items: [], taken: 0, busy: false }
      this.#lanes.set(item.lane, lane)
    }
    lane.items.push(item)
    if (!lane.busy) this.#ready.add(lane)
    this.#heldItems++
    this.#heldBytes += item.bytes
    return true
  }

  /** The next batch to commit, or undefined when nothing is ready or enough is in flight. Give it back to `done`. */
  take(): Batch<Item> | undefined {
    if (this.#ready.size === 0 || this.#inFlight >= this.#bounds.batchesInFlightMax) return undefined
    const items: Item[] = []
    const lanes: string[] = []
    let bytes = 0
    for (const lane of this.#ready) {
      const room = this.#bounds.batchBytesMax - bytes
      const first = lane.items[lane.taken]
      if (items.length >= this.#bounds.batchItemsMax) break
      if (first === undefined || (items.length > 0 && first.bytes > room)) break
      bytes += this.#takeFrom(lane, items, room)
      lanes.push(lane.name)
      lane.busy = true
      this.#ready.delete(lane)
    }
    this.#inFlight++
    return { items, lanes, bytes }
  }

  /** A batch has ended, in whatever way: its lanes may be in another one. */
  done(batch: Batch<Item>): void {
    this.#inFlight--
    this.#heldItems -= batch.items.length
    this.#heldBytes -= batch.bytes
    for (const name of batch.lanes) {
      const lane = this.#lanes.get(name)
      if (lane === undefined) continue
      lane.busy = false
      if (lane.taken === lane.items.length) {
        this.#lanes.delete(name)
        continue
      }
      if (lane.taken >= COMPACT_AFTER) {
        lane.items = lane.items.slice(lane.taken)
        lane.taken = 0
      }
      this.#ready.add(lane)
    }
  }

  /** Moves items from the front of a lane into the batch until it is full or meets a key that it has. Returns their bytes. */
  #takeFrom(lane: Lane<Item>, into: Item[], bytesRoom: number): number {
    const keys = new Set<string>()
    let bytes = 0
    const start = into.length
    while (into.length < this.#bounds.batchItemsMax) {
      const item = lane.items[lane.taken]
      if (item === undefined) break
      if (bytes + item.bytes > bytesRoom && into.length > 0) break
      if (item.key !== undefined) {
        if (keys.has(item.key)) break
        keys.add(item.key)
      }
      into.push(item)
      lane.taken++
      bytes += item.bytes
    }
    return into.length === start ? 0 : bytes
  }
}
