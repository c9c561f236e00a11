import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDisplayName } from './display-name.ts'

test.each([
  ['Ada Lovelace', 'Ada Lovelace'],
  ['  Ada   Lovelace ', 'Ada Lovelace'],
  ['艾達', '艾達'],
  ['عائدة', 'عائدة'],
  ['👩‍🚀', '👩‍🚀'],
  ['😀'.repeat(80), '😀'.repeat(80)],
])('ID-70: %j is kept', (text, kept) => {
  expect(parseDisplayName(text)).toEqual({ ok: true, value: kept })
})

test.each([
  ['', { kind: 'empty' }],
  [' \u00A0 ', { kind: 'empty' }],
  ['\u200D\u200B', { kind: 'empty' }],
  ['x'.repeat(81), { kind: 'too_long', max: 80, actual: 81 }],
  ['A\nB', { kind: 'character_not_allowed', code: 'U+000A' }],
  ['A\u0000B', { kind: 'character_not_allowed', code: 'U+0000' }],
  ['A\u2028B', { kind: 'character_not_allowed', code: 'U+2028' }],
  ['\u202Eadmin', { kind: 'character_not_allowed', code: 'U+202E' }],
  ['A\uD800B', { kind: 'character_not_allowed', code: 'U+D800' }],
])('ID-70: %j is refused', (text, error) => {
  expect(parseDisplayName(text)).toEqual({ ok: false, error })
})

test('ID-70: what is kept is a name, and stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 90 }), (text) => {
      const parsed = parseDisplayName(text)
      if (!parsed.ok) return
      expect(parseDisplayName(parsed.value)).toEqual(parsed)
    }),
  )
})
