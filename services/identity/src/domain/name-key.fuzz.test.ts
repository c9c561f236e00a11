import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameKey } from './name-key.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 40 })

test('ID-2: the key of a key is itself', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(nameKey(nameKey(text))).toBe(nameKey(text))
    }),
  )
})

test('ID-2: case makes no difference to the names that can be chosen', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{3,32}$/), (name) => {
      expect(nameKey(name.toUpperCase())).toBe(nameKey(name.toLowerCase()))
    }),
  )
})

test('ID-2: every key can be stored, even of broken text', () => {
  const broken = fc.string({ unit: fc.constantFrom('\u0000', '\uD800', '\uDC00', 'a', 'İ', 'ﬀ', 'Å') })
  fc.assert(
    fc.property(broken, (text) => {
      expect(nameKey(text).isWellFormed()).toBe(true)
      expect(nameKey(text)).not.toContain('\u0000')
    }),
  )
})

test.each([
  ['Ada', 'ada'],
  ['ＡＤＡ', 'ada'],
  ['ﬁona', 'fiona'],
  ['Jose\u0301', 'josé'],
])('ID-2: %s and %s are one name', (a, b) => {
  expect(nameKey(a)).toBe(nameKey(b))
})
