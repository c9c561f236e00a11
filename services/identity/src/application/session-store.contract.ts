/** What every SessionStore does. Run by the store's own test, on a real database. */
import { newId, type AuthSessionId, type UserId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import type { Account } from '../domain/account.ts'
import { beginSession, slideExpiry, type SessionKind, type SignInSession } from '../domain/sign-in-session.ts'
import type { AccountStore, LiveSession, NewSession, SessionStore } from './ports.ts'

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const DAY_MS = 86_400_000

export interface SessionStoreSetup {
  readonly sessions: SessionStore
  readonly accounts: AccountStore
  /** Active, with the password hash `a hash`, and no sessions. */
  readonly ada: Account
  /** How many sessions a user may have in this store. */
  readonly sessionsPerUserMax: number
}

function newSession(
  account: Account,
  kind: SessionKind,
  more: Partial<NewSession> & { atMs?: number } = {},
): NewSession {
  const { atMs = AT_MS, ...rest } = more
  const id = newId<AuthSessionId>(atMs)
  return {
    session: { id, userId: account.id, kind, ...beginSession(kind, atMs) },
    provenPasswordHash: 'a hash',
    secretHash: `secret of ${id}`,
    userAgent: 'test',
    address: '127.0.0.1',
    ...rest,
  }
}

async function findOne(sessions: SessionStore, id: AuthSessionId, nowMs: number): Promise<LiveSession | undefined> {
  return (await sessions.findMany([id], nowMs))[0]
}

const slid =
  (nowMs: number) =>
  (session: SignInSession): number =>
    slideExpiry(session.kind, session, nowMs)

export function sessionStoreContract(
  withStores: (work: (setup: SessionStoreSetup) => Promise<void>) => Promise<void>,
): void {
  const on = (work: (setup: SessionStoreSetup) => Promise<void>) => () => withStores(work)

  describe('SessionStore: a session', () => {
    test(
      'that began is found with its account, until it expires',
      on(async ({ sessions, ada }) => {
        const browser = newSession(ada, 'browser')
        expect(await sessions.begin(browser)).toEqual([])
        const found = { session: browser.session, account: ada, secretHash: browser.secretHash }
        expect(await findOne(sessions, browser.session.id, AT_MS)).toEqual(found)
        expect(await findOne(sessions, browser.session.id, AT_MS + 14 * DAY_MS - 1)).toEqual(found)
        expect(await findOne(sessions, browser.session.id, AT_MS + 14 * DAY_MS)).toBeUndefined()
        expect(await findOne(sessions, newId<AuthSessionId>(), AT_MS)).toBeUndefined()

        const program = newSession(ada, 'program')
        await sessions.begin(program)
        expect(await findOne(sessions, program.session.id, AT_MS)).toMatchObject({ secretHash: null })
      }),
    )

    test(
      'is found among many, each for itself: those that are not alive are left out',
      on(async ({ sessions, ada }) => {
        const [one, two] = [newSession(ada, 'browser'), newSession(ada, 'program')]
        for (const each of [one, two]) await sessions.begin(each)
        await sessions.end(one.session.id, AT_MS)
        const found = await sessions.findMany([one.session.id, newId<AuthSessionId>(), two.session.id], AT_MS)
        expect(found.map(({ session }) => session.id)).toEqual([two.session.id])
        expect(await sessions.findMany([], AT_MS)).toEqual([])
      }),
    )

    test(
      'ID-26: does not begin with a password that was changed',
      on(async ({ sessions, accounts, ada }) => {
        await accounts.setPassword(ada.id, 'a new hash', AT_MS)
        const late = newSession(ada, 'browser')
        expect(await sessions.begin(late)).toBeUndefined()
        expect(await findOne(sessions, late.session.id, AT_MS)).toBeUndefined()
      }),
    )

    test(
      'ID-26, ID-53: none outlives a change of the password, in whatever order they come',
      on(async (setup) => {
        const { sessions, accounts, ada } = setup
        const begun = Array.from({ length: 8 }, () => newSession(ada, 'program'))
        await Promise.all([
          ...begun.slice(0, 4).map((session) => sessions.begin(session)),
          accounts.setPassword(ada.id, 'a new hash', AT_MS),
          ...begun.slice(4).map((session) => sessions.begin(session)),
        ])
        for (const { session } of begun) expect(await findOne(sessions, session.id, AT_MS)).toBeUndefined()
      }),
    )

    test(
      'ID-41: slides, never back and never beyond its last day',
      on(async ({ sessions, ada }) => {
        const { session, ...rest } = newSession(ada, 'browser')
        await sessions.begin({ session, ...rest })
        const later = { lastUsedAtMs: AT_MS + DAY_MS, expiresAtMs: AT_MS + 15 * DAY_MS }
        expect((await sessions.slide(session.id, later))?.session).toEqual({ ...session, ...later })
        const back = { lastUsedAtMs: AT_MS, expiresAtMs: AT_MS + DAY_MS }
        expect((await sessions.slide(session.id, back))?.session).toEqual({ ...session, ...later })
        const beyond = { lastUsedAtMs: AT_MS + 2 * DAY_MS, expiresAtMs: AT_MS + 1000 * DAY_MS }
        expect((await sessions.slide(session.id, beyond))?.session.expiresAtMs).toBe(session.endsAtMs)
        await sessions.end(session.id, AT_MS)
        expect(await sessions.slide(session.id, later)).toBeUndefined()
      }),
    )

    test(
      'ID-50: ends once',
      on(async ({ sessions, ada }) => {
        const { session, ...rest } = newSession(ada, 'browser')
        await sessions.begin({ session, ...rest })
        const ends = await Promise.all(Array.from({ length: 5 }, () => sessions.end(session.id, AT_MS)))
        expect(ends.filter(Boolean)).toHaveLength(1)
        expect(await findOne(sessions, session.id, AT_MS)).toBeUndefined()
        expect(await sessions.end(newId<AuthSessionId>(), AT_MS)).toBe(false)
      }),
    )

    test(
      'ID-74: those of a user are listed from the newest on, while they are alive',
      on(async ({ sessions, sessionsPerUserMax, ada }) => {
        const begun = Array.from({ length: sessionsPerUserMax }, (_, index) =>
          newSession(ada, index % 2 === 0 ? 'browser' : 'program', {
            atMs: AT_MS + index,
            userAgent: `agent ${index}`,
          }),
        )
        for (const session of begun) await sessions.begin(session)
        const [gone, ...alive] = begun
        await sessions.end(gone?.session.id ?? newId(), AT_MS)
        const expected = alive
          .map(({ session, userAgent, address }) => ({ session, userAgent, address }))
          .sort((a, b) => b.session.createdAtMs - a.session.createdAtMs)
        const first = await sessions.listOfUser(ada.id, { before: undefined, limit: 1 }, AT_MS)
        const before = first[0]?.session.id
        const rest = await sessions.listOfUser(ada.id, { before, limit: 100 }, AT_MS)
        expect([...first, ...rest]).toEqual(expected)
        const late = AT_MS + 20 * DAY_MS
        const programs = await sessions.listOfUser(ada.id, { before: undefined, limit: 100 }, late)
        expect(programs).toEqual(expected.filter(({ session }) => session.kind === 'program'))
        expect(await sessions.listOfUser(newId<UserId>(), { before: undefined, limit: 100 }, AT_MS)).toEqual([])
      }),
    )

    test(
      'ID-75: a user ends one of theirs, or all others, and nobody else can',
      on(async ({ sessions, ada }) => {
        const begun = Array.from({ length: 3 }, (_, index) => newSession(ada, 'browser', { atMs: AT_MS + index }))
        for (const session of begun) await sessions.begin(session)
        const [one, two, three] = begun.map(({ session }) => session.id) as [
          AuthSessionId,
          AuthSessionId,
          AuthSessionId,
        ]
        expect(await sessions.endOfUser(newId<UserId>(), { only: one }, AT_MS)).toEqual([])
        expect(await sessions.endOfUser(newId<UserId>(), { except: one }, AT_MS)).toEqual([])
        expect(await sessions.endOfUser(ada.id, { only: one }, AT_MS)).toEqual([one])
        expect(await sessions.endOfUser(ada.id, { only: one }, AT_MS)).toEqual([])
        expect(await sessions.endOfUser(ada.id, { except: two }, AT_MS)).toEqual([three])
        expect(await findOne(sessions, two, AT_MS)).toBeDefined()
        expect(await findOne(sessions, three, AT_MS)).toBeUndefined()
      }),
    )

    test(
      'ID-52: the least recently used one makes room',
      on(async ({ sessions, sessionsPerUserMax, ada }) => {
        const begun = Array.from({ length: sessionsPerUserMax }, (_, index) =>
          newSession(ada, 'browser', { atMs: AT_MS + index }),
        )
        for (const session of begun) expect(await sessions.begin(session)).toEqual([])
        const first = begun[0]?.session.id ?? newId<AuthSessionId>()
        const second = begun[1]?.session.id ?? newId<AuthSessionId>()
        await sessions.slide(first, { lastUsedAtMs: AT_MS + DAY_MS, expiresAtMs: AT_MS + DAY_MS })
        // The new one has the oldest use of all, but has only just begun.
        expect(await sessions.begin(newSession(ada, 'browser', { atMs: AT_MS - 1 }))).toEqual([second])
        expect(await findOne(sessions, second, AT_MS)).toBeUndefined()
        expect(await findOne(sessions, first, AT_MS)).toBeDefined()
      }),
    )

    test(
      'ID-54: is removed when it is over, some at a time',
      on(async ({ sessions, ada }) => {
        const [ended, expired, alive] = [
          newSession(ada, 'program'),
          newSession(ada, 'browser'),
          newSession(ada, 'program'),
        ]
        for (const session of [ended, expired, alive]) await sessions.begin(session)
        await sessions.end(ended.session.id, AT_MS)
        const nowMs = AT_MS + 20 * DAY_MS
        expect(await sessions.removeDead(nowMs, 1)).toBe(1)
        expect(await sessions.removeDead(nowMs, 10)).toBe(1)
        expect(await sessions.removeDead(nowMs, 10)).toBe(0)
        expect(await findOne(sessions, alive.session.id, nowMs)).toBeDefined()
      }),
    )
  })

  describe('SessionStore: refresh tokens', () => {
    test(
      'ID-31: each is good for one use and gives the next',
      on(async ({ sessions, ada }) => {
        const { session, secretHash, ...rest } = newSession(ada, 'program')
        await sessions.begin({ session, secretHash, ...rest })
        const nowMs = AT_MS + DAY_MS
        const first = await sessions.rotate({ presentedHash: secretHash, nextHash: 'second' }, nowMs, slid(nowMs))
        expect(first).toMatchObject({
          kind: 'rotated',
          live: { session: { id: session.id, expiresAtMs: AT_MS + 31 * DAY_MS, lastUsedAtMs: nowMs } },
        })
        const second = await sessions.rotate({ presentedHash: 'second', nextHash: 'third' }, nowMs, slid(nowMs))
        expect(second.kind).toBe('rotated')
        expect(await sessions.rotate({ presentedHash: 'never', nextHash: 'x' }, nowMs, slid(nowMs))).toEqual({
          kind: 'unknown',
        })
      }),
    )

    test(
      'ID-32: the second use ends the session',
      on(async ({ sessions, ada }) => {
        const { session, secretHash, ...rest } = newSession(ada, 'program')
        await sessions.begin({ session, secretHash, ...rest })
        await sessions.rotate({ presentedHash: secretHash, nextHash: 'second' }, AT_MS, slid(AT_MS))
        expect(await sessions.rotate({ presentedHash: secretHash, nextHash: 'thief' }, AT_MS, slid(AT_MS))).toEqual({
          kind: 'reused',
          sessionId: session.id,
          userId: ada.id,
        })
        expect(await findOne(sessions, session.id, AT_MS)).toBeUndefined()
        for (const presentedHash of ['second', secretHash, 'thief']) {
          const { kind } = await sessions.rotate(
            { presentedHash, nextHash: `after ${presentedHash}` },
            AT_MS,
            slid(AT_MS),
          )
          expect(kind).toBe(presentedHash === 'thief' ? 'unknown' : 'ended')
        }
      }),
    )

    test(
      'ID-32: of uses at once, one is rotated and the session ends',
      on(async ({ sessions, ada }) => {
        const { session, secretHash, ...rest } = newSession(ada, 'program')
        await sessions.begin({ session, secretHash, ...rest })
        const uses = await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            sessions.rotate({ presentedHash: secretHash, nextHash: `next ${index}` }, AT_MS, slid(AT_MS)),
          ),
        )
        const kinds = uses.map(({ kind }) => kind).sort()
        expect(kinds).toEqual([...Array.from({ length: 6 }, () => 'ended'), 'reused', 'rotated'])
        expect(await findOne(sessions, session.id, AT_MS)).toBeUndefined()
      }),
    )

    test(
      'ID-31: expire with their session',
      on(async ({ sessions, ada }) => {
        const { session, secretHash, ...rest } = newSession(ada, 'program')
        await sessions.begin({ session, secretHash, ...rest })
        const nowMs = session.expiresAtMs
        expect(await sessions.rotate({ presentedHash: secretHash, nextHash: 'next' }, nowMs, slid(nowMs))).toEqual({
          kind: 'ended',
        })
      }),
    )

    test(
      'ID-33: the last hundred used ones are remembered',
      on(async ({ sessions, ada }) => {
        const { session, secretHash, ...rest } = newSession(ada, 'program')
        await sessions.begin({ session, secretHash, ...rest })
        const hashes = [secretHash, ...Array.from({ length: 105 }, (_, index) => `token ${index}`)]
        for (const [index, nextHash] of hashes.slice(1).entries()) {
          const nowMs = AT_MS + index
          const { kind } = await sessions.rotate({ presentedHash: hashes[index] ?? '', nextHash }, nowMs, slid(nowMs))
          expect(kind).toBe('rotated')
        }
        const kindOf = async (presentedHash: string): Promise<string> =>
          (await sessions.rotate({ presentedHash, nextHash: 'x' }, AT_MS + 1000, slid(AT_MS + 1000))).kind
        expect(await kindOf(hashes[4] ?? '')).toBe('unknown')
        expect(await findOne(sessions, session.id, AT_MS)).toBeDefined()
        expect(await kindOf(hashes[5] ?? '')).toBe('reused')
      }),
    )
  })
}
