/** `glasshouse start --demo`: a house with a small living team to look at. */
import { randomBytes } from 'node:crypto'
import { PAGE_LIMIT_MAX, type Caller } from '@glasshouse/contracts'
import { err, newId, ok, type AuthSessionId, type Result, type UserId } from '@glasshouse/kernel'
import type { House } from '../house.ts'
import type { KnownPerson } from './demo-hands.ts'
import { DEMO_SOURCE, fillHouse, findDemoHouse, type DemoHouse } from './fill-house.ts'
import { DEMO_ADMIN, DEMO_MEMBER } from './story.ts'

export interface OpenedDemo {
  readonly demo: DemoHouse
  /** How to sign in. */
  readonly line: string
}

const PASSWORD_BYTES = 9
/** Of people whose names begin with that of the demo's administrator. */
const PEOPLE_PAGES_MAX = 100

/**
 * Fills a house without any account, or finds the demo that it is, whoever has joined it since; refuses one that was not made by it. Nothing
 * is changed by a refusal.
 */
export async function openDemo(house: House): Promise<Result<OpenedDemo, string>> {
  const people = await readPeople(house)
  if (people.size > 0) {
    const demo = await findDemoHouse(house, people)
    return demo === undefined
      ? err(
          'the demo was stopped while it was made, and cannot go on: give GLASSHOUSE_DATA (or DATABASE_URL) another place',
        )
      : ok({
          demo,
          line: `Demo: sign in as ${DEMO_ADMIN} or ${DEMO_MEMBER}, with the password that the first start showed`,
        })
  }
  if (await house.identity.hasAccounts()) {
    return err(
      '--demo fills an empty house, and this one has people of its own: give GLASSHOUSE_DATA (or DATABASE_URL) another place',
    )
  }
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  const filled = await fillHouse(house, password, Date.now())
  if (!filled.ok) return filled
  const line = `Demo: sign in as ${DEMO_ADMIN} (administrator) or ${DEMO_MEMBER} with the password ${password}`
  return ok({ demo: filled.value, line })
}

/** Those whom the demo has made, by the names that the story knows them by, in lower case. */
async function readPeople(house: House): Promise<ReadonlyMap<string, KnownPerson>> {
  const imported = await house.identity.importedPeople(DEMO_SOURCE)
  const people = new Map(
    imported.map(({ externalId, ...person }): [string, KnownPerson] => [externalId.toLowerCase(), person]),
  )
  // Who is imported is no administrator.
  const admin = people.size === 0 ? undefined : await findAdmin(house)
  if (admin !== undefined) people.set(DEMO_ADMIN.toLowerCase(), admin)
  return people
}

/** By the exact user name, which only one has: the name that people show is chosen by themselves. */
async function findAdmin({ identity }: House): Promise<KnownPerson | undefined> {
  let cursor: string | null = null
  for (let page = 0; page < PEOPLE_PAGES_MAX; page++) {
    const query = { q: DEMO_ADMIN, limit: PAGE_LIMIT_MAX, ...(cursor === null ? {} : { cursor }) }
    const asked = await identity.listUsers(nobody(), query)
    if (!asked.ok) throw new Error(`the people of the house cannot be read: ${asked.error.code}`)
    const { items, next } = asked.value
    const found = items.find(({ username }) => username === DEMO_ADMIN)
    if (found !== undefined) {
      const { id, username, display_name: displayName } = found
      const user = await identity.getUser(nobody(), id as UserId)
      const isAdmin = user.ok && 'role' in user.value && user.value.role === 'admin'
      return isAdmin ? { userId: id as UserId, username, displayName } : undefined
    }
    if (next === null) return undefined
    cursor = next
  }
  return undefined
}

/** The program itself, which asks before there is anybody. */
function nobody(): Caller {
  const names = { username: 'demo', displayName: 'demo' }
  const userId = newId<UserId>()
  const sessionId = newId<AuthSessionId>()
  return { userId, ...names, role: 'admin', sessionId, door: 'token', expiresAtMs: Number.MAX_SAFE_INTEGER }
}
