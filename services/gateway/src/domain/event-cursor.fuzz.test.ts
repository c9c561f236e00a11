import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatEventCursor, parseEventCursor } from './event-cursor.ts'

const PLACES_MAX = 50
const stream = fc.oneof(
  fc.uuid().map((id) => `channel:${id}`),
  fc.stringMatching(/^[a-z]{1,10}:[a-z0-9-]{1,40}$/),
)
const places = fc
  .array(fc.tuple(stream, fc.nat({ max: Number.MAX_SAFE_INTEGER })), { maxLength: PLACES_MAX })
  .map((each) => new Map(each))

describe('the cursor of an event stream', () => {
  test('says again what it was made of', () => {
    fc.assert(
      fc.property(places, (each) => {
        expect(parseEventCursor(formatEventCursor(each), PLACES_MAX)).toEqual({ ok: true, value: each })
      }),
    )
  })

  test('fits in a header with as many streams as there may be', () => {
    const most = new Map(
      Array.from({ length: PLACES_MAX }, (_, index) => [
        `channel:0197a5c0-0000-7000-8000-${String(index).padStart(12, '0')}`,
        Number.MAX_SAFE_INTEGER,
      ]),
    )
    expect(formatEventCursor(most).length).toBeLessThan(4_096)
    expect(parseEventCursor(formatEventCursor(most), PLACES_MAX - 1).ok).toBe(false)
  })

  test('is refused when a part of it is gone or another letter stands in it', () => {
    fc.assert(
      fc.property(places, fc.nat(), fc.constantFrom('0', 'z', '.', '@', '-'), (each, at, letter) => {
        const text = formatEventCursor(each)
        const index = at % text.length
        const cut = text.slice(0, index)
        const changed = text.slice(0, index) + letter + text.slice(index + 1)
        expect(parseEventCursor(cut, PLACES_MAX).ok).toBe(false)
        expect(parseEventCursor(changed, PLACES_MAX).ok).toBe(changed === text)
      }),
    )
  })

  test('takes any text without a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        expect(parseEventCursor(text, PLACES_MAX).ok).toBe(false)
      }),
    )
  })
})
