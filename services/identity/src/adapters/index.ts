/** Identity on PostgreSQL: for the composition root only. */
import { fileURLToPath } from 'node:url'
import type { Endpoint } from '@glasshouse/contracts'
import { systemClock, type Clock } from '@glasshouse/kernel'
import type { Logger, Pool } from '@glasshouse/platform'
import { createIdentity, type Identity, type IdentityLog, type IdentitySettings } from '../index.ts'
import { Argon2PasswordHasher, type HasherLimits } from './argon2-password-hasher.ts'
import { cryptoSecrets } from './crypto-secrets.ts'
import { HmacCsrfTokens } from './hmac-csrf-tokens.ts'
import { identityEndpoints } from './http-endpoints.ts'
import { JoseTokenSigner } from './jose-token-signer.ts'
import { PostgresAccountStore } from './postgres-account-store.ts'
import { PostgresAttemptStore } from './postgres-attempt-store.ts'
import { PostgresSessionStore } from './postgres-session-store.ts'
import { SealedCookie } from './sealed-cookie.ts'
import { ZxcvbnCommonPasswords } from './zxcvbn-common-passwords.ts'

/** For `migrate`: the schema and the folder of its files. */
export const identityMigrations = {
  schema: 'identity',
  folder: fileURLToPath(new URL('../../migrations', import.meta.url)),
} as const

export interface PostgresIdentityOptions {
  /** The database's schema `identity` is migrated already. */
  readonly pool: Pool
  readonly settings: IdentitySettings
  /** Opens cookies and makes CSRF tokens: at least 32 bytes. Another one signs every browser out. */
  readonly sessionSecret: Uint8Array
  /** One or two, of at least 32 bytes: the first signs, both verify. */
  readonly jwtSecrets: readonly Uint8Array[]
  readonly logger: Logger
  /** Pokes the relay of `identity.outbox`. */
  readonly onEventsWritten: () => void
  readonly clock?: Clock
  readonly hasherLimits?: HasherLimits
}

export interface PostgresIdentity extends Identity {
  readonly endpoints: readonly Endpoint[]
}

export function createPostgresIdentity(options: PostgresIdentityOptions): PostgresIdentity {
  const store = { pool: options.pool, onEventsWritten: options.onEventsWritten }
  const identity = createIdentity({
    clock: options.clock ?? systemClock,
    accounts: new PostgresAccountStore(store),
    sessions: new PostgresSessionStore(store),
    attempts: new PostgresAttemptStore(store),
    hasher: new Argon2PasswordHasher(options.hasherLimits),
    commonPasswords: new ZxcvbnCommonPasswords(),
    tokens: new JoseTokenSigner(options.jwtSecrets),
    cookies: new SealedCookie(options.sessionSecret),
    csrf: new HmacCsrfTokens(options.sessionSecret),
    secrets: cryptoSecrets,
    log: pinoLog(options.logger),
    settings: options.settings,
  })
  return { ...identity, endpoints: identityEndpoints(identity) }
}

function pinoLog(logger: Logger): IdentityLog {
  return {
    info: (message, fields) => logger.info(fields, message),
    warn: (message, fields) => logger.warn(fields, message),
    error: (message, error) => logger.error({ err: error }, message),
  }
}
