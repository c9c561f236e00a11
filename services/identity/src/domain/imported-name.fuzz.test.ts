import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IMPORTED_NAME_LENGTH_MAX, importedName, numberedName } from './imported-name.ts'

test.each([
  ['jo', 'jo'],
  ['x', 'x'],
  ['ada.lovelace', 'ada.lovelace'],
  ['Ada Lovelace', 'Ada Lovelace'],
  ['😀'.repeat(80), '😀'.repeat(80)],
  ['😀'.repeat(81), '😀'.repeat(80)],
  [' a\u0000b\n ', 'a\uFFFDb'],
  ['', 'user'],
  ['\u0007', 'user'],
])('ID-61: %j becomes %j', (text, name) => {
  expect(importedName(text)).toBe(name)
})

test('ID-61: whatever comes in, a name can be stored, is not empty and not too long, and is kept by a second import', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.integer({ min: 1, max: 100_000 }),
      (text, attempt) => {
        const name = importedName(text)
        expect(importedName(name)).toBe(name)
        for (const each of [name, numberedName(name, attempt)]) {
          expect([...each].length).toBeGreaterThan(0)
          expect([...each].length).toBeLessThanOrEqual(IMPORTED_NAME_LENGTH_MAX)
          expect(each.isWellFormed() && !each.includes('\u0000')).toBe(true)
        }
      },
    ),
  )
})

test('ID-61: attempts at a name are all different', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 90 }), (text) => {
      const names = Array.from({ length: 50 }, (_, index) => numberedName(importedName(text), index + 1))
      expect(new Set(names).size).toBe(names.length)
    }),
  )
})
