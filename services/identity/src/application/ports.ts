/** What identity needs of the world. Each is answered by an adapter; the stores by one that passes the contract suites beside this file. */
import type { AuthSessionId, Clock, Result, UserId } from '@glasshouse/kernel'
import type { Account, AccountRole } from '../domain/account.ts'
import type { DisplayName } from '../domain/display-name.ts'
import type { NameKey } from '../domain/name-key.ts'
import type { Password } from '../domain/password.ts'
import type { SessionTimes, SignInSession } from '../domain/sign-in-session.ts'

export interface NewAccount {
  readonly id: UserId
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly role: AccountRole
  readonly passwordHash: string
  readonly createdAtMs: number
}

/** An account with what proves who owns it. Never leaves the use cases. */
export interface Credentials {
  readonly account: Account
  /** Null: nobody can sign in. */
  readonly passwordHash: string | null
}

export type Taken = 'username_taken' | 'email_taken'

export interface ImportedPerson {
  /** Unique within the source. */
  readonly externalId: string
  readonly username: string
  readonly displayName: string
  readonly email?: string | null
  readonly bot: boolean
  readonly disabled: boolean
}

export interface ImportedAccount {
  readonly userId: UserId
  readonly username: string
}

/** Somebody who came with an import, of whatever state. */
export interface KnownImport extends ImportedAccount {
  readonly externalId: string
  readonly displayName: string
}

/** An account of the house itself: a program, which nobody signs in as. */
export interface HouseAccount {
  readonly id: UserId
  /** With a number when somebody else has it. */
  readonly username: string
  readonly displayName: string
}

export interface AccountPage {
  readonly accounts: readonly Account[]
  readonly more: boolean
}

export interface PasswordChange {
  readonly id: UserId
  readonly provenPasswordHash: string
  readonly passwordHash: string
  readonly keptSessionId: AuthSessionId
}

/** Every change of an account writes its event to the outbox in the same transaction. */
export interface AccountStore {
  /** Names and addresses are unique without case. Of many at once with one name, one succeeds. */
  create(account: NewAccount): Promise<Result<Account, Taken>>
  /** Of all calls ever, one succeeds: none when there is an administrator. */
  createFirstAdmin(account: NewAccount): Promise<Result<Account, Taken | 'admin_exists'>>
  hasAdmin(): Promise<boolean>
  /** What of the two is taken. May be outdated when it arrives: `create` decides. */
  findTaken(names: { readonly username: NameKey; readonly email: NameKey }): Promise<Taken | undefined>
  find(id: UserId): Promise<Account | undefined>
  /** Those that exist, in no order. At most 500 ids. */
  findMany(ids: readonly UserId[]): Promise<readonly Account[]>
  findCredentials(login: NameKey): Promise<Credentials | undefined>
  credentialsOf(id: UserId): Promise<Credentials | undefined>
  findByUsername(username: NameKey): Promise<Account | undefined>
  /**
   * Active accounts whose username or display name begins with the prefix, by username, but for those of the house itself. Undefined when
   * `after` names nobody.
   */
  page(query: {
    readonly prefix: NameKey
    readonly after: UserId | undefined
    readonly limit: number
  }): Promise<AccountPage | undefined>
  /** Who came from there, in no order. */
  importedPeople(source: string): Promise<readonly KnownImport[]>
  /** Whether there is any account, of whatever state, but those of the house itself. */
  hasAccounts(): Promise<boolean>
  /** Creates those that are not known by (source, externalId), in one transaction; returns all, by externalId. */
  importPeople(
    source: string,
    people: readonly ImportedPerson[],
    nowMs: number,
  ): Promise<ReadonlyMap<string, ImportedAccount>>
  /** Makes the account when it is not there. Of any number of calls ever, one does. */
  ensureHouseAccount(account: HouseAccount, nowMs: number): Promise<void>
  /** Sets the password and ends every session of the account, in one transaction. Returns those sessions. */
  setPassword(id: UserId, passwordHash: string, nowMs: number): Promise<readonly AuthSessionId[]>
  /**
   * The same by the person, who proved the old one: the session in which they did stays. Undefined when the password is no longer the
   * proven one or the account is not active: then nothing was changed.
   */
  changePassword(change: PasswordChange, nowMs: number): Promise<readonly AuthSessionId[] | undefined>
  /** The name that it has already is no change. Undefined when there is no such active account. */
  setDisplayName(id: UserId, displayName: DisplayName, nowMs: number): Promise<Account | undefined>
}

/** A session that is alive, with the account that it is for. */
export interface LiveSession {
  readonly session: SignInSession
  readonly account: Account
  /** SHA-256 of the secret in a browser's cookie; null for a program's session. */
  readonly secretHash: string | null
}

/** A session with from where it began. */
export interface SessionOnDevice {
  readonly session: SignInSession
  readonly userAgent: string
  readonly address: string
}

export interface NewSession {
  readonly session: SignInSession
  /** The hash that the password was verified against: no session begins for a password that was changed meanwhile. */
  readonly provenPasswordHash: string
  /** Of the cookie's secret (browser) or of the first refresh token (program). */
  readonly secretHash: string
  readonly userAgent: string
  readonly address: string
}

export type Rotation =
  | { readonly kind: 'rotated'; readonly live: LiveSession }
  /** No such token, or it was forgotten with its session. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ended' }
  /** It was used before. The session has been ended. */
  | { readonly kind: 'reused'; readonly sessionId: AuthSessionId; readonly userId: UserId }

/** Alive: not ended, not expired, of an account that is active. Every end writes `session_revoked` to the outbox. */
export interface SessionStore {
  /**
   * Returns the sessions of the same user that were ended to make room (`sessionsPerUserMax`), or undefined when the password is no
   * longer the proven one or the account is not active: then nothing was created.
   */
  begin(session: NewSession): Promise<readonly AuthSessionId[] | undefined>
  /** Those of them that are alive, in any order. */
  findMany(ids: readonly AuthSessionId[], nowMs: number): Promise<readonly LiveSession[]>
  /** Moves the last use and the expiry forward, when alive. */
  slide(id: AuthSessionId, times: Pick<SessionTimes, 'lastUsedAtMs' | 'expiresAtMs'>): Promise<LiveSession | undefined>
  /** Exchanges a refresh token. Of many at once with one token, at most one is `rotated`; then the others are `reused`. */
  rotate(
    tokens: { readonly presentedHash: string; readonly nextHash: string },
    nowMs: number,
    expiresAtMs: (session: SignInSession) => number,
  ): Promise<Rotation>
  /** Those of a user that are alive, the newest first, from before `before` on. */
  listOfUser(
    userId: UserId,
    page: { readonly before: AuthSessionId | undefined; readonly limit: number },
    nowMs: number,
  ): Promise<readonly SessionOnDevice[]>
  /** Ends that one of the user's, or all but that one. Returns those that were alive. */
  endOfUser(
    userId: UserId,
    which: { readonly only: AuthSessionId } | { readonly except: AuthSessionId },
    nowMs: number,
  ): Promise<readonly AuthSessionId[]>
  /** Returns false when it was not alive. */
  end(id: AuthSessionId, nowMs: number): Promise<boolean>
  /** Removes at most `limit` sessions that are ended or expired, with their tokens. Returns how many. */
  removeDead(nowMs: number, limit: number): Promise<number>
}

/** The account is named by its id, or, when there is none of that name, by what was typed. */
export interface AttemptKeys {
  readonly account: string
  readonly address: string
}

export interface RecentFailures {
  readonly accountMs: readonly number[]
  readonly addressMs: readonly number[]
}

export type AttemptOutcome = 'failed' | 'succeeded' | 'refused'

/** Failed attempts to sign in. Outlives restarts. */
export interface AttemptStore {
  /** Times of the newest failures since then, at most `limit` for each key. */
  recent(keys: AttemptKeys, sinceMs: number, limit: number): Promise<RecentFailures>
  /**
   * Settles an attempt while no other attempt of the same account or address is being settled. `decide` sees the failures up to then:
   * `failed` is written down, `succeeded` forgets the account's failures, `refused` changes nothing.
   */
  settle<Outcome extends AttemptOutcome>(
    keys: AttemptKeys,
    window: { readonly nowMs: number; readonly sinceMs: number; readonly limit: number },
    decide: (recent: RecentFailures) => Outcome,
  ): Promise<Outcome>
  /** Forgets the failures of an account. */
  forget(account: string): Promise<void>
  /** Returns how many were removed, at most `limit`. */
  removeBefore(beforeMs: number, limit: number): Promise<number>
}

/** `overloaded` when more wait for the hasher than may. */
export interface PasswordHasher {
  hash(password: Password): Promise<Result<string, 'overloaded'>>
  /** With null as the hash it takes as long as with a real one, and the answer is false. */
  verify(passwordHash: string | null, password: Password): Promise<Result<boolean, 'overloaded'>>
}

export interface CommonPasswords {
  /** Whether one of the words, which are in lower case, is on the list of common passwords. */
  includesAny(words: readonly string[]): Promise<boolean>
}

export interface TokenClaims {
  readonly userId: UserId
  readonly role: AccountRole
  readonly sessionId: AuthSessionId
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

export interface TokenSigner {
  sign(claims: TokenClaims): Promise<string>
  /** Undefined when it is no token of ours, or expired. */
  verify(token: string, nowMs: number): Promise<TokenClaims | undefined>
}

export interface CookieContent {
  readonly sessionId: AuthSessionId
  readonly secret: string
}

export interface CookieSealer {
  seal(content: CookieContent): string
  /** Undefined when it was not sealed here. */
  open(sealed: string): CookieContent | undefined
}

export interface CsrfTokens {
  tokenFor(sessionId: AuthSessionId): string
  /** In constant time. */
  check(sessionId: AuthSessionId, token: string): boolean
}

export interface Secrets {
  /** 32 random bytes, base64url. */
  create(): string
  /** A code of 60 random bits for people to copy: `K7QM-...`. */
  createCode(): string
  /** SHA-256, base64url. */
  hash(secret: string): string
  /** In constant time. */
  equal(a: string, b: string): boolean
}

/** What an operator should see. Never holds a secret. */
export interface IdentityLog {
  info(message: string, fields: Readonly<Record<string, string | number>>): void
  warn(message: string, fields: Readonly<Record<string, string | number>>): void
  error(message: string, error: unknown): void
}

export interface IdentitySettings {
  readonly registration: 'open' | 'closed'
  /** The name of this house: no password may consist of it. */
  readonly siteName: string
  readonly sessionCleanupIntervalS: number
}

export interface IdentityPorts {
  readonly clock: Clock
  readonly accounts: AccountStore
  readonly sessions: SessionStore
  readonly attempts: AttemptStore
  readonly hasher: PasswordHasher
  readonly commonPasswords: CommonPasswords
  readonly tokens: TokenSigner
  readonly cookies: CookieSealer
  readonly csrf: CsrfTokens
  readonly secrets: Secrets
  readonly log: IdentityLog
  readonly settings: IdentitySettings
}
