import { assert } from '@glasshouse/kernel'
import { parseOptions } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { typedPassword } from '../domain/password.ts'
import { Argon2PasswordHasher, DECOY_HASH } from './argon2-password-hasher.ts'

const password = typedPassword('lamp river 4711')

test('a hash is Argon2id with the settings of the house, salted, and verifies its password only', async () => {
  const hasher = new Argon2PasswordHasher()
  const [one, other] = await Promise.all([hasher.hash(password), hasher.hash(password)])
  assert(one.ok && other.ok, 'two fit')
  expect(one.value).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one.value).not.toBe(other.value)
  expect(await hasher.verify(one.value, password)).toEqual({ ok: true, value: true })
  expect(await hasher.verify(one.value, typedPassword('lamp river 4712'))).toEqual({ ok: true, value: false })
})

test('ID-21: without a hash the work is the same and the answer is no', async () => {
  const hasher = new Argon2PasswordHasher()
  const real = await hasher.hash(password)
  assert(real.ok, 'one fits')
  expect(parseOptions(DECOY_HASH)).toEqual(parseOptions(real.value))
  expect(await hasher.verify(null, password)).toEqual({ ok: true, value: false })
})

test('ID-25: a bounded number waits, the rest is refused, and those who wait get their turn', async () => {
  const hasher = new Argon2PasswordHasher({ runningMax: 2, waitingMax: 3 })
  const results = await Promise.all(Array.from({ length: 8 }, () => hasher.hash(password)))
  expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true, false, false, false])
  expect((await hasher.hash(password)).ok).toBe(true)
})

test('a hash that is broken is an error, and gives its place back', async () => {
  const hasher = new Argon2PasswordHasher({ runningMax: 1, waitingMax: 1 })
  await expect(hasher.verify('no hash at all', password)).rejects.toThrow('Decoding failed')
  expect((await hasher.hash(password)).ok).toBe(true)
})
