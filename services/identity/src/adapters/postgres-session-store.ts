import type { AuthSessionId, UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type Queryable } from '@glasshouse/platform'
import type { LiveSession, NewSession, Rotation, SessionOnDevice, SessionStore } from '../application/ports.ts'
import type { SessionTimes, SignInSession } from '../domain/sign-in-session.ts'
import { REFRESH_TOKENS_KEPT_MAX, SESSIONS_PER_USER_MAX } from '../domain/sign-in-session.ts'
import { storableText } from '../domain/name-key.ts'
import type { PostgresStoreOptions } from './postgres-account-store.ts'
import { endSessions } from './postgres-outbox.ts'
import {
  ACCOUNT_COLUMNS,
  SESSION_COLUMNS,
  toLiveSession,
  toSession,
  type LiveSessionRow,
  type SessionRow,
} from './postgres-rows.ts'

const USER_AGENT_LENGTH_MAX = 300
const ADDRESS_LENGTH_MAX = 100

/** A session row is always locked before its tokens, here and when it is removed with them. */
export class PostgresSessionStore implements SessionStore {
  readonly #pool: Pool
  readonly #onEventsWritten: () => void
  readonly #sessionsPerUserMax: number

  constructor(options: PostgresStoreOptions & { readonly sessionsPerUserMax?: number }) {
    this.#pool = options.pool
    this.#onEventsWritten = options.onEventsWritten
    this.#sessionsPerUserMax = options.sessionsPerUserMax ?? SESSIONS_PER_USER_MAX
  }

  async begin({ session, ...proof }: NewSession): Promise<readonly AuthSessionId[] | undefined> {
    const ended = await transaction(this.#pool, async (client) => {
      const proven = await client.query(
        `select from identity.users where id = $1 and state = 'active' and password_hash = $2 for share`,
        [session.userId, proof.provenPasswordHash],
      )
      if (proven.rowCount === 0) return undefined
      await insertSession(client, { session, ...proof })
      if (session.kind === 'program') await insertToken(client, proof.secretHash, session.createdAtMs, session)
      const surplus = {
        sql: `s.id = any(array(
                select id from identity.sessions where user_id = $2 and ended_at is null and id <> $3
                order by last_used_at desc, id desc offset $4 for update))`,
        values: [session.userId, session.id, this.#sessionsPerUserMax - 1],
      }
      return await endSessions(client, surplus, session.createdAtMs)
    })
    if (ended !== undefined && ended.length > 0) this.#onEventsWritten()
    return ended
  }

  async findMany(ids: readonly AuthSessionId[], nowMs: number): Promise<readonly LiveSession[]> {
    const { rows } = await this.#pool.query<LiveSessionRow>({
      name: 'identity-find-sessions',
      text: LIVE_SESSIONS,
      values: [ids, new Date(nowMs)],
    })
    return rows.map(toLiveSession)
  }

  async slide(
    id: AuthSessionId,
    times: Pick<SessionTimes, 'lastUsedAtMs' | 'expiresAtMs'>,
  ): Promise<LiveSession | undefined> {
    const { rows } = await this.#pool.query<LiveSessionRow>({
      name: 'identity-slide-session',
      text: `update identity.sessions s
             set last_used_at = greatest(s.last_used_at, $2), expires_at = least(greatest(s.expires_at, $3), s.ends_at)
             from identity.users u
             where s.id = $1 and u.id = s.user_id and u.state = 'active' and s.ended_at is null and s.expires_at > $2
             returning ${ACCOUNT_COLUMNS}, ${SESSION_COLUMNS}`,
      values: [id, new Date(times.lastUsedAtMs), new Date(times.expiresAtMs)],
    })
    return rows[0] === undefined ? undefined : toLiveSession(rows[0])
  }

  async rotate(
    tokens: { readonly presentedHash: string; readonly nextHash: string },
    nowMs: number,
    expiresAtMs: (session: SignInSession) => number,
  ): Promise<Rotation> {
    const rotation = await transaction(this.#pool, async (client): Promise<Rotation> => {
      const owner = await client.query<{ session_id: AuthSessionId }>(
        'select session_id from identity.refresh_tokens where hash = $1',
        [tokens.presentedHash],
      )
      const sessionId = owner.rows[0]?.session_id
      if (sessionId === undefined) return { kind: 'unknown' }
      // From here on nobody else rotates in this session: what is read of the token stays true.
      const live = await findLocked(client, sessionId, nowMs)
      if (live === undefined) return { kind: 'ended' }
      const token = await client.query<{ used: boolean; expired: boolean }>(
        `select used_at is not null as used, expires_at <= $2 as expired from identity.refresh_tokens where hash = $1`,
        [tokens.presentedHash, new Date(nowMs)],
      )
      const state = token.rows[0]
      if (state === undefined) return { kind: 'unknown' }
      if (state.used) {
        await endSessions(client, { sql: 's.id = $2', values: [sessionId] }, nowMs)
        return { kind: 'reused', sessionId, userId: live.account.id }
      }
      if (state.expired) return { kind: 'unknown' }
      const slid = { ...live.session, lastUsedAtMs: nowMs, expiresAtMs: expiresAtMs(live.session) }
      await exchangeToken(client, tokens, slid)
      return { kind: 'rotated', live: { ...live, session: slid } }
    })
    if (rotation.kind === 'reused') this.#onEventsWritten()
    return rotation
  }

  async end(id: AuthSessionId, nowMs: number): Promise<boolean> {
    const ended = await transaction(this.#pool, (client) =>
      endSessions(client, { sql: 's.id = $2 and s.expires_at > $1', values: [id] }, nowMs),
    )
    if (ended.length > 0) this.#onEventsWritten()
    return ended.length > 0
  }

  async listOfUser(
    userId: UserId,
    page: { readonly before: AuthSessionId | undefined; readonly limit: number },
    nowMs: number,
  ): Promise<readonly SessionOnDevice[]> {
    // By the index of a user's sessions, of which there are at most `sessionsPerUserMax`.
    const { rows } = await this.#pool.query<SessionRow & DeviceRow>({
      name: 'identity-sessions-of-user',
      text: `select ${SESSION_COLUMNS}, s.user_id, s.user_agent, s.address from identity.sessions s
             where s.user_id = $1 and s.ended_at is null and s.expires_at > $2 and ($3::uuid is null or s.id < $3)
             order by s.id desc limit $4`,
      values: [userId, new Date(nowMs), page.before ?? null, page.limit],
    })
    return rows.map((row) => ({
      session: toSession(row, row.user_id),
      userAgent: row.user_agent,
      address: row.address,
    }))
  }

  async endOfUser(
    userId: UserId,
    which: { readonly only: AuthSessionId } | { readonly except: AuthSessionId },
    nowMs: number,
  ): Promise<readonly AuthSessionId[]> {
    const [compared, id] = 'only' in which ? ['=', which.only] : ['<>', which.except]
    const condition = { sql: `s.user_id = $2 and s.id ${compared} $3 and s.expires_at > $1`, values: [userId, id] }
    const ended = await transaction(this.#pool, (client) => endSessions(client, condition, nowMs))
    if (ended.length > 0) this.#onEventsWritten()
    return ended
  }

  async removeDead(nowMs: number, limit: number): Promise<number> {
    const { rowCount } = await this.#pool.query(
      `delete from identity.sessions where id = any(array(
         (select id from identity.sessions where ended_at is not null limit $2)
         union
         (select id from identity.sessions where expires_at <= $1 limit $2)
         limit $2))`,
      [new Date(nowMs), limit],
    )
    return rowCount ?? 0
  }
}

interface DeviceRow {
  readonly user_id: UserId
  readonly user_agent: string
  readonly address: string
}

const LIVE_SESSIONS = `
  select ${ACCOUNT_COLUMNS}, ${SESSION_COLUMNS}
  from identity.sessions s join identity.users u on u.id = s.user_id
  where s.id = any($1) and s.ended_at is null and s.expires_at > $2 and u.state = 'active'`

async function findLocked(client: Queryable, id: AuthSessionId, nowMs: number): Promise<LiveSession | undefined> {
  const { rows } = await client.query<LiveSessionRow>({
    name: 'identity-find-session-locked',
    text: `${LIVE_SESSIONS} for update of s`,
    values: [[id], new Date(nowMs)],
  })
  return rows[0] === undefined ? undefined : toLiveSession(rows[0])
}

async function insertSession(
  client: Queryable,
  { session, secretHash, userAgent, address }: Omit<NewSession, 'provenPasswordHash'>,
): Promise<void> {
  await client.query(
    `insert into identity.sessions
       (id, user_id, kind, secret_hash, created_at, last_used_at, expires_at, ends_at, user_agent, address)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      session.id,
      session.userId,
      session.kind,
      session.kind === 'browser' ? secretHash : null,
      new Date(session.createdAtMs),
      new Date(session.lastUsedAtMs),
      new Date(session.expiresAtMs),
      new Date(session.endsAtMs),
      storableText(userAgent).slice(0, USER_AGENT_LENGTH_MAX),
      storableText(address).slice(0, ADDRESS_LENGTH_MAX),
    ],
  )
}

async function insertToken(client: Queryable, hash: string, nowMs: number, session: SignInSession): Promise<void> {
  await client.query(
    'insert into identity.refresh_tokens (hash, session_id, created_at, expires_at) values ($1, $2, $3, $4)',
    [hash, session.id, new Date(nowMs), new Date(session.expiresAtMs)],
  )
}

async function exchangeToken(
  client: Queryable,
  tokens: { readonly presentedHash: string; readonly nextHash: string },
  session: SignInSession,
): Promise<void> {
  const now = new Date(session.lastUsedAtMs)
  await client.query('update identity.refresh_tokens set used_at = $2 where hash = $1', [tokens.presentedHash, now])
  await insertToken(client, tokens.nextHash, session.lastUsedAtMs, session)
  await client.query('update identity.sessions set last_used_at = $2, expires_at = $3 where id = $1', [
    session.id,
    now,
    new Date(session.expiresAtMs),
  ])
  // A client that refreshes without end must not fill the table. The very old ones are refused all the same, as unknown.
  await client.query(
    `delete from identity.refresh_tokens where hash = any(array(
       select hash from identity.refresh_tokens where session_id = $1 and used_at is not null
       order by used_at desc offset $2))`,
    [session.id, REFRESH_TOKENS_KEPT_MAX],
  )
}
