/** The schemas at the door and the rules inside: nothing that the rules allow may be stopped at the door. */
import { parser, RegisterRequest } from '@glasshouse/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEmail } from '../domain/email-address.ts'
import { parsePassword } from '../domain/password.ts'
import { parseUsername } from '../domain/username.ts'

const parseRequest = parser(RegisterRequest)
const good = { username: 'ada', email: 'ada@example.org', password: 'lamp river 4711' }
const passesDoor = (fields: Partial<typeof good>): boolean => parseRequest({ ...good, ...fields }).ok

const nearLength = (...lengths: readonly number[]) =>
  fc.constantFrom(...lengths).chain((length) =>
    fc.string({
      unit: fc.constantFrom('a', 'Z', '7', '_', '-', 'é', 'e\u0301', '😀', ' '),
      minLength: length,
      maxLength: length,
    }),
  )

test('ID-1: door and rule take the same user names', () => {
  fc.assert(
    fc.property(fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{0,35}$/), nearLength(2, 3, 32, 33)), (username) => {
      expect(passesDoor({ username })).toBe(parseUsername(username).ok)
    }),
  )
})

test('ID-1: the door lets every address and password through that the rules take', () => {
  fc.assert(
    fc.property(fc.oneof(fc.emailAddress(), fc.string({ maxLength: 30 })), (email) => {
      expect(parseEmail(email).ok && !passesDoor({ email })).toBe(false)
    }),
  )
  fc.assert(
    fc.property(nearLength(8, 9, 10, 11, 199, 200, 201), (password) => {
      expect(parsePassword(password).ok && !passesDoor({ password })).toBe(false)
    }),
  )
})
