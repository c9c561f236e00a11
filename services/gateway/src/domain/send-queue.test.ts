import { describe, expect, it } from 'vitest'
import { SharedConcatenation, type Block } from './fan-out.ts'
import { SendQueue } from './send-queue.ts'

/** A machine that takes writes at once until told otherwise. */
class Machine {
  readonly writes: string[] = []
  takes = true
  readonly queue: SendQueue<string>

  constructor(bounds = { bytesMax: 10, framesMax: 4 }) {
    this.queue = new SendQueue<string>(bounds, (bytes) => {
      this.writes.push(new TextDecoder().decode(bytes))
      return this.takes
    })
  }

  tick(...blocks: (readonly [text: string, owner?: string, after?: number])[]): void {
    for (const [text, owner, after = 0] of blocks) this.queue.push(block(text, after), owner)
    this.queue.flush(new SharedConcatenation())
  }
}

const block = (text: string, after: number): Block => ({ bytes: new TextEncoder().encode(text), after, frameCount: 1 })

describe('SendQueue', () => {
  it('writes all blocks of a tick at once', () => {
    const machine = new Machine()
    machine.tick(['a'], ['b'], ['c'])
    expect(machine.writes).toEqual(['abc'])
    expect(machine.queue.drained).toBe(true)
  })

  it('holds back while a write is on its way, and then writes what waits at once', () => {
    const machine = new Machine()
    machine.takes = false
    machine.tick(['a'])
    machine.tick(['b'])
    machine.tick(['c'])
    expect(machine.writes).toEqual(['a'])
    expect([machine.queue.unsentBytes, machine.queue.unsentFrames]).toEqual([3, 3])
    machine.takes = true
    machine.queue.written()
    expect(machine.writes).toEqual(['a', 'bc'])
    expect(machine.queue.drained).toBe(true)
    expect(machine.queue.unsentBytes).toBe(0)
  })

  it('knows when it is over its bound, by bytes or by frames', () => {
    const byBytes = new Machine({ bytesMax: 3, framesMax: 100 })
    const byFrames = new Machine({ bytesMax: 100, framesMax: 2 })
    for (const machine of [byBytes, byFrames]) {
      machine.takes = false
      machine.tick(['a'])
      expect(machine.queue.over).toBe(false)
      machine.tick(['bc'], ['d'])
      expect(machine.queue.over).toBe(true)
    }
  })

  it('drops what has an owner, keeps the rest, and says from where each owner must read again', () => {
    const machine = new Machine()
    machine.takes = false
    machine.tick(['sent', 'general', 1])
    machine.tick(['x', 'general', 5], ['ack'], ['y', 'random', 9])
    machine.tick(['z', 'general', 6])
    expect([...machine.queue.dropOwned()]).toEqual([
      ['general', 5],
      ['random', 9],
    ])
    machine.takes = true
    machine.queue.written()
    expect(machine.writes).toEqual(['sent', 'ack'])
  })

  it('splits a tick that is larger than its bound, so that what the machine does not take can still be dropped', () => {
    const machine = new Machine({ bytesMax: 4, framesMax: 100 })
    machine.takes = false
    machine.tick(['aaa', 'general', 1], ['bbb', 'general', 2], ['ccc', 'general', 3])
    expect(machine.writes).toEqual(['aaa'])
    expect(machine.queue.over).toBe(true)
    expect(machine.queue.dropOwned().get('general')).toBe(2)
  })
})
