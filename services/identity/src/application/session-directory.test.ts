/** What the cache may not do between two moments that a database cannot be stopped at: here the test says when a read ends. */
import { newId, type AuthSessionId, type UserId } from '@glasshouse/kernel'
import { expect, test, vi } from 'vitest'
import { beginSession } from '../domain/sign-in-session.ts'
import type { LiveSession, SessionStore } from './ports.ts'
import { SessionDirectory } from './session-directory.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

function liveSession(): LiveSession {
  const userId = newId<UserId>()
  return {
    session: { id: newId<AuthSessionId>(), userId, kind: 'browser', ...beginSession('browser', 0) },
    secretHash: 'x',
    account: {
      id: userId,
      username: 'ada',
      displayName: 'ada',
      email: null,
      role: 'user',
      state: 'active',
      bot: false,
      version: 1,
      createdAtMs: 0,
      updatedAtMs: 0,
    },
  }
}

interface Setup {
  readonly directory: SessionDirectory
  /** Reads that are under way, each to be answered by the test. */
  readonly reads: ((live: LiveSession | undefined) => void)[]
  /** What each query asked for. */
  readonly queries: (readonly AuthSessionId[])[]
  readonly advance: (ms: number) => void
}

function setUp(sessionsCachedMax = 10): Setup {
  const reads: Setup['reads'] = []
  const queries: Setup['queries'] = []
  let nowMs = 0
  const read = (): Promise<LiveSession | undefined> => new Promise((resolve) => reads.push(resolve))
  const unused = (): never => {
    throw new Error('the directory reads and slides, nothing else')
  }
  const sessions: SessionStore = {
    findMany: async (ids) => {
      queries.push(ids)
      const live = await read()
      return live === undefined ? [] : [live]
    },
    slide: read,
    begin: unused,
    rotate: unused,
    listOfUser: unused,
    end: unused,
    endOfUser: unused,
    removeDead: unused,
  }
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const directory = new SessionDirectory(
    { sessions, clock, log: quiet },
    { sessionsCachedMax, freshMs: 60_000, sessionsPerQueryMax: 3, queriesAtOnceMax: 2, crowdIntervalMs: 0 },
  )
  return { directory, reads, queries, advance: (ms) => (nowMs += ms) }
}

test('what was read is known for a minute, and requests at once share one read', async () => {
  const { directory, reads, advance } = setUp()
  const live = liveSession()
  const asked = [directory.find(live.session.id), directory.find(live.session.id)]
  expect(reads).toHaveLength(1)
  reads[0]?.(live)
  expect(await Promise.all(asked)).toEqual([live, live])
  advance(59_999)
  expect(await directory.find(live.session.id)).toBe(live)
  advance(1)
  void directory.find(live.session.id)
  expect(reads).toHaveLength(2)
})

test('ID-51: a session that ends while it is read is not kept, and who asks later reads again', async () => {
  const { directory, reads } = setUp()
  const live = liveSession()
  const before = directory.find(live.session.id)
  directory.ended(live.session.id, live.account.id)
  const after = directory.find(live.session.id)
  expect(reads).toHaveLength(2)
  reads[1]?.(undefined)
  expect(await after).toBeUndefined()
  // The read that began before the end is answered last, with what was true then.
  reads[0]?.(live)
  expect(await before).toBe(live)
  void directory.find(live.session.id)
  expect(reads).toHaveLength(3)
})

test('ID-51: the same for a change of the account, and for a slide', async () => {
  const { directory, reads, advance } = setUp()
  const live = liveSession()
  const before = directory.find(live.session.id)
  directory.accountChanged(live.account.id)
  reads[0]?.(live)
  await before
  const again = directory.find(live.session.id)
  expect(reads).toHaveLength(2)
  reads[1]?.(live)
  await again
  advance(60_000)
  const used = directory.use(live)
  directory.ended(live.session.id, live.account.id)
  reads[2]?.(live)
  await used
  void directory.find(live.session.id)
  expect(reads).toHaveLength(4)
})

test('ID-41: a session that expires while it is known is refused without a read', async () => {
  const { directory, reads, advance } = setUp()
  const live = { ...liveSession() }
  const expiring = { ...live, session: { ...live.session, expiresAtMs: 1000 } }
  const found = directory.find(live.session.id)
  reads[0]?.(expiring)
  expect(await found).toBe(expiring)
  advance(1000)
  expect(await directory.find(live.session.id)).toBeUndefined()
  expect(reads).toHaveLength(1)
})

test('it holds no more than it may: what was not used for longest goes', async () => {
  const { directory, reads } = setUp(2)
  const [a, b, c] = [liveSession(), liveSession(), liveSession()]
  const load = async (live: LiveSession): Promise<void> => {
    const found = directory.find(live.session.id)
    reads.at(-1)?.(live)
    await found
  }
  await load(a)
  await load(b)
  await directory.find(a.session.id)
  await load(c)
  expect(reads).toHaveLength(3)
  await directory.find(a.session.id)
  await directory.find(c.session.id)
  expect(reads).toHaveLength(3)
  void directory.find(b.session.id)
  expect(reads).toHaveLength(4)
})

test('a read that fails is thrown to who asked, and the next one reads again', async () => {
  const { directory, reads } = setUp()
  const live = liveSession()
  const failing = directory.find(live.session.id)
  reads[0]?.(Promise.reject(new Error('the database is away')) as never)
  await expect(failing).rejects.toThrow('the database is away')
  const again = directory.find(live.session.id)
  reads[1]?.(live)
  expect(await again).toBe(live)
})

test('who asks while queries are under way is in the next one, so many at a time', async () => {
  const { directory, reads, queries } = setUp()
  const lives = Array.from({ length: 7 }, liveSession)
  const ids = lives.map(({ session }) => session.id)
  const found = ids.map((id) => directory.find(id))
  expect(queries).toEqual([[ids[0]], [ids[1]]])
  reads[0]?.(lives[0])
  expect(await found[0]).toBe(lives[0])
  await vi.waitFor(() => expect(queries[2]).toEqual(ids.slice(2, 5)))
  reads[1]?.(lives[1])
  expect(await found[1]).toBe(lives[1])
  await vi.waitFor(() => expect(queries[3]).toEqual(ids.slice(5)))
  // Those that the answer leaves out are not alive.
  reads[2]?.(lives[3])
  expect(await Promise.all(found.slice(2, 5))).toEqual([undefined, lives[3], undefined])
})
