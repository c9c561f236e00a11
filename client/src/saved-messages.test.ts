import type { ChangeFrame } from '@glasshouse/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SavedMessages } from './saved-messages.ts'

const idOf = (index: number): string => `0197a5c0-0000-7000-8000-00000000000${index}`

function changed(changed_seq: number, index: number, saved: boolean): ChangeFrame {
  const at = { channel_id: idOf(9), message_id: idOf(index) }
  return { type: 'saved_changed', stream: 'user:x', changed_seq, ...at, saved }
}

describe('SavedMessages', () => {
  test('a snapshot, and what changed after it', () => {
    const saved = new SavedMessages()
    saved.replace({ message_ids: [idOf(1)], seq: 5 })
    expect(saved.has(idOf(1))).toBe(true)
    expect(saved.has(idOf(2))).toBe(false)
    expect(saved.apply(changed(6, 2, true))).toBe(true)
    expect(saved.apply(changed(7, 1, false))).toBe(true)
    expect([saved.has(idOf(1)), saved.has(idOf(2))]).toEqual([false, true])
    // Repeats, and what was before the snapshot, are no news.
    expect(saved.apply(changed(6, 2, true))).toBe(false)
    expect(saved.apply(changed(4, 3, true))).toBe(false)
    expect(saved.has(idOf(3))).toBe(false)
  })

  test('whatever comes first, a snapshot or a change: the state is that of the last change', () => {
    const event = fc.record({ index: fc.nat(3), saved: fc.boolean() })
    const play = fc.property(fc.array(event, { maxLength: 12 }), fc.nat(12), fc.nat(12), (events, at, later) => {
      const changes = events.map(({ index, saved }, n) => changed(n + 1, index, saved))
      const stateAt = (seq: number) => {
        const last = new Map(events.slice(0, seq).map(({ index, saved }) => [index, saved]))
        return [...last].flatMap(([index, saved]) => (saved ? idOf(index) : []))
      }
      const [first, second] = [Math.min(at, events.length), Math.min(later, events.length)]
      const read = new SavedMessages()
      read.replace({ message_ids: stateAt(first), seq: first })
      for (const change of changes.slice(first)) read.apply(change)
      // A second snapshot, which may be older or newer than the first, and comes after the changes.
      read.replace({ message_ids: stateAt(second), seq: second })
      for (const change of changes) read.apply(change)
      const state = [0, 1, 2, 3].map(idOf).filter((id) => read.has(id))
      expect(state).toEqual(stateAt(events.length).toSorted())
    })
    fc.assert(play, { seed: 7, numRuns: 300 })
  })
})
