import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32

/** A key for one use from the one secret of the settings (HKDF-SHA-256, RFC 5869): a use that leaks its key does not open the others. */
export function deriveKey(secret: Uint8Array, use: 'session cookie' | 'csrf token'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `glasshouse ${use} v1`, KEY_BYTES))
}
