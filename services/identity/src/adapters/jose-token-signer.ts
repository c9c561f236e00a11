import { createHash, createSecretKey, hash, type KeyObject } from 'node:crypto'
import { assert, parseId, type AuthSessionId, type UserId } from '@glasshouse/kernel'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { TokenClaims, TokenSigner } from '../application/ports.ts'
import type { AccountRole } from '../domain/account.ts'

/** Pinned: a token that names another algorithm is none of ours. */
const ALGORITHM = 'HS256'
const SECRETS_MAX = 2
/** RFC 7518, 3.2: a key at least as long as the hash. */
const SECRET_BYTES_MIN = 32
const KEY_ID_LENGTH = 8
/**
 * The compact form, and of a signature of 32 bytes the one way to write it: its last character has two bits to spare, and a decoder
 * that ignores those, spaces or padding would take one signature in many forms.
 */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/
/** Ours have about 350. */
const TOKEN_LENGTH_MAX = 2_048
/** Beyond it those that were verified first are forgotten. A digest and its claims take about half a kilobyte. */
const VERIFIED_MAX = 10_000
const ROLES: ReadonlySet<unknown> = new Set<AccountRole>(['admin', 'manager', 'user', 'guest'])

interface SigningKey {
  readonly id: string
  readonly key: KeyObject
}

/**
 * JSON Web Tokens. The first secret signs, all verify: to change it, put the new one before the old one, and take the old one away when
 * its last token has expired. A key's id is a part of its SHA-256, which says nothing about the key.
 *
 * A token comes with each request of its session, and a signature that was good stays so: it is computed once (in the thread pool, which
 * under load is a millisecond's way), and from then on only the time is looked at. What is remembered is the token's digest, of one length
 * whatever came.
 */
export class JoseTokenSigner implements TokenSigner {
  readonly #signing: SigningKey
  readonly #keys: ReadonlyMap<string, KeyObject>
  readonly #verified = new Map<string, TokenClaims>()

  constructor(secrets: readonly Uint8Array[]) {
    assert(secrets.length >= 1 && secrets.length <= SECRETS_MAX, `one or ${SECRETS_MAX} JWT secrets`)
    const keys = secrets.map(toSigningKey)
    const [signing] = keys
    assert(signing !== undefined, 'there is a secret')
    this.#signing = signing
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]))
  }

  sign(claims: TokenClaims): Promise<string> {
    return new SignJWT({ role: claims.role, sid: claims.sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: this.#signing.id })
      .setSubject(claims.userId)
      .setIssuedAt(Math.floor(claims.issuedAtMs / 1000))
      .setExpirationTime(Math.floor(claims.expiresAtMs / 1000))
      .sign(this.#signing.key)
  }

  async verify(token: string, nowMs: number): Promise<TokenClaims | undefined> {
    if (token.length > TOKEN_LENGTH_MAX || !COMPACT.test(token)) return undefined
    const digest = hash('sha256', token, 'base64')
    const known = this.#verified.get(digest)
    if (known !== undefined && nowMs < known.expiresAtMs) return known
    const claims = await this.#verifySignature(token, nowMs)
    if (claims === undefined) this.#verified.delete(digest)
    else this.#remember(digest, claims)
    return claims
  }

  #remember(digest: string, claims: TokenClaims): void {
    this.#verified.set(digest, claims)
    if (this.#verified.size <= VERIFIED_MAX) return
    for (const oldest of this.#verified.keys()) {
      this.#verified.delete(oldest)
      return
    }
  }

  async #verifySignature(token: string, nowMs: number): Promise<TokenClaims | undefined> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyNamed(kid), {
        algorithms: [ALGORITHM],
        typ: 'JWT',
        requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp'],
        currentDate: new Date(nowMs),
      })
      return toClaims(payload)
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  #keyNamed(id: string | undefined): KeyObject {
    const key = this.#keys.get(id ?? '')
    if (key === undefined) throw new errors.JWKSNoMatchingKey()
    return key
  }
}

function toSigningKey(secret: Uint8Array): SigningKey {
  assert(secret.byteLength >= SECRET_BYTES_MIN, `a JWT secret has at least ${SECRET_BYTES_MIN} bytes`)
  const id = createHash('sha256')
    .update('glasshouse jwt key id')
    .update(secret)
    .digest('base64url')
    .slice(0, KEY_ID_LENGTH)
  return { id, key: createSecretKey(secret) }
}

function toClaims(payload: Readonly<Record<string, unknown>>): TokenClaims | undefined {
  const { sub, sid, role, iat, exp } = payload
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof iat !== 'number' || typeof exp !== 'number') {
    return undefined
  }
  const userId = parseId<UserId>(sub)
  const sessionId = parseId<AuthSessionId>(sid)
  if (userId === undefined || sessionId === undefined || !isRole(role)) return undefined
  return { userId, sessionId, role, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 }
}

function isRole(value: unknown): value is AccountRole {
  return ROLES.has(value)
}
