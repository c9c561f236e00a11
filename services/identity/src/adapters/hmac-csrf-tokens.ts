import { createHmac, timingSafeEqual } from 'node:crypto'
import type { AuthSessionId } from '@glasshouse/kernel'
import type { CsrfTokens } from '../application/ports.ts'
import { deriveKey } from './derived-keys.ts'

/** HMAC-SHA-256 of the session's id: nothing to store, and good for as long as the session. */
export class HmacCsrfTokens implements CsrfTokens {
  readonly #key: Buffer

  constructor(sessionSecret: Uint8Array) {
    this.#key = deriveKey(sessionSecret, 'csrf token')
  }

  tokenFor(sessionId: AuthSessionId): string {
    return createHmac('sha256', this.#key).update(sessionId).digest('base64url')
  }

  check(sessionId: AuthSessionId, token: string): boolean {
    const expected = Buffer.from(this.tokenFor(sessionId))
    const given = Buffer.from(token)
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
  }
}
