import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Broadcast,
  concatenate,
  SharedConcatenation,
  type Block,
  type BroadcastMember,
  type EncodedFrame,
  type Frame,
  type SharedBlock,
  type WireKind,
} from './fan-out.ts'

class Listener implements BroadcastMember {
  joinedAt = 0
  readonly blocks: Block[] = []
  readonly #kind: WireKind

  constructor(kind: WireKind = 'web_socket') {
    this.#kind = kind
  }

  take(block: SharedBlock): void {
    this.blocks.push(block.for(this.#kind))
  }

  get text(): string {
    return new TextDecoder().decode(concatenate(this.blocks))
  }
}

/** For the one kind as it is, for the other in capitals; counts how often it was laid out. */
class TextFrame implements EncodedFrame {
  readonly laidOut: WireKind[] = []
  readonly #bytes: Readonly<Record<WireKind, Uint8Array>>

  constructor(text: string) {
    const encoder = new TextEncoder()
    this.#bytes = { web_socket: encoder.encode(text), event_stream: encoder.encode(text.toUpperCase()) }
  }

  get sizeBytes(): number {
    return this.#bytes.web_socket.length
  }

  bytesFor(kind: WireKind): Uint8Array {
    this.laidOut.push(kind)
    return this.#bytes[kind]
  }
}

const frame = (text: string, after = 0): Frame & { encoded: TextFrame } => ({ encoded: new TextFrame(text), after })

function listeners(broadcast: Broadcast<Listener>, count: number): Listener[] {
  const all = Array.from({ length: count }, () => new Listener())
  for (const each of all) broadcast.join(each)
  return all
}

describe('Broadcast', () => {
  it('hands every member the same block: made once, not copied', () => {
    const broadcast = new Broadcast<Listener>()
    const [a, b] = listeners(broadcast, 2)
    broadcast.publish(frame('one', 7))
    broadcast.publish(frame('two', 8))
    broadcast.collect()
    expect(a?.text).toBe('onetwo')
    expect(a?.blocks).toHaveLength(1)
    expect(a?.blocks[0]).toBe(b?.blocks[0])
    expect(a?.blocks[0]).toMatchObject({ after: 7, frameCount: 2 })
  })

  it('lays a block out once for each kind of wire, and for no kind that nobody has', () => {
    const broadcast = new Broadcast<Listener>()
    const [socket] = listeners(broadcast, 3)
    const first = frame('one')
    broadcast.publish(first)
    broadcast.collect()
    expect(first.encoded.laidOut).toEqual(['web_socket'])

    const [a, b] = [new Listener('event_stream'), new Listener('event_stream')]
    for (const each of [a, b]) broadcast.join(each)
    const second = frame('two', 4)
    broadcast.publish(second)
    broadcast.collect()
    expect(second.encoded.laidOut.toSorted()).toEqual(['event_stream', 'web_socket'])
    expect([socket?.text, a.text, b.text]).toEqual(['onetwo', 'TWO', 'TWO'])
    expect(a.blocks[0]).toBe(b.blocks[0])
    expect(a.blocks[0]).toMatchObject({ after: 4, frameCount: 1 })
  })

  it('does not copy a single frame', () => {
    const broadcast = new Broadcast<Listener>()
    const [a] = listeners(broadcast, 1)
    const only = frame('alone')
    broadcast.publish(only)
    broadcast.collect()
    expect(a?.blocks[0]?.bytes).toBe(only.encoded.bytesFor('web_socket'))
  })

  it('gives a member that joins within a tick what is published after that, and everything in the next tick', () => {
    const broadcast = new Broadcast<Listener>()
    const [early] = listeners(broadcast, 1)
    broadcast.publish(frame('a', 0))
    const [late, alsoLate] = listeners(broadcast, 2)
    broadcast.publish(frame('b', 1))
    broadcast.collect()
    expect([early?.text, late?.text, alsoLate?.text]).toEqual(['ab', 'b', 'b'])
    expect(late?.blocks[0]?.after).toBe(1)
    expect(late?.blocks[0]).toBe(alsoLate?.blocks[0])
    broadcast.publish(frame('c', 2))
    broadcast.collect()
    expect([early?.text, late?.text]).toEqual(['abc', 'bc'])
  })

  it('gives a member that leaves what was published until then, and no more', () => {
    const broadcast = new Broadcast<Listener>()
    const [stays, leaves] = listeners(broadcast, 2)
    broadcast.publish(frame('a'))
    if (leaves !== undefined) broadcast.leave(leaves)
    broadcast.publish(frame('b'))
    broadcast.collect()
    expect([stays?.text, leaves?.text]).toEqual(['ab', 'a'])
  })

  it('gives nothing to one that joins and leaves between two frames', () => {
    const broadcast = new Broadcast<Listener>()
    listeners(broadcast, 1)
    broadcast.publish(frame('a'))
    const [passing] = listeners(broadcast, 1)
    if (passing !== undefined) broadcast.leave(passing)
    broadcast.publish(frame('b'))
    broadcast.collect()
    expect(passing?.blocks).toEqual([])
  })

  it('keeps nothing while nobody listens', () => {
    const broadcast = new Broadcast<Listener>()
    broadcast.publish(frame('a'))
    const [later] = listeners(broadcast, 1)
    broadcast.collect()
    expect(later?.blocks).toEqual([])
    expect(broadcast.pendingFrames).toBe(0)
  })

  it('splits a large tick into blocks, with the position of each', () => {
    const broadcast = new Broadcast<Listener>()
    const [a] = listeners(broadcast, 1)
    const large = 'x'.repeat(40_000)
    for (let seq = 0; seq < 5; seq++) broadcast.publish(frame(large, seq))
    broadcast.collect()
    expect(a?.blocks.map((block) => [block.after, block.frameCount])).toEqual([
      [0, 2],
      [2, 2],
      [4, 1],
    ])
    expect(a?.text).toHaveLength(5 * large.length)
  })
})

describe('SharedConcatenation', () => {
  const block = (text: string): Block => ({ bytes: new TextEncoder().encode(text), after: 0, frameCount: 1 })

  it('makes equal neighbours share one buffer', () => {
    const shared = new SharedConcatenation()
    const [a, b, c] = [block('a'), block('b'), block('c')]
    const first = shared.of([a, b])
    expect(new TextDecoder().decode(first)).toBe('ab')
    expect(shared.of([a, b])).toBe(first)
    expect(new TextDecoder().decode(shared.of([a, c]))).toBe('ac')
    expect(shared.of([a])).toBe(a.bytes)
  })

  it('uses its memory again, but for what is kept', () => {
    const shared = new SharedConcatenation()
    const [a, b, c] = [block('a'), block('b'), block('c')]
    const first = shared.of([a, b])
    const second = shared.of([b, c])
    expect(second.buffer).toBe(first.buffer)
    shared.keep(second)
    expect(shared.of([b, c])).toBe(second)
    const third = shared.of([a, c])
    expect(third.buffer).not.toBe(second.buffer)
    expect([second, third].map((bytes) => new TextDecoder().decode(bytes))).toEqual(['bc', 'ac'])
  })

  it('never mixes the bytes of two, whatever is asked for and kept', () => {
    const blocks = ['a', 'bcd', 'e'.repeat(40), 'f'.repeat(900)].map(block)
    const texts = blocks.map(({ bytes }) => new TextDecoder().decode(bytes))
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            chosen: fc.array(fc.nat({ max: blocks.length - 1 }), { minLength: 1, maxLength: 5 }),
            kept: fc.boolean(),
            ends: fc.boolean(),
          }),
        ),
        (writes) => {
          const shared = new SharedConcatenation()
          const kept: [Uint8Array, string][] = []
          for (const { chosen, kept: isKept, ends } of writes) {
            const bytes = shared.of(chosen.flatMap((index) => blocks[index] ?? []))
            const text = chosen.map((index) => texts[index]).join('')
            expect(new TextDecoder().decode(bytes)).toBe(text)
            if (isKept) {
              shared.keep(bytes)
              kept.push([bytes, text])
            }
            if (ends) shared.forget()
          }
          for (const [bytes, text] of kept) expect(new TextDecoder().decode(bytes)).toBe(text)
        },
      ),
    )
  })
})
