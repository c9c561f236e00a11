import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guessableForms, isMostlyName, isPattern } from './guessable-password.ts'

test.each([
  'aaaaaaaaaaaa',
  'abababababab',
  'abcabcabcabc',
  '1234567890',
  '0987654321',
  'abcdefghijkl',
  'qwertyuiop',
  'QWERTYuiop123',
  'qwerty123456',
  'asdfghjkl123',
  '1qaz2wsx3edc',
  'zaq12wsxcde3',
  '1q2w3e4r5t6y',
  'qazwsxedcrfv',
  '!@#$%^&*()',
  'ab1234567890',
  'йцукенгшщз',
])('ID-4: %s is a pattern', (password) => {
  expect(isPattern(password)).toBe(true)
})

test.each([
  'correct horse battery staple',
  'vK2!mPq9#sLw',
  'lamp river 4711',
  'a-rather-long-one',
  'wer kennt den weg',
])('ID-4: %s is none', (password) => {
  expect(isPattern(password)).toBe(false)
})

test.each([
  ['SUNSHINE', 'sunshine'],
  ['sunshine2026', 'sunshine'],
  ['sunshine123456789', 'sunshine'],
  ['!!sunshine!!', 'sunshine'],
  ['p@ssw0rd', 'password'],
  ['P@$$w0rd123!', 'password'],
  ['passw0rdpassw0rd', 'password'],
  ['we1come', 'welcome'],
  ['hunter2hunter2', 'hunter2'],
])('ID-4: %s is seen as %s', (password, word) => {
  expect(guessableForms(password)).toContain(word)
})

test.each([
  ['sunshine over kyoto', 'sunshine'],
  ['sunshine-7391-2284', 'sunshine'],
])('ID-4: %s is more than %s', (password, word) => {
  expect(guessableForms(password)).not.toContain(word)
})

test.each([
  ['ada.lovelace', ['ada.lovelace', 'ada']],
  ['Lovelace1815', ['lovelace']],
  ['xlovelacex12', ['lovelace']],
  ['lovelace-123456789', ['lovelace']],
  ['lovelacelovelace', ['lovelace']],
])('ID-4: %s is little more than one of %j', (password, names) => {
  expect(isMostlyName(password, names)).toBe(true)
})

test.each([
  ['lovelace counts engines', ['lovelace']],
  ['another thing', ['lovelace']],
  ['ab-cd-ef-gh-ij', ['ab']],
])('ID-4: %s is more than %j', (password, names) => {
  expect(isMostlyName(password, names)).toBe(false)
})

test('any password is judged, with a bounded number of forms', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (password) => {
      expect(guessableForms(password).length).toBeLessThanOrEqual(24)
      isPattern(password)
      isMostlyName(password, [password.slice(0, 5)])
    }),
  )
})
