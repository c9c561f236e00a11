import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { assert, parseId, type AuthSessionId } from '@glasshouse/kernel'
import type { CookieContent, CookieSealer } from '../application/ports.ts'
import { deriveKey } from './derived-keys.ts'

/**
 * The value of a browser session's cookie: which session, and a secret that proves it, encrypted and authenticated with AES-256-GCM.
 *
 *   base64url( version 1 B | nonce 12 B | tag 16 B | encrypted( session id 16 B | secret ) )
 *
 * A random nonce is sound here: one is used for each sign-in, and 2^32 of them are allowed for a key (NIST SP 800-38D, 8.3).
 */
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const ID_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES
const SEALED_LENGTH_MAX = 500
const ALGORITHM = 'aes-256-gcm'

export class SealedCookie implements CookieSealer {
  readonly #key: Buffer

  constructor(sessionSecret: Uint8Array) {
    this.#key = deriveKey(sessionSecret, 'session cookie')
  }

  seal({ sessionId, secret }: CookieContent): string {
    const id = Buffer.from(sessionId.replaceAll('-', ''), 'hex')
    assert(id.byteLength === ID_BYTES, 'a session id is a UUID')
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.of(VERSION))
    const sealed = Buffer.concat([cipher.update(id), cipher.update(secret, 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  open(sealed: string): CookieContent | undefined {
    if (sealed.length > SEALED_LENGTH_MAX) return undefined
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.byteLength <= HEAD_BYTES + ID_BYTES || bytes[0] !== VERSION) return undefined
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES)
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.of(VERSION))
    decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, HEAD_BYTES))
    const opened = decipher.update(bytes.subarray(HEAD_BYTES))
    try {
      decipher.final()
    } catch {
      // The tag does not match: it was changed, cut, or sealed with another key.
      return undefined
    }
    const sessionId = parseId<AuthSessionId>(toUuid(opened.subarray(0, ID_BYTES).toString('hex')))
    return sessionId === undefined ? undefined : { sessionId, secret: opened.subarray(ID_BYTES).toString('utf8') }
  }
}

function toUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
