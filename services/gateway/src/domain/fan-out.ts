/**
 * Fan-out: how one change reaches a thousand connections for the price of one.
 *
 * What costs is not the bytes but the writes: a system call for each connection, 5 to 8 microseconds, whatever it carries. So all
 * that happens in one turn of the event loop (a tick) is collected, and at its end each connection gets one write:
 *
 *   1. A change is encoded once and appended to its stream's list of this tick: O(1), however many subscribers there are.
 *   2. At the end of the tick the list becomes a few blocks (the frames concatenated), made once for each stream, and each
 *      subscriber's connection is handed the same blocks. There are two kinds of wire, and a block is laid out for each of them
 *      when the first connection of that kind takes it: so whoever is alone with a kind pays for no other.
 *   3. A connection whose tick is a single block writes that very buffer: a thousand connections share it, nothing is copied.
 *      One that has more (two busy streams, an ack) writes a concatenation; equal neighbours share that as well.
 *
 * With 64 messages in one tick a write carries 64 frames, so the system call is paid once for 64 deliveries.
 *
 * Members come and go within a tick. A member remembers `joinedAt`, how many frames the list had when it came, and gets the list from
 * there; one that leaves takes what was published until then. Both are O(1) and exact: the position at which a member joined is
 * the position from which it hears. Each block knows the stream's position before its first frame (`after`), so whoever drops a
 * block unsent knows from where to read again.
 */
export type WireKind = 'web_socket' | 'event_stream'

/** One frame, laid out once for each kind of wire that wants it. */
export interface EncodedFrame {
  /** About as many bytes has it on any wire. */
  readonly sizeBytes: number
  bytesFor(kind: WireKind): Uint8Array
}

export interface Frame {
  readonly encoded: EncodedFrame
  /** The stream's position before this frame: who has had all before it knows everything up to here. */
  readonly after: number
}

/** Frames as one kind of wire has them. */
export interface Block {
  readonly bytes: Uint8Array
  readonly after: number
  readonly frameCount: number
}

/** Frames for everybody who hears a stream. */
export class SharedBlock {
  readonly #frames: readonly Frame[]
  readonly #laidOut: Partial<Record<WireKind, Block>> = {}

  constructor(frames: readonly Frame[]) {
    this.#frames = frames
  }

  for(kind: WireKind): Block {
    return (this.#laidOut[kind] ??= {
      bytes: concatenate(this.#frames.map(({ encoded }) => ({ bytes: encoded.bytesFor(kind) }))),
      after: this.#frames[0]?.after ?? 0,
      frameCount: this.#frames.length,
    })
  }
}

export interface BroadcastMember {
  /** How many frames the tick's list had when this member joined. Kept by the broadcast. */
  joinedAt: number
  take(block: SharedBlock): void
}

/** A block is closed when it reaches this, so that what one write shares, and what a slow reader can drop, stays small. */
const BLOCK_BYTES_TARGET = 64 * 1024

/** One stream's list of this tick, and those who hear it. */
export class Broadcast<Member extends BroadcastMember> {
  readonly #members = new Set<Member>()
  #frames: Frame[] = []

  get size(): number {
    return this.#members.size
  }

  get pendingFrames(): number {
    return this.#frames.length
  }

  members(): Iterable<Member> {
    return this.#members
  }

  has(member: Member): boolean {
    return this.#members.has(member)
  }

  publish(frame: Frame): void {
    if (this.#members.size > 0) this.#frames.push(frame)
  }

  /** From the next published frame on. */
  join(member: Member): void {
    member.joinedAt = this.#frames.length
    this.#members.add(member)
  }

  /** Hands over what was published for the member in this tick; nothing after that. */
  leave(member: Member): void {
    if (!this.#members.delete(member)) return
    for (const block of blocksOf(this.#frames, member.joinedAt)) member.take(block)
    if (this.#members.size === 0) this.#frames = []
  }

  /** The end of the tick: hands every member its blocks. */
  collect(): void {
    const frames = this.#frames
    if (frames.length === 0) return
    this.#frames = []
    const whole = blocksOf(frames, 0)
    const byStart = new Map<number, readonly SharedBlock[]>()
    for (const member of this.#members) {
      let blocks: readonly SharedBlock[] = whole
      if (member.joinedAt > 0) {
        const known = byStart.get(member.joinedAt)
        blocks = known ?? blocksOf(frames, member.joinedAt)
        if (known === undefined) byStart.set(member.joinedAt, blocks)
        member.joinedAt = 0
      }
      for (const block of blocks) member.take(block)
    }
  }
}

function blocksOf(frames: readonly Frame[], from: number): SharedBlock[] {
  const blocks: SharedBlock[] = []
  let start = from
  let bytes = 0
  for (let index = from; index < frames.length; index++) {
    bytes += frames[index]?.encoded.sizeBytes ?? 0
    if (bytes < BLOCK_BYTES_TARGET && index < frames.length - 1) continue
    blocks.push(new SharedBlock(frames.slice(start, index + 1)))
    start = index + 1
    bytes = 0
  }
  return blocks
}

/** The bytes of all parts, one after the other. A single part is returned as it is, not copied. */
export function concatenate(parts: readonly { readonly bytes: Uint8Array }[], totalBytes?: number): Uint8Array {
  const only = parts[0]
  if (parts.length === 1 && only !== undefined) return only.bytes
  const whole = new Uint8Array(totalBytes ?? lengthOf(parts))
  copyInto(whole, parts)
  return whole
}

function lengthOf(parts: readonly { readonly bytes: Uint8Array }[]): number {
  let total = 0
  for (const { bytes } of parts) total += bytes.length
  return total
}

function copyInto(whole: Uint8Array, parts: readonly { readonly bytes: Uint8Array }[]): void {
  let at = 0
  for (const { bytes } of parts) {
    whole.set(bytes, at)
    at += bytes.length
  }
}

/**
 * What connections of one kind write, one after the other. Neighbours with the same blocks share one concatenation: the last one made is
 * kept. And all share their memory: ten thousand who come back write some ten thousand bytes each, and were each of them given memory of
 * its own, getting and freeing that would take longer than all else. The system takes nearly every write at once, and then
 * its memory is free for the next; one that it does not take keeps it.
 */
export class SharedConcatenation {
  /** One for each power of two: a write that keeps its memory keeps no more than twice what it needs. */
  readonly #memory = new Map<number, Uint8Array>()
  #blocks: readonly Block[] = []
  #bytes: Uint8Array = new Uint8Array(0)

  /** Valid until it is asked for others, unless `keep` is called before. */
  of(blocks: readonly Block[]): Uint8Array {
    const only = blocks[0]
    if (blocks.length === 1 && only !== undefined) return only.bytes
    if (!same(this.#blocks, blocks)) {
      const length = lengthOf(blocks)
      const memory = this.#memoryFor(length)
      copyInto(memory, blocks)
      this.#bytes = memory.subarray(0, length)
      this.#blocks = [...blocks]
    }
    return this.#bytes
  }

  /** These bytes are still being written: their memory is theirs. */
  keep(bytes: Uint8Array): void {
    const size = sizeFor(bytes.length)
    if (this.#memory.get(size)?.buffer === bytes.buffer) this.#memory.delete(size)
  }

  /** The tick is over: blocks are not held on to. */
  forget(): void {
    this.#blocks = []
    this.#bytes = new Uint8Array(0)
  }

  #memoryFor(length: number): Uint8Array {
    const size = sizeFor(length)
    const known = this.#memory.get(size)
    if (known !== undefined) return known
    const memory = new Uint8Array(size)
    this.#memory.set(size, memory)
    return memory
  }
}

function sizeFor(length: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, length)))
}

function same(a: readonly Block[], b: readonly Block[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
