import { describe, expect, it } from 'vitest'
import { StreamCursor, type Sequenced } from './cursor.ts'

const change = (changedSeq: number): Sequenced => ({ changed_seq: changedSeq })
const cursorAt = (seq: number, heldMax = 10): StreamCursor<Sequenced> => new StreamCursor(seq, { heldMax })

describe('StreamCursor', () => {
  it('applies the next change and moves', () => {
    const cursor = cursorAt(4)
    expect(cursor.offer(change(5))).toBe('apply')
    expect(cursor.seq).toBe(5)
  })

  it('drops what it knows', () => {
    const cursor = cursorAt(4)
    expect(cursor.offer(change(4))).toBe('drop')
    expect(cursor.offer(change(1))).toBe('drop')
    expect(cursor.seq).toBe(4)
  })

  it('holds what comes after a gap, asks for a read, and drains what is held when the read has closed the gap', () => {
    const cursor = cursorAt(4)
    expect(cursor.offer(change(7))).toBe('read')
    expect(cursor.beginRead()).toBe(4)
    expect(cursor.offer(change(8))).toBe('held')
    cursor.advance(6)
    expect(cursor.endRead()).toEqual({ apply: [change(7), change(8)], readAgain: false })
    expect(cursor.seq).toBe(8)
  })

  it('drops what is held and was part of the read', () => {
    const cursor = cursorAt(0)
    cursor.beginRead()
    cursor.offer(change(1))
    cursor.offer(change(2))
    cursor.offer(change(3))
    cursor.advance(2)
    expect(cursor.endRead()).toEqual({ apply: [change(3)], readAgain: false })
  })

  it('asks for another read when something is missing between what is held', () => {
    const cursor = cursorAt(0)
    cursor.beginRead()
    cursor.offer(change(3))
    cursor.advance(1)
    expect(cursor.endRead()).toEqual({ apply: [], readAgain: true })
    expect(cursor.seq).toBe(1)
  })

  it('holds a repeat once', () => {
    const cursor = cursorAt(0, 2)
    cursor.beginRead()
    for (let times = 0; times < 5; times++) cursor.offer(change(1))
    cursor.offer(change(2))
    expect(cursor.endRead()).toEqual({ apply: [change(1), change(2)], readAgain: false })
  })

  it('holds no more than its bound, and asks for another read instead', () => {
    const cursor = cursorAt(0, 2)
    cursor.beginRead()
    for (const seq of [1, 2, 3, 4]) expect(cursor.offer(change(seq))).toBe('held')
    expect(cursor.heldCount).toBe(2)
    expect(cursor.endRead()).toEqual({ apply: [change(1), change(2)], readAgain: true })
    expect(cursor.seq).toBe(2)
  })

  it('never moves back by a read, and jumps to where a reset puts it', () => {
    const cursor = cursorAt(9)
    cursor.beginRead()
    cursor.advance(3)
    expect(cursor.seq).toBe(9)
    cursor.offer(change(12))
    cursor.reset(5)
    expect(cursor.seq).toBe(5)
    expect(cursor.reading).toBe(false)
    expect(cursor.heldCount).toBe(0)
    expect(cursor.offer(change(6))).toBe('apply')
  })
})
