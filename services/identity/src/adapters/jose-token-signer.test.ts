import { createHmac, randomBytes } from 'node:crypto'
import { newId, type AuthSessionId, type UserId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import type { TokenClaims } from '../application/ports.ts'
import { JoseTokenSigner } from './jose-token-signer.ts'

const NOW_MS = Date.UTC(2026, 0, 2)
const [oldSecret, newSecret] = [randomBytes(32), randomBytes(64)]
const claims: TokenClaims = {
  userId: newId<UserId>(),
  role: 'manager',
  sessionId: newId<AuthSessionId>(),
  issuedAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 900_000,
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const part = (token: string, index: number): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as Record<string, unknown>

/** A token with any header and payload, rightly signed with HMAC-SHA-256. */
function forge(header: object, payload: object, secret: Uint8Array = newSecret): string {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

test('ID-30: what was signed is verified, with the claims of the contract', async () => {
  const signer = new JoseTokenSigner([newSecret])
  const token = await signer.sign(claims)
  expect(await signer.verify(token, NOW_MS)).toEqual(claims)
  expect(part(token, 0)).toEqual({ alg: 'HS256', typ: 'JWT', kid: expect.any(String) as string })
  expect(part(token, 1)).toEqual({
    sub: claims.userId,
    role: 'manager',
    sid: claims.sessionId,
    iat: NOW_MS / 1000,
    exp: NOW_MS / 1000 + 900,
  })
})

test('ID-30: it expires to the second', async () => {
  const signer = new JoseTokenSigner([newSecret])
  const token = await signer.sign(claims)
  expect(await signer.verify(token, claims.expiresAtMs - 1)).toBeDefined()
  expect(await signer.verify(token, claims.expiresAtMs)).toBeUndefined()
})

test('ID-30: the first secret signs, both verify, a third does not', async () => {
  const before = await new JoseTokenSigner([oldSecret]).sign(claims)
  const signer = new JoseTokenSigner([newSecret, oldSecret])
  const after = await signer.sign(claims)
  expect(await signer.verify(before, NOW_MS)).toEqual(claims)
  expect(await new JoseTokenSigner([newSecret]).verify(after, NOW_MS)).toEqual(claims)
  expect(await new JoseTokenSigner([newSecret]).verify(before, NOW_MS)).toBeUndefined()
  expect(part(before, 0)['kid']).not.toBe(part(after, 0)['kid'])
})

test('ID-30: forged and broken tokens are none', async () => {
  const signer = new JoseTokenSigner([newSecret])
  const token = await signer.sign(claims)
  const header = part(token, 0)
  const payload = part(token, 1)
  // The forger works.
  expect(await signer.verify(forge(header, payload), NOW_MS)).toEqual(claims)
  const [head = '', body = '', signature = ''] = token.split('.')
  const forgeries = [
    '',
    'x',
    'a.b.c',
    `${head}.${body}.`,
    `${head}.${encode({ ...payload, role: 'admin' })}.${signature}`,
    `${encode({ ...header, alg: 'none' })}.${body}.`,
    forge({ ...header, alg: 'HS512' }, payload),
    forge({ ...header, kid: 'other' }, payload),
    forge({ alg: 'HS256', typ: 'JWT' }, payload),
    forge(header, payload, oldSecret),
    forge(header, { ...payload, exp: undefined }),
    forge(header, { ...payload, sub: 'ada' }),
    forge(header, { ...payload, sid: 7 }),
    forge(header, { ...payload, role: 'root' }),
    forge({ ...header, crit: ['x'], x: 1 }, payload),
  ]
  const accepted: string[] = []
  for (const forgery of forgeries) if ((await signer.verify(forgery, NOW_MS)) !== undefined) accepted.push(forgery)
  expect(accepted).toEqual([])
})

test('ID-30: a token has one form: no other way to write its signature, and nothing longer than ours are', async () => {
  const signer = new JoseTokenSigner([newSecret])
  const token = await signer.sign(claims)
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{43}$/)
  const [head = '', body = '', signature = ''] = token.split('.')
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(signature.at(-1) ?? '')
  const spare = alphabet[last + 1] ?? ''
  const twins = [
    `${token}=`,
    `${token} `,
    ` ${token}`,
    `${token}\n`,
    `${head}.${body}.${signature.slice(0, 20)} ${signature.slice(20)}`,
    `${head}.${body}.${signature.slice(0, -1)}${spare}`,
    `${head}.${body}.${Buffer.from(signature, 'base64url').toString('base64')}`,
    forge(part(token, 0), { ...part(token, 1), more: 'x'.repeat(1_500) }),
  ]
  const accepted: string[] = []
  for (const twin of twins) if ((await signer.verify(twin, NOW_MS)) !== undefined) accepted.push(twin)
  // Nor when the token itself is known already.
  expect(await signer.verify(token, NOW_MS)).toEqual(claims)
  for (const twin of twins) if ((await signer.verify(twin, NOW_MS)) !== undefined) accepted.push(twin)
  expect(accepted).toEqual([])
})

test('a short secret, none and three are refused', () => {
  expect(() => new JoseTokenSigner([randomBytes(31)])).toThrow('at least 32 bytes')
  expect(() => new JoseTokenSigner([])).toThrow('one or 2')
  expect(() => new JoseTokenSigner([newSecret, newSecret, newSecret])).toThrow('one or 2')
})
