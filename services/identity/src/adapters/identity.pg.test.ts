/** Identity as a whole, through its endpoints, on PostgreSQL, with a clock that tests move. */
import { randomBytes } from 'node:crypto'
import {
  DEMO_USER_ID,
  ROUTES,
  type Caller,
  type EndpointAnswer,
  type Failure,
  type LoginAnswer,
  type OwnSessionList,
  type RouteName,
  type User,
  type UserEvent,
  type WebSession,
} from '@glasshouse/contracts'
import { assert, newId, type Clock, type RequestId, type Result, type UserId } from '@glasshouse/kernel'
import { createLogger, migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createPostgresIdentity,
  identityMigrations,
  type PostgresIdentity,
  type PostgresIdentityOptions,
} from './index.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const PASSWORD = 'lamp river 4711'
const WRONG = 'lamp river 4712'
const secrets = { sessionSecret: randomBytes(64), jwtSecrets: [randomBytes(64)] }

let database: TestDatabase
let nowMs = 0
let identity: PostgresIdentity
let logged: string[]
const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, identityMigrations)
  assert(migrated.ok, 'the migrations of identity run')
})
beforeEach(async () => {
  await database.pool.query(
    'truncate identity.users, identity.sessions, identity.refresh_tokens, identity.sign_in_failures, identity.outbox',
  )
  nowMs = Date.UTC(2026, 0, 2)
  logged = []
  identity = startProcess()
})
afterAll(() => database.drop())

/** Another Glasshouse on the same database: one after a restart, or the command line beside it. */
function startProcess(more: Partial<PostgresIdentityOptions> = {}): PostgresIdentity {
  const destination = { write: (line: string) => void logged.push(line) }
  return createPostgresIdentity({
    pool: database.pool,
    settings: { registration: 'open', siteName: 'Engine Room', sessionCleanupIntervalS: 3600 },
    ...secrets,
    logger: createLogger({ format: 'json', level: 'trace', destination }),
    onEventsWritten: () => undefined,
    clock,
    ...more,
  })
}

interface Call {
  readonly body?: unknown
  readonly params?: unknown
  readonly query?: unknown
  readonly caller?: Caller
  readonly cookie?: string
  readonly address?: string
  readonly userAgent?: string
}

function call(name: RouteName, request: Call = {}, on = identity): Promise<Result<EndpointAnswer, Failure>> {
  const found = on.endpoints.find(({ route }) => route === ROUTES[name])
  assert(found !== undefined, `there is an endpoint for ${name}`)
  const full = {
    caller: request.caller,
    params: request.params,
    query: request.query ?? {},
    body: request.body,
    address: request.address ?? '192.0.2.1',
    userAgent: request.userAgent ?? 'test',
    requestId: newId<RequestId>(),
    cookie: request.cookie,
  }
  // As the gateway does it: it has checked the parts against the route's schemas.
  return found.handle(full)
}

async function body<Body>(answer: Promise<Result<EndpointAnswer, Failure>>, status: number): Promise<Body> {
  const result = await answer
  assert(result.ok, `refused: ${JSON.stringify(result)}`)
  expect(result.value.status).toBe(status)
  return result.value.body as Body
}

async function code(answer: Promise<Result<unknown, Failure>>): Promise<string> {
  const result = await answer
  return result.ok ? 'ok' : result.error.code
}

const fields = (username: string) => ({ username, email: `${username}@example.org`, password: PASSWORD })
const register = (username: string): Promise<User> => body<User>(call('register', { body: fields(username) }), 201)
const login = (username: string, password = PASSWORD, more: Call = {}) =>
  call('login', { body: { username, password }, ...more })
const tokens = (username: string): Promise<LoginAnswer> => body<LoginAnswer>(login(username), 200)
const refresh = (refresh_token: string, on = identity) => call('refresh', { body: { refresh_token } }, on)

async function callerOf(token: string): Promise<Caller> {
  const caller = await identity.authenticateToken(token)
  assert(caller.ok, 'the token is good')
  return caller.value
}

async function signInBrowser(username: string, cookie?: string): Promise<{ session: WebSession; cookie: string }> {
  const answer = await call('createWebSession', {
    body: { username, password: PASSWORD },
    ...(cookie === undefined ? {} : { cookie }),
  })
  assert(answer.ok && answer.value.sessionCookie !== undefined && answer.value.sessionCookie !== null, 'signed in')
  expect(answer.value.status).toBe(201)
  expect(answer.value.sessionCookie.maxAgeS).toBe((90 * DAY_MS) / 1000)
  return { session: answer.value.body as WebSession, cookie: answer.value.sessionCookie.value }
}

async function takeEvents(): Promise<readonly UserEvent[]> {
  const { rows } = await database.pool.query<{ payload: UserEvent }>(
    'with taken as (delete from identity.outbox returning id, payload) select payload from taken order by id',
  )
  return rows.map(({ payload }) => payload)
}

// ---- accounts

test('ID-5, ID-7: who registers is a user, and sees what was kept', async () => {
  const ada = await register('Ada')
  expect(ada).toEqual({
    id: ada.id,
    username: 'Ada',
    display_name: 'Ada',
    email: 'Ada@example.org',
    role: 'user',
    created_at: '2026-01-02T00:00:00.000Z',
  })
  const caller = await callerOf((await tokens('ada')).token)
  expect(await body(call('getSelf', { caller }), 200)).toEqual(ada)
})

test.each([
  [{ username: 'a b c' }, 'request.invalid', 'username'],
  [{ username: 'ab' }, 'request.invalid', 'username'],
  [{ email: 'ada' }, 'request.invalid', 'email'],
  [{ password: 'short' }, 'request.invalid', 'password'],
  [{ password: 'Password123!' }, 'user.password_common', 'password'],
  [{ password: 'qwertyuiop12' }, 'user.password_common', 'password'],
  [{ password: 'ada-lovelace' }, 'user.password_common', 'password'],
  [{ password: 'engine room1' }, 'user.password_common', 'password'],
  [{ password: 'glasshouse-1' }, 'user.password_common', 'password'],
])('ID-1, ID-4: %j is refused', async (wrong, expected, path) => {
  const answer = await call('register', { body: { ...fields('ada-lovelace'), ...wrong } })
  expect(answer).toMatchObject({ ok: false, error: { code: expected, path } })
})

test('ID-3: 20 registrations of one name at once make one account, and the others are told', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      code(call('register', { body: { ...fields(index % 2 === 0 ? 'ada' : 'ADA'), email: `${index}@example.org` } })),
    ),
  )
  expect(answers.sort()).toEqual(['ok', ...Array.from({ length: 19 }, () => 'user.username_taken')])
  expect((await takeEvents()).map(({ event_type }) => event_type)).toEqual(['user_created'])
})

test('ID-3: 20 registrations of one address at once make one account', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      code(call('register', { body: { ...fields(`ada${index}`), email: 'ada@example.org' } })),
    ),
  )
  expect(answers.sort()).toEqual(['ok', ...Array.from({ length: 19 }, () => 'user.email_taken')])
})

test('ID-5: closed registration is open to administrators only', async () => {
  identity = startProcess({ settings: { registration: 'closed', siteName: 'x', sessionCleanupIntervalS: 1 } })
  expect(await code(call('register', { body: fields('ada') }))).toBe('registration.closed')
  await identity.createAdmin(fields('root-admin'))
  const admin = await callerOf((await tokens('root-admin')).token)
  expect(await code(call('register', { body: fields('ada'), caller: admin }))).toBe('ok')
  const ada = await callerOf((await tokens('ada')).token)
  expect(await code(call('register', { body: fields('bob'), caller: ada }))).toBe('registration.closed')
})

test('ID-7, ID-8: everybody sees names, oneself and administrators see all', async () => {
  const [ada, bob] = [await register('ada'), await register('bob')]
  await identity.createAdmin(fields('root-admin'))
  const caller = await callerOf((await tokens('ada')).token)
  const admin = await callerOf((await tokens('root-admin')).token)
  const publicBob = { id: bob.id, username: 'bob', display_name: 'bob' }
  const get = (id: string, by: Caller) => call('getUser', { params: { user_id: id }, caller: by })
  expect(await body(get(bob.id, caller), 200)).toEqual(publicBob)
  expect(await body(get(ada.id, caller), 200)).toEqual(ada)
  expect(await body(get(bob.id, admin), 200)).toEqual(bob)
  expect(await code(get(newId<UserId>(), admin))).toBe('not_found')
  expect(await code(call('getUser', { params: { user_id: bob.id } }))).toBe('auth.required')

  const first = await body<{ items: unknown[]; next: string }>(call('listUsers', { caller, query: { limit: 2 } }), 200)
  expect(first.items).toEqual([{ id: ada.id, username: 'ada', display_name: 'ada' }, publicBob])
  const rest = await body(call('listUsers', { caller, query: { limit: 2, cursor: first.next } }), 200)
  expect(rest).toMatchObject({ items: [{ username: 'root-admin' }], next: null })
  expect(await body(call('listUsers', { caller, query: { q: 'BO' } }), 200)).toEqual({ items: [publicBob], next: null })
  for (const cursor of ['nonsense', newId<UserId>()]) {
    expect(await call('listUsers', { caller, query: { cursor } })).toMatchObject({
      error: { code: 'request.invalid', path: 'cursor' },
    })
  }
  expect(await identity.usersByIds([ada.id as UserId, newId<UserId>()])).toEqual([
    expect.objectContaining({ id: ada.id, username: 'ada', role: 'user', state: 'active', bot: false, version: 1 }),
  ])
})

// ---- the first administrator

const setUp = (setUpCode: string, username = 'root-admin') =>
  call('setUp', { body: { ...fields(username), code: setUpCode } })

test('ID-10: of any number of set-ups at once one succeeds, and then it is done', async () => {
  expect(await identity.isSetUpNeeded()).toBe(true)
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => code(setUp(identity.setUpCode, `root-admin${index}`))),
  )
  expect(answers.sort()).toEqual(['ok', ...Array.from({ length: 9 }, () => 'setup.done')])
  expect(await identity.isSetUpNeeded()).toBe(false)
  expect(await code(setUp('whatever'))).toBe('setup.done')
  expect(await startProcess().isSetUpNeeded()).toBe(false)
})

test('ID-10: two processes at once make one first administrator', async () => {
  const other = startProcess()
  const answers = await Promise.all(
    [identity, other].map((each, index) => each.setUp({ ...fields(`root-admin${index}`), code: each.setUpCode })),
  )
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
})

test('ID-11: five wrong codes in a minute are enough, for whoever asks', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => code(setUp('AAAA-AAAA-AAAA'))))
  expect(answers.sort()).toEqual([
    ...Array.from({ length: 3 }, () => 'auth.throttled'),
    ...Array.from({ length: 5 }, () => 'setup.wrong_code'),
  ])
  expect(await setUp(identity.setUpCode)).toMatchObject({
    error: { code: 'auth.throttled', retryAfterMs: MINUTE_MS },
  })
  nowMs += MINUTE_MS
  const typed = identity.setUpCode.toLowerCase().replaceAll('-', ' ')
  expect(await body(setUp(typed), 201)).toMatchObject({ role: 'admin' })
})

test('ID-12: the administrator of the settings is made once, and a second start changes nothing', async () => {
  const starts = await Promise.all([identity, startProcess()].map((each) => each.createAdmin(fields('root-admin'))))
  expect(starts.filter((start) => start.ok && start.value.created)).toHaveLength(1)
  expect(await identity.createAdmin({ ...fields('ROOT-admin'), password: 'another one 815' })).toMatchObject({
    ok: true,
    value: { created: false },
  })
  expect(await body(login('root-admin'), 200)).toMatchObject({ user: { role: 'admin' } })
  expect(await code(identity.createAdmin({ ...fields('second'), password: 'short' }))).toBe('request.invalid')
  // Somebody of that name who is no administrator stays what they are, and the operator can be told.
  await register('taken')
  expect(await identity.createAdmin(fields('taken'))).toMatchObject({
    ok: true,
    value: { created: false, role: 'user' },
  })
  expect(await code(setUp(identity.setUpCode, 'other'))).toBe('setup.done')
})

// ---- signing in

test('ID-20: the name or the address, in either field, in any case', async () => {
  await register('ada')
  for (const who of [
    { username: 'ADA' },
    { email: 'ada' },
    { username: 'Ada@Example.org' },
    { email: 'ada@example.org' },
  ]) {
    expect(await code(call('loginAlias', { body: { ...who, password: PASSWORD } }))).toBe('ok')
  }
  expect(await call('login', { body: { password: PASSWORD } })).toMatchObject({
    error: { code: 'request.invalid', path: 'username' },
  })
})

test('ID-21, ID-63: one answer for all that is wrong', async () => {
  await register('ada')
  await register('eve')
  await database.pool.query(`update identity.users set state = 'disabled' where username = 'eve'`)
  await identity.importUsers('slack:T1', [
    { externalId: 'U1', username: 'jo', displayName: 'Jo', bot: false, disabled: false },
  ])
  const answers = await Promise.all([
    login('ada', WRONG),
    login('nobody'),
    login('eve'),
    login('jo', ''),
    login('a\u0000b\uD800'),
  ])
  for (const answer of answers) expect(answer).toEqual({ ok: false, error: { code: 'auth.invalid_credentials' } })
})

test('ID-22: ten failures, then nobody signs in to this account until they are old', async () => {
  await register('ada')
  for (let failed = 0; failed < 10; failed += 1) {
    expect(await code(login('ada', WRONG, { address: `192.0.2.${failed}` }))).toBe('auth.invalid_credentials')
    nowMs += MINUTE_MS
  }
  const throttled = { ok: false, error: { code: 'auth.throttled', retryAfterMs: 5 * MINUTE_MS } }
  expect(await login('ada', PASSWORD, { address: '192.0.2.99' })).toEqual(throttled)
  // ID-23: by whatever name, and after a restart.
  expect(await login('ada@example.org', PASSWORD, { address: '192.0.2.99' })).toEqual(throttled)
  expect(await call('login', { body: { username: 'ADA', password: PASSWORD } }, startProcess())).toEqual(throttled)
  nowMs += 5 * MINUTE_MS - 1
  expect(await code(login('ada'))).toBe('auth.throttled')
  nowMs += 1
  expect(await code(login('ada'))).toBe('ok')
})

test('ID-22: names that do not exist are throttled in the same way', async () => {
  const answers: string[] = []
  for (let failed = 0; failed < 12; failed += 1) answers.push(await code(login('nobody', WRONG)))
  expect(answers).toEqual([
    ...Array.from({ length: 10 }, () => 'auth.invalid_credentials'),
    'auth.throttled',
    'auth.throttled',
  ])
  expect(await code(login('somebody', WRONG))).toBe('auth.invalid_credentials')
})

test('ID-22: of many guesses at once ten are answered, also when the right one is among the others', async () => {
  await register('ada')
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => code(login('ada', index < 25 ? WRONG : PASSWORD))),
  )
  expect(answers.filter((answer) => answer === 'auth.invalid_credentials')).toHaveLength(10)
  expect(answers.filter((answer) => answer === 'auth.throttled')).toHaveLength(20)
})

test('ID-22, ID-23: fifty failures of an address, an IPv6 network being one', async () => {
  await register('ada')
  for (let failed = 0; failed < 50; failed += 1) {
    const answer = await code(login(`nobody${failed}`, WRONG, { address: `2001:db8::${failed}` }))
    expect(answer).toBe('auth.invalid_credentials')
  }
  expect(await code(login('ada', PASSWORD, { address: '2001:db8::ffff' }))).toBe('auth.throttled')
  expect(await code(login('ada', PASSWORD, { address: '2001:db8:1::1' }))).toBe('ok')
})

test('ID-24: a success wipes the slate, and being right is no failure', async () => {
  await register('ada')
  for (let round = 0; round < 3; round += 1) {
    for (let failed = 0; failed < 9; failed += 1) await login('ada', WRONG)
    expect(await code(login('ada'))).toBe('ok')
  }
  const many = await Promise.all(
    Array.from({ length: 60 }, () => code(login('ada', PASSWORD, { address: '192.0.2.9' }))),
  )
  expect(new Set(many)).toEqual(new Set(['ok']))
})

test('ID-25: over its bound the hasher refuses', async () => {
  await register('ada')
  identity = startProcess({ hasherLimits: { runningMax: 1, waitingMax: 1 } })
  const answers = await Promise.all(Array.from({ length: 5 }, () => code(login('ada'))))
  expect(answers.sort()).toEqual(['ok', 'ok', 'server.overloaded', 'server.overloaded', 'server.overloaded'])
})

// ---- sessions of programs

test('ID-30, ID-34: the token is good for 900 s, and for the role of now', async () => {
  const ada = await register('ada')
  const { token, expires_in } = await tokens('ada')
  expect(expires_in).toBe(900)
  expect(await identity.authenticateToken(token)).toEqual({
    ok: true,
    value: {
      userId: ada.id,
      username: 'ada',
      displayName: 'ada',
      role: 'user',
      sessionId: (await callerOf(token)).sessionId,
      door: 'token',
      expiresAtMs: nowMs + 900_000,
    },
  })
  await database.pool.query(`update identity.users set role = 'manager', version = version + 1`)
  identity.onUserEvent({ ...userUpdated(ada), role: 'manager' })
  expect((await callerOf(token)).role).toBe('manager')
  nowMs += 900_000
  expect(await code(identity.authenticateToken(token))).toBe('auth.invalid_token')
  expect(await code(identity.authenticateToken('x.y.z'))).toBe('auth.invalid_token')
})

function userUpdated(user: User): Extract<UserEvent, { event_type: 'user_updated' }> {
  const { id, created_at, ...rest } = user
  return {
    event_type: 'user_updated',
    event_id: newId(),
    schema: 1,
    ...rest,
    user_id: id,
    state: 'active',
    bot: false,
    account_created_at: created_at,
    version: 2,
    updated_at: created_at,
  }
}

test('ID-31: refreshing goes on and on, for 90 days at most', async () => {
  await register('ada')
  let { refresh_token } = await tokens('ada')
  for (let days = 0; days < 75; days += 25) {
    nowMs += 25 * DAY_MS
    const next = await body<LoginAnswer>(refresh(refresh_token), 200)
    expect(await code(identity.authenticateToken(next.token))).toBe('ok')
    expect(next.refresh_token).not.toBe(refresh_token)
    refresh_token = next.refresh_token
  }
  nowMs += 15 * DAY_MS
  expect(await code(refresh(refresh_token))).toBe('auth.session_ended')
})

test('ID-31: a refresh token that rests for 30 days is no longer good', async () => {
  await register('ada')
  const { refresh_token } = await tokens('ada')
  nowMs += 30 * DAY_MS
  expect(await code(refresh(refresh_token))).toBe('auth.session_ended')
})

test('ID-32: a refresh token that is used twice ends its session, not the others of the user', async () => {
  await register('ada')
  const [stolen, other] = [await tokens('ada'), await tokens('ada')]
  const next = await body<LoginAnswer>(refresh(stolen.refresh_token), 200)
  const ended: string[] = []
  identity.onSessionEnded((id) => ended.push(id))
  const { sessionId } = await callerOf(next.token)
  expect(await code(refresh(stolen.refresh_token))).toBe('auth.session_ended')
  expect(ended).toEqual([sessionId])
  expect(await code(identity.authenticateToken(next.token))).toBe('auth.session_ended')
  expect(await code(refresh(next.refresh_token))).toBe('auth.session_ended')
  expect(await code(identity.authenticateToken(other.token))).toBe('ok')
  expect(await code(refresh(other.refresh_token))).toBe('ok')
  expect((await takeEvents()).filter(({ event_type }) => event_type === 'session_revoked')).toHaveLength(1)
})

test('ID-32: one refresh token in ten requests at once', async () => {
  await register('ada')
  const { refresh_token, token } = await tokens('ada')
  const answers = await Promise.all(Array.from({ length: 10 }, () => code(refresh(refresh_token))))
  expect(answers.sort()).toEqual([...Array.from({ length: 9 }, () => 'auth.session_ended'), 'ok'])
  expect(await code(identity.authenticateToken(token))).toBe('auth.session_ended')
  expect(await code(refresh('never given'))).toBe('auth.invalid_token')
})

// ---- sessions of browsers

test('ID-40, ID-41: a cookie is good after a restart, and for 14 days after its last use', async () => {
  await register('ada')
  const { session, cookie } = await signInBrowser('ada')
  expect(session).toMatchObject({
    user: { username: 'ada' },
    session: { created_at: '2026-01-02T00:00:00.000Z', expires_at: '2026-01-16T00:00:00.000Z' },
  })
  identity = startProcess()
  for (let uses = 0; uses < 6; uses += 1) {
    nowMs += 14 * DAY_MS - 1
    expect(await identity.authenticateCookie(cookie)).toMatchObject({
      ok: true,
      value: { username: 'ada', door: 'cookie', sessionId: session.session.id },
    })
  }
  nowMs += 14 * DAY_MS
  expect(await code(identity.authenticateCookie(cookie))).toBe('auth.session_ended')
})

test('ID-41: after 90 days it ends, however often it is used', async () => {
  await register('ada')
  const { cookie } = await signInBrowser('ada')
  for (let day = 1; day < 90; day += 1) {
    nowMs += DAY_MS
    expect(await code(identity.authenticateCookie(cookie))).toBe('ok')
  }
  nowMs += DAY_MS
  expect(await code(identity.authenticateCookie(cookie))).toBe('auth.session_ended')
})

test('ID-41: its use is written once a minute, also by requests at once', async () => {
  await register('ada')
  const { cookie } = await signInBrowser('ada')
  const version = async (): Promise<string | undefined> =>
    (await database.pool.query<{ xmin: string }>('select xmin::text from identity.sessions')).rows[0]?.xmin
  await identity.authenticateCookie(cookie)
  const before = await version()
  nowMs += MINUTE_MS - 1
  await identity.authenticateCookie(cookie)
  expect(await version()).toBe(before)
  nowMs += 1
  const answers = await Promise.all(Array.from({ length: 20 }, () => code(identity.authenticateCookie(cookie))))
  expect(new Set(answers)).toEqual(new Set(['ok']))
  const after = await version()
  expect(after).not.toBe(before)
  await identity.authenticateCookie(cookie)
  expect(await version()).toBe(after)
})

test('ID-42: signing in ends the session that the browser had', async () => {
  await register('ada')
  await register('bob')
  const first = await signInBrowser('ada')
  const second = await signInBrowser('bob', first.cookie)
  expect(await code(identity.authenticateCookie(first.cookie))).toBe('auth.session_ended')
  expect(await code(identity.authenticateCookie(second.cookie))).toBe('ok')
  const failed = await call('createWebSession', { body: { username: 'ada', password: WRONG }, cookie: second.cookie })
  expect(failed.ok).toBe(false)
  expect(await code(identity.authenticateCookie(second.cookie))).toBe('ok')
  await signInBrowser('ada', 'nonsense')
})

test('ID-43: the session tells its CSRF token', async () => {
  await register('ada')
  const { session, cookie } = await signInBrowser('ada')
  const caller = await identity.authenticateCookie(cookie)
  assert(caller.ok, 'the cookie is good')
  expect(await body(call('getWebSession', { caller: caller.value }), 200)).toEqual(session)
  const { sessionId } = caller.value
  expect(identity.csrfToken(sessionId)).toBe(session.csrf_token)
  expect(identity.checkCsrf(sessionId, session.csrf_token)).toBe(true)
  expect(identity.checkCsrf(sessionId, 'other')).toBe(false)
})

test('ID-44: cookies and tokens keep to their kind', async () => {
  await register('ada')
  const { token } = await tokens('ada')
  const { cookie } = await signInBrowser('ada')
  expect(await code(identity.authenticateToken(cookie))).toBe('auth.invalid_token')
  expect(await code(identity.authenticateCookie(token))).toBe('auth.invalid_token')
  expect(await code(call('getWebSession', { caller: await callerOf(token) }))).toBe('not_found')
})

// ---- the end of a session

test('ID-50: sign-out of a browser clears the cookie, and its session is refused at once', async () => {
  await register('ada')
  const { cookie, session } = await signInBrowser('ada')
  const caller = await identity.authenticateCookie(cookie)
  assert(caller.ok, 'the cookie is good')
  const ended: (readonly [string, string])[] = []
  const unsubscribe = identity.onSessionEnded((id, userId) => ended.push([id, userId]))
  identity.onSessionEnded(() => {
    throw new Error('a listener that is broken')
  })
  expect(await call('endWebSession', { caller: caller.value })).toEqual({
    ok: true,
    value: { status: 204, sessionCookie: null },
  })
  expect(await code(identity.authenticateCookie(cookie))).toBe('auth.session_ended')
  expect(ended).toEqual([[session.session.id, session.user.id]])
  unsubscribe()
  await call('endWebSession', { caller: caller.value })
  expect(ended).toHaveLength(1)
})

test('ID-50: sign-out of a program ends its tokens and leaves the cookie alone', async () => {
  await register('ada')
  const { token, refresh_token } = await tokens('ada')
  const caller = await callerOf(token)
  expect(await call('logout', { caller })).toEqual({ ok: true, value: { status: 204 } })
  expect(await code(identity.authenticateToken(token))).toBe('auth.session_ended')
  expect(await code(refresh(refresh_token))).toBe('auth.session_ended')
})

test('ID-50, ID-53: the command line sets a password; the running server learns it from the events', async () => {
  await register('ada')
  const { token, refresh_token } = await tokens('ada')
  const { cookie } = await signInBrowser('ada')
  expect(await code(identity.authenticateToken(token))).toBe('ok')
  for (let failed = 0; failed < 10; failed += 1) await login('ada', WRONG)
  await takeEvents()
  const commandLine = startProcess()
  expect(await code(commandLine.setPassword('nobody', 'tin roof 99 rain'))).toBe('not_found')
  expect(await code(commandLine.setPassword('ada', 'password123'))).toBe('user.password_common')
  expect(await commandLine.setPassword('ADA', 'tin roof 99 rain')).toMatchObject({
    ok: true,
    value: { username: 'ada', state: 'active', sessionsEnded: 2 },
  })
  const ended: string[] = []
  identity.onSessionEnded((id) => ended.push(id))
  for (const event of await takeEvents()) identity.onUserEvent(event)
  expect(ended).toHaveLength(2)
  expect(await code(identity.authenticateToken(token))).toBe('auth.session_ended')
  expect(await code(identity.authenticateCookie(cookie))).toBe('auth.session_ended')
  expect(await code(refresh(refresh_token))).toBe('auth.session_ended')
  expect(await code(login('ada'))).toBe('auth.invalid_credentials')
  expect(await code(login('ada', 'tin roof 99 rain'))).toBe('ok')
})

test('ID-53, ID-63: an imported person comes in when the operator sets a password', async () => {
  const imported = await identity.importUsers('slack:T1', [
    { externalId: 'U1', username: 'jo', displayName: 'Jo B.', email: null, bot: false, disabled: false },
  ])
  expect(imported.get('U1')?.username).toBe('jo')
  await identity.setPassword('jo', PASSWORD)
  expect(await body(login('jo'), 200)).toMatchObject({ user: { username: 'jo', display_name: 'Jo B.', email: null } })
})

test('ID-54: the sweeper removes what is over', async () => {
  await register('ada')
  await tokens('ada')
  await signInBrowser('ada')
  await login('ada', WRONG)
  nowMs += 15 * DAY_MS
  const count = async (): Promise<readonly number[]> => {
    const { rows } = await database.pool.query<{ sessions: number; failures: number }>(
      'select (select count(*) from identity.sessions) as sessions, (select count(*) from identity.sign_in_failures) as failures',
    )
    return [rows[0]?.sessions ?? -1, rows[0]?.failures ?? -1]
  }
  expect(await count()).toEqual([2, 1])
  const [sweeper] = identity.services
  assert(sweeper !== undefined, 'there is a sweeper')
  await sweeper.run()
  await expect.poll(count).toEqual([1, 0])
  await sweeper.drain()
  await sweeper.stop()
})

// ---- one's own account

const NEXT = 'tin roof 99 rain'
const change = (caller: Caller, current: string, next = NEXT, more: Call = {}) =>
  call('changePassword', { caller, body: { current_password: current, new_password: next }, ...more })

test('ID-70: a display name is kept as it is shown, told to others, and known at once', async () => {
  await register('ada')
  const { token } = await tokens('ada')
  await takeEvents()
  const rename = async (display_name: string) =>
    call('updateSelf', { caller: await callerOf(token), body: { display_name } })
  expect(await body(rename('  Ada   Lovelace '), 200)).toMatchObject({ username: 'ada', display_name: 'Ada Lovelace' })
  expect((await callerOf(token)).displayName).toBe('Ada Lovelace')
  const told = { event_type: 'user_updated', display_name: 'Ada Lovelace', version: 2 }
  expect(await takeEvents()).toEqual([expect.objectContaining(told)])
  expect(await code(rename('Ada Lovelace'))).toBe('ok')
  expect(await takeEvents()).toEqual([])
  for (const bad of [' ', 'x'.repeat(81), 'A\nB', '\u202Enimda']) {
    const refused = { ok: false, error: { code: 'request.invalid', path: 'display_name' } }
    expect(await rename(bad), bad).toMatchObject(refused)
  }
})

test('ID-71, ID-73: the password is changed by who knows it, and all others are signed out', async () => {
  await register('ada')
  await register('grace')
  const [here, there, hers] = [await tokens('ada'), await tokens('ada'), await tokens('grace')]
  const { cookie } = await signInBrowser('ada')
  const caller = await callerOf(here.token)
  const wrong = { code: 'user.wrong_password', path: 'current_password' }
  expect(await change(caller, WRONG)).toEqual({ ok: false, error: wrong })
  expect(await code(identity.authenticateToken(there.token))).toBe('ok')
  const ended: string[] = []
  identity.onSessionEnded((id) => ended.push(id))
  await takeEvents()
  expect(await body(change(caller, PASSWORD), 200)).toEqual({ sessions_ended: 2 })
  expect(ended).toHaveLength(2)
  expect((await takeEvents()).map(({ event_type }) => event_type)).toEqual([
    'user_updated',
    'session_revoked',
    'session_revoked',
  ])
  expect(await code(identity.authenticateToken(here.token))).toBe('ok')
  expect(await code(refresh(here.refresh_token))).toBe('ok')
  expect(await code(identity.authenticateToken(hers.token))).toBe('ok')
  expect(await code(identity.authenticateToken(there.token))).toBe('auth.session_ended')
  expect(await code(refresh(there.refresh_token))).toBe('auth.session_ended')
  expect(await code(identity.authenticateCookie(cookie))).toBe('auth.session_ended')
  expect(await code(login('ada'))).toBe('auth.invalid_credentials')
  expect(await code(login('ada', NEXT))).toBe('ok')
  expect(logged.join()).not.toContain(NEXT)
})

test('ID-71: guessing it is throttled as signing in is, with one answer', async () => {
  await register('ada')
  const caller = await callerOf((await tokens('ada')).token)
  const guesses = await Promise.all(Array.from({ length: 15 }, () => code(change(caller, WRONG))))
  expect(guesses.filter((each) => each === 'user.wrong_password')).toHaveLength(10)
  expect(guesses.filter((each) => each === 'auth.throttled')).toHaveLength(5)
  expect(await code(change(caller, PASSWORD))).toBe('auth.throttled')
  expect(await code(login('ada', PASSWORD, { address: '198.51.100.7' }))).toBe('auth.throttled')
  nowMs += 15 * MINUTE_MS
  expect(await code(change(caller, PASSWORD))).toBe('ok')
})

test('ID-72: the new one obeys the rules, which counts nothing; of many changes at once one is made', async () => {
  await register('ada')
  const caller = await callerOf((await tokens('ada')).token)
  for (const [next, refusal] of [
    ['short', 'request.invalid'],
    ['password1234', 'user.password_common'],
    ['ada@example.org', 'user.password_common'],
    [WRONG, 'request.invalid'],
  ] as const) {
    for (let again = 0; again < 4; again += 1) {
      const refused = { ok: false, error: { code: refusal, path: 'new_password' } }
      expect(await change(caller, WRONG, next), next).toMatchObject(refused)
    }
  }
  const changes = await Promise.all([1, 2, 3, 4].map((each) => code(change(caller, PASSWORD, `${NEXT} ${each}`))))
  expect(changes.toSorted()).toEqual(['ok', ...Array.from({ length: 3 }, () => 'user.wrong_password')])
})

test('ID-74, ID-75: one sees where one is signed in, and ends what one does not know', async () => {
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  await register('ada')
  await register('grace')
  const here = await callerOf((await tokens('ada')).token)
  nowMs += MINUTE_MS
  const browser = await body<WebSession>(
    call('createWebSession', {
      body: { username: 'ada', password: PASSWORD },
      userAgent: FIREFOX,
      address: '192.0.2.9',
    }),
    201,
  )
  nowMs += MINUTE_MS
  const hers = await callerOf((await tokens('grace')).token)
  const list = (query = {}) => body<OwnSessionList>(call('listSessions', { caller: here, query }), 200)
  const all = await list()
  expect(all.next).toBeNull()
  expect(all.items).toMatchObject([
    {
      id: browser.session.id,
      kind: 'browser',
      current: false,
      client: 'Firefox',
      system: 'Linux',
      user_agent: FIREFOX,
      address: '192.0.2.9',
      created_at: new Date(nowMs - MINUTE_MS).toISOString(),
    },
    { id: here.sessionId, kind: 'program', current: true, client: 'test', system: null },
  ])
  expect(JSON.stringify(all)).not.toContain('secret')
  const first = await list({ limit: 1 })
  expect(await list({ limit: 1, cursor: first.next })).toEqual({ items: [all.items[1]], next: null })
  expect(await call('listSessions', { caller: here, query: { cursor: 'x' } })).toMatchObject({
    ok: false,
    error: { code: 'request.invalid', path: 'cursor' },
  })

  const end = (caller: Caller, session_id: string) => call('endOwnSession', { caller, params: { session_id } })
  expect(await code(end(hers, browser.session.id))).toBe('not_found')
  expect(await code(end(here, hers.sessionId))).toBe('not_found')
  expect(await code(end(here, newId()))).toBe('not_found')
  const heard: string[] = []
  identity.onSessionEnded((id) => heard.push(id))
  expect(await end(here, browser.session.id)).toEqual({ ok: true, value: { status: 204 } })
  expect(heard).toEqual([browser.session.id])
  expect(await code(end(here, browser.session.id))).toBe('not_found')

  const [other] = [await tokens('ada'), await signInBrowser('ada')]
  expect(await body(call('endOtherSessions', { caller: here }), 200)).toEqual({ sessions_ended: 2 })
  expect(await code(identity.authenticateToken(other.token))).toBe('auth.session_ended')
  expect((await list()).items.map(({ id }) => id)).toEqual([here.sessionId])
  expect((await body<OwnSessionList>(call('listSessions', { caller: hers }), 200)).items).toHaveLength(1)
})

test('ID-75: a browser that ends its own session loses its cookie', async () => {
  await register('ada')
  const { cookie, session } = await signInBrowser('ada')
  const caller = await identity.authenticateCookie(cookie)
  assert(caller.ok, 'the cookie is good')
  const ended = await call('endOwnSession', { caller: caller.value, params: { session_id: session.session.id } })
  expect(ended).toEqual({ ok: true, value: { status: 204, sessionCookie: null } })
  expect(await code(identity.authenticateCookie(cookie))).toBe('auth.session_ended')
})

test('ID-60: an import of many people, broken ids among them', async () => {
  const people = Array.from({ length: 450 }, (_, index) => ({
    externalId: index === 0 ? 'U\u0000' : `U${index}`,
    username: `person${index}`,
    displayName: '',
    bot: false,
    disabled: false,
  }))
  const first = await identity.importUsers('slack:T1', people)
  expect(first.size).toBe(450)
  expect(first.get('U\u0000')?.username).toBe('person0')
  expect(await identity.importUsers('slack:T1', people)).toEqual(first)
})

test('ID-7: no secret is ever logged or told', async () => {
  await register('ada')
  const { token, refresh_token } = await tokens('ada')
  const { cookie } = await signInBrowser('ada')
  await refresh(refresh_token)
  await refresh(refresh_token)
  for (let failed = 0; failed < 11; failed += 1) await login('ada', WRONG)
  await setUp('AAAA-BBBB-CCCC')
  const { rows } = await database.pool.query<{ password_hash: string }>('select password_hash from identity.users')
  const told = logged.join('\n') + JSON.stringify(await takeEvents())
  expect(logged.length).toBeGreaterThan(2)
  for (const secret of [
    PASSWORD,
    WRONG,
    token,
    refresh_token,
    cookie,
    rows[0]?.password_hash ?? '',
    identity.setUpCode,
  ]) {
    expect(secret.length).toBeGreaterThan(0)
    expect(told).not.toContain(secret)
  }
})

test('ID-64: nobody signs in as the demo user, whatever an operator does, and it is told of once', async () => {
  await identity.ensureDemoUser()
  await startProcess().ensureDemoUser()
  expect(await takeEvents()).toMatchObject([
    { event_type: 'user_created', user_id: DEMO_USER_ID, username: 'demo-bot', display_name: 'Demo Bot', bot: true },
  ])
  expect(await code(identity.setPassword('demo-bot', PASSWORD))).toBe('permission.denied')
  // Not even with a password in its row.
  await register('ada')
  await database.pool.query(
    `update identity.users set password_hash = (select password_hash from identity.users where username = 'ada')`,
  )
  expect(await code(login('ada'))).toBe('ok')
  const signIn = call('login', { body: { username: 'demo-bot', password: PASSWORD } })
  expect(await code(signIn)).toBe('auth.invalid_credentials')
  expect(await identity.isSetUpNeeded()).toBe(true)
})
