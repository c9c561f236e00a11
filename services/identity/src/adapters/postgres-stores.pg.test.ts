import { USER_EVENTS, parser, type UserEvent } from '@glasshouse/contracts'
import { assert, newId, type AuthSessionId } from '@glasshouse/kernel'
import { migrate, type Pool } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { accountStoreContract, newAccount } from '../application/account-store.contract.ts'
import { attemptStoreContract } from '../application/attempt-store.contract.ts'
import { sessionStoreContract } from '../application/session-store.contract.ts'
import { beginSession } from '../domain/sign-in-session.ts'
import { identityMigrations } from './index.ts'
import { PostgresAccountStore } from './postgres-account-store.ts'
import { PostgresAttemptStore } from './postgres-attempt-store.ts'
import { PostgresSessionStore } from './postgres-session-store.ts'

const SESSIONS_PER_USER_MAX = 10
const AT_MS = Date.UTC(2026, 0, 2)

let database: TestDatabase
let written = 0

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, identityMigrations)
  assert(migrated.ok, 'the migrations of identity run')
})
beforeEach(async () => {
  await database.pool.query(
    'truncate identity.users, identity.sessions, identity.refresh_tokens, identity.sign_in_failures, identity.outbox',
  )
  written = 0
})
afterAll(() => database.drop())

const options = (): { pool: Pool; onEventsWritten: () => void } => ({
  pool: database.pool,
  onEventsWritten: () => (written += 1),
})
const stores = () => ({
  accounts: new PostgresAccountStore(options()),
  sessions: new PostgresSessionStore({ ...options(), sessionsPerUserMax: SESSIONS_PER_USER_MAX }),
  sessionsPerUserMax: SESSIONS_PER_USER_MAX,
})

accountStoreContract((work) => work(stores().accounts))
attemptStoreContract((work) => work(new PostgresAttemptStore(options())))
sessionStoreContract(async (work) => {
  const setup = stores()
  const created = await setup.accounts.create(newAccount('ada'))
  assert(created.ok, 'the first account has a free name')
  await work({ ...setup, ada: created.value })
})

async function takeEvents(): Promise<readonly { key: string; version: number; payload: UserEvent }[]> {
  const { rows } = await database.pool.query<{ topic: string; key: string; version: number; payload: UserEvent }>(
    'with taken as (delete from identity.outbox returning *) select * from taken order by id',
  )
  for (const { topic, key, payload } of rows) {
    expect(topic).toBe('user-events')
    expect(parser(USER_EVENTS[payload.event_type])(payload)).toEqual({ ok: true, value: payload })
    expect(key).toBe(payload.user_id)
  }
  return rows
}

test('ID-6, ID-50: each change writes its event, and says that there is something to relay', async () => {
  const { accounts, sessions } = stores()
  const account = newAccount('ada')
  await accounts.create(account)
  expect((await takeEvents()).map(({ payload }) => payload)).toMatchObject([
    { event_type: 'user_created', user_id: account.id, username: 'ada', version: 1, bot: false, state: 'active' },
  ])
  const pokesBefore = written
  const id = newId<AuthSessionId>()
  const session = { id, userId: account.id, kind: 'browser', ...beginSession('browser', AT_MS) } as const
  const proof = { provenPasswordHash: 'a hash', secretHash: 's', userAgent: '', address: '' }
  await sessions.begin({ session, ...proof })
  expect(await takeEvents()).toEqual([])
  await accounts.setPassword(account.id, 'new', AT_MS)
  const events = await takeEvents()
  expect(events.map(({ version }) => version)).toEqual([2, 2])
  expect(events.map(({ payload }) => payload)).toMatchObject([
    { event_type: 'user_updated', version: 2 },
    { event_type: 'session_revoked', sid: id, user_id: account.id },
  ])
  expect(written).toBeGreaterThan(pokesBefore)
  await accounts.importPeople(
    'slack:T1',
    [{ externalId: 'U1', username: 'jo', displayName: 'Jo', bot: true, disabled: false }],
    AT_MS,
  )
  expect((await takeEvents()).map(({ payload }) => payload)).toMatchObject([
    { event_type: 'user_created', username: 'jo', email: null, bot: true },
  ])
})

test('ID-6: what was refused or repeated writes no event', async () => {
  const { accounts } = stores()
  const person = { externalId: 'U1', username: 'jo', displayName: 'Jo', bot: false, disabled: false }
  await accounts.create(newAccount('ada'))
  await accounts.importPeople('slack:T1', [person], AT_MS)
  await takeEvents()
  await accounts.create(newAccount('ADA'))
  await accounts.importPeople('slack:T1', [person], AT_MS)
  expect(await takeEvents()).toEqual([])
})
