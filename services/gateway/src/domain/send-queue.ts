import { concatenate, type Block, type SharedConcatenation } from './fan-out.ts'

/**
 * What one connection has still to send, bounded.
 *
 * In a tick, blocks are pushed; `flush` ends the tick with one write. A write that the machine could not take at once blocks the
 * queue: what comes meanwhile waits here, where it is counted and can still be dropped, and goes out as one write when `written`
 * says that the former is gone. Nothing is ever piled up inside the socket.
 *
 * Blocks of a stream have an owner, the subscription that they are for. Over the bound all waiting blocks with an owner are
 * dropped, and the caller learns from where each owner must read again; what has no owner (acks, errors, replays, which are only
 * written when the socket has drained) stays, and is bounded by not reading from that client any more.
 */
export interface SendBounds {
  readonly bytesMax: number
  readonly framesMax: number
}

/**
 * Hands bytes to the machine. True: all taken, and their memory may be written to again. False: some wait, and `written` must be called
 * when they are gone.
 */
export type Write = (bytes: Uint8Array) => boolean

export class SendQueue<Owner> {
  readonly #bounds: SendBounds
  readonly #write: Write
  #tick: Block[] = []
  #tickOwners: (Owner | undefined)[] = []
  #waiting: Block[] = []
  #waitingOwners: (Owner | undefined)[] = []
  #waitingBytes = 0
  #waitingFrames = 0
  #inFlightBytes = 0
  #inFlightFrames = 0
  #blocked = false

  constructor(bounds: SendBounds, write: Write) {
    this.#bounds = bounds
    this.#write = write
  }

  /** Nothing waits and nothing is on its way. */
  get drained(): boolean {
    return !this.#blocked && this.#tick.length === 0
  }

  get blocked(): boolean {
    return this.#blocked
  }

  get unsentBytes(): number {
    return this.#inFlightBytes + this.#waitingBytes
  }

  get unsentFrames(): number {
    return this.#inFlightFrames + this.#waitingFrames
  }

  get over(): boolean {
    return this.unsentBytes > this.#bounds.bytesMax || this.unsentFrames > this.#bounds.framesMax
  }

  /** Returns whether this is the first block of the tick. */
  push(block: Block, owner?: Owner): boolean {
    this.#tick.push(block)
    this.#tickOwners.push(owner)
    return this.#tick.length === 1
  }

  /** Ends the tick: one write, or, while blocked, into the waiting line. */
  flush(shared: SharedConcatenation): void {
    if (this.#tick.length === 0) return
    if (this.#blocked) this.#moveTickToWaiting(0)
    else this.#writeTick(shared)
    this.#tick.length = 0
    this.#tickOwners.length = 0
  }

  /** The write that blocked is gone: what waited follows as one write. */
  written(): void {
    if (!this.#blocked) return
    this.#blocked = false
    this.#inFlightBytes = 0
    this.#inFlightFrames = 0
    if (this.#waiting.length === 0) return
    const blocks = this.#waiting
    const [bytes, frames] = [this.#waitingBytes, this.#waitingFrames]
    this.#clearWaiting()
    this.#writeNow(concatenate(blocks, bytes), frames)
  }

  /** Drops all waiting blocks that have an owner. Returns for each owner the position from where it must read again. */
  dropOwned(): Map<Owner, number> {
    const from = new Map<Owner, number>()
    const [blocks, owners] = [this.#waiting, this.#waitingOwners]
    this.#clearWaiting()
    for (let index = 0; index < blocks.length; index++) {
      const [block, owner] = [blocks[index], owners[index]]
      if (block === undefined) continue
      if (owner === undefined) this.#wait(block, owner)
      else if (!from.has(owner)) from.set(owner, block.after)
    }
    return from
  }

  /** What waits for this owner is dropped no more. */
  disown(owner: Owner): void {
    for (const owners of [this.#tickOwners, this.#waitingOwners]) {
      for (let index = 0; index < owners.length; index++) if (owners[index] === owner) owners[index] = undefined
    }
  }

  #writeTick(shared: SharedConcatenation): void {
    let bytes = 0
    for (const block of this.#tick) bytes += block.bytes.length
    if (bytes <= this.#bounds.bytesMax) {
      let frames = 0
      for (const block of this.#tick) frames += block.frameCount
      const whole = shared.of(this.#tick)
      this.#writeNow(whole, frames)
      if (this.#blocked) shared.keep(whole)
      return
    }
    // More than one connection may have unsent: block by block, as long as the machine takes them.
    for (let index = 0; index < this.#tick.length; index++) {
      const block = this.#tick[index]
      if (block !== undefined) this.#writeNow(block.bytes, block.frameCount)
      if (this.#blocked) {
        this.#moveTickToWaiting(index + 1)
        return
      }
    }
  }

  #writeNow(bytes: Uint8Array, frames: number): void {
    if (this.#write(bytes)) return
    this.#blocked = true
    this.#inFlightBytes = bytes.length
    this.#inFlightFrames = frames
  }

  #moveTickToWaiting(from: number): void {
    for (let index = from; index < this.#tick.length; index++) {
      const block = this.#tick[index]
      if (block !== undefined) this.#wait(block, this.#tickOwners[index])
    }
  }

  #wait(block: Block, owner: Owner | undefined): void {
    this.#waiting.push(block)
    this.#waitingOwners.push(owner)
    this.#waitingBytes += block.bytes.length
    this.#waitingFrames += block.frameCount
  }

  #clearWaiting(): void {
    this.#waiting = []
    this.#waitingOwners = []
    this.#waitingBytes = 0
    this.#waitingFrames = 0
  }
}
