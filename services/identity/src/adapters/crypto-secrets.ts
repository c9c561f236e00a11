import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Secrets } from '../application/ports.ts'

const SECRET_BYTES = 32
/** Without 0, O, 1 and I, which people confuse. 32 letters, so a byte's low five bits name one without a bias. */
const CODE_LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const CODE_LENGTH = 12
const CODE_GROUP_LENGTH = 4

export const cryptoSecrets: Secrets = {
  create: () => randomBytes(SECRET_BYTES).toString('base64url'),
  createCode: () => {
    let code = ''
    for (const [index, byte] of randomBytes(CODE_LENGTH).entries()) {
      if (index > 0 && index % CODE_GROUP_LENGTH === 0) code += '-'
      code += CODE_LETTERS.charAt(byte % CODE_LETTERS.length)
    }
    return code
  },
  // Secrets are random, so a fast hash is enough; passwords go through Argon2id.
  hash: (secret) => createHash('sha256').update(secret).digest('base64url'),
  // Hashed first, since the comparison wants equal lengths and a length may be a secret too.
  equal: (a, b) => timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest()),
}
