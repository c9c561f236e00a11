import { expect, test } from 'vitest'
import { parseEmail } from './email-address.ts'
import { parsePassword, typedPassword } from './password.ts'
import { parseUsername } from './username.ts'

test.each(['ada', 'Ada_Lovelace-1815', 'a'.repeat(32)])('ID-1: %s can be chosen as a user name', (name) => {
  expect(parseUsername(name)).toEqual({ ok: true, value: name })
})

test.each([
  ['ab', { kind: 'too_short', min: 3, actual: 2 }],
  ['a'.repeat(33), { kind: 'too_long', max: 32, actual: 33 }],
  ['ada lovelace', { kind: 'character_not_allowed', character: ' ', position: 4 }],
  ['ad😀', { kind: 'character_not_allowed', character: '😀', position: 3 }],
  ['adä', { kind: 'character_not_allowed', character: 'ä', position: 3 }],
  ['ada\n', { kind: 'character_not_allowed', character: '\n', position: 4 }],
])('ID-1: %j cannot', (name, error) => {
  expect(parseUsername(name)).toEqual({ ok: false, error })
})

test.each(['a@b.co', 'Ada.Lovelace+hub@mail.example.org', 'zoë@münchen.example'])(
  'ID-1: %s is an email address',
  (text) => {
    expect(parseEmail(text)).toEqual({ ok: true, value: text })
  },
)

test.each([
  '',
  'ada',
  'ada@',
  '@b.co',
  'ada@b',
  'ada@b.',
  'ada@.co',
  'a b@c.de',
  'a@b@c.de',
  'a\u0000@b.co',
  'a\uD800@b.co',
])('ID-1: %j is none', (text) => {
  expect(parseEmail(text)).toEqual({ ok: false, error: { kind: 'malformed', expected: 'name@host.domain' } })
})

test('ID-1: an address has at most 254 characters', () => {
  expect(parseEmail(`${'a'.repeat(249)}@b.co`).ok).toBe(true)
  expect(parseEmail(`${'a'.repeat(250)}@b.co`)).toEqual({
    ok: false,
    error: { kind: 'too_long', max: 254, actual: 255 },
  })
})

test('ID-1: the length of a password is counted in characters', () => {
  expect(parsePassword('😀'.repeat(9))).toEqual({ ok: false, error: { kind: 'too_short', min: 10, actual: 9 } })
  expect(parsePassword('😀'.repeat(10)).ok).toBe(true)
  expect(parsePassword('x'.repeat(201))).toEqual({ ok: false, error: { kind: 'too_long', max: 200, actual: 201 } })
})

test('a password is the same from a keyboard that composes accents and from one that does not', () => {
  expect(typedPassword('pa\u0301ss wo\u0308rd')).toBe(typedPassword('páss wörd'))
})
