import { randomBytes } from 'node:crypto'
import { newId, type AuthSessionId } from '@glasshouse/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cryptoSecrets } from './crypto-secrets.ts'
import { HmacCsrfTokens } from './hmac-csrf-tokens.ts'
import { SealedCookie } from './sealed-cookie.ts'

const secret = randomBytes(64)
const content = { sessionId: newId<AuthSessionId>(), secret: cryptoSecrets.create() }

test('ID-40: what was sealed is opened, here and after a restart', () => {
  const sealed = new SealedCookie(secret).seal(content)
  expect(new SealedCookie(secret).open(sealed)).toEqual(content)
  expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/)
})

test('ID-40: it says nothing, and never looks the same', () => {
  const cookie = new SealedCookie(secret)
  const sealed = Buffer.from(cookie.seal(content), 'base64url')
  expect(sealed.includes(content.secret)).toBe(false)
  expect(sealed.includes(Buffer.from(content.sessionId.replaceAll('-', ''), 'hex'))).toBe(false)
  expect(cookie.seal(content)).not.toBe(cookie.seal(content))
})

test('ID-40: a change of any byte, a cut and another secret are noticed', () => {
  const cookie = new SealedCookie(secret)
  const sealed = Buffer.from(cookie.seal(content), 'base64url')
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
    expect(cookie.open(changed.toString('base64url'))).toBeUndefined()
    expect(cookie.open(sealed.subarray(0, index).toString('base64url'))).toBeUndefined()
  }
  expect(new SealedCookie(randomBytes(64)).open(cookie.seal(content))).toBeUndefined()
})

test('ID-40: any other text opens nothing', () => {
  const cookie = new SealedCookie(secret)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      expect(cookie.open(text)).toBeUndefined()
    }),
  )
})

test('ID-43: a CSRF token is of its session and its secret only', () => {
  const csrf = new HmacCsrfTokens(secret)
  const token = csrf.tokenFor(content.sessionId)
  expect(csrf.check(content.sessionId, token)).toBe(true)
  expect(csrf.check(newId<AuthSessionId>(), token)).toBe(false)
  expect(csrf.check(content.sessionId, '')).toBe(false)
  expect(csrf.check(content.sessionId, `${token.slice(0, -1)}ä`)).toBe(false)
  expect(new HmacCsrfTokens(randomBytes(64)).check(content.sessionId, token)).toBe(false)
  expect(new SealedCookie(secret).open(token)).toBeUndefined()
})
