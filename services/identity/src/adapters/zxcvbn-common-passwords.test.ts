import { expect, test } from 'vitest'
import { guessableForms, isPattern } from '../domain/guessable-password.ts'
import { ZxcvbnCommonPasswords } from './zxcvbn-common-passwords.ts'

const common = new ZxcvbnCommonPasswords()
const isCommon = async (password: string): Promise<boolean> =>
  isPattern(password) || (await common.includesAny(guessableForms(password)))

test.each([
  'password123',
  'PASSWORD123',
  'Password1!',
  'P@ssw0rd123',
  'passwordpassword',
  'iloveyou123',
  'basketball',
  'qwertyuiop',
  'letmein2026',
  '123password',
  'administrator',
  'Summer2025!!',
  'michaeljackson',
  'trustno1trustno1',
])('ID-4: %s is common', async (password) => {
  expect(await isCommon(password)).toBe(true)
})

test.each([
  'correct horse battery staple',
  'lamp river 4711',
  'a-long-enough-secret',
  'vK2!mPq9#sLw',
  'summer rain on tin',
  'password-of-ada-lovelace',
])('ID-4: %s is not', async (password) => {
  expect(await isCommon(password)).toBe(false)
})
