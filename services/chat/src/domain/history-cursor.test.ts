import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatHistoryCursor, parseHistoryCursor } from './history-cursor.ts'

const seq = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

test('HI-3: a cursor brings back the bounds and the place, in at most 200 characters', () => {
  const cursor = fc.record({
    range: fc.record({
      beforeSeq: optional(seq),
      afterSeq: optional(seq),
      fromMs: optional(time),
      toMs: optional(time),
    }),
    position: fc.record({ seq, createdAtMs: time }),
  })
  fc.assert(
    fc.property(cursor, (value) => {
      const text = formatHistoryCursor(value)
      expect(text.length).toBeLessThanOrEqual(200)
      expect(parseHistoryCursor(text)).toEqual({ ok: true, value })
    }),
  )
})

test('HI-3: any other text is refused, never misread', () => {
  for (const text of [
    '',
    'h1',
    'h1.1',
    'h2.1.1....',
    'h1.1.1.....',
    'h1..1....',
    'h1.-.1....',
    'h1.zzzzzzzzzzz.1....',
  ]) {
    expect(parseHistoryCursor(text)).toEqual({ ok: false, error: 'malformed' })
  }
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const cursor = parseHistoryCursor(text)
      expect(!cursor.ok || Number.isSafeInteger(cursor.value.position.seq)).toBe(true)
    }),
  )
})
