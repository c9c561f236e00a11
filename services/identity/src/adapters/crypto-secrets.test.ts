import { expect, test } from 'vitest'
import { cryptoSecrets } from './crypto-secrets.ts'

test('secrets are 32 bytes and codes can be copied by hand; none comes twice', () => {
  const secrets = Array.from({ length: 100 }, () => cryptoSecrets.create())
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(new Set(secrets).size).toBe(100)
  const codes = Array.from({ length: 100 }, () => cryptoSecrets.createCode())
  for (const code of codes) expect(code).toMatch(/^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/)
  expect(new Set(codes).size).toBe(100)
})

test('texts of any length can be compared', () => {
  expect(cryptoSecrets.equal('', '')).toBe(true)
  expect(cryptoSecrets.equal('abc', 'abc')).toBe(true)
  expect(cryptoSecrets.equal('abc', 'abcd')).toBe(false)
  expect(cryptoSecrets.equal('abc', 'abd')).toBe(false)
})

test('a hash is SHA-256, the same each time', () => {
  expect(cryptoSecrets.hash('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
})
