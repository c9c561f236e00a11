/** `glasshouse start --demo`: a house with a small living team to look at. */
import { randomBytes } from 'node:crypto'
import type { Caller } from '@glasshouse/contracts'
import { err, newId, ok, type AuthSessionId, type Result, type UserId } from '@glasshouse/kernel'
import type { House } from '../house.ts'
import type { KnownPerson } from './demo-hands.ts'
import { fillHouse, findDemoHouse, type DemoHouse } from './fill-house.ts'
import { DEMO_ADMIN, DEMO_MEMBER, DEMO_PEOPLE } from './story.ts'

export interface OpenedDemo {
  readonly demo: DemoHouse
  /** How to sign in. */
  readonly line: string
}

const PASSWORD_BYTES = 9

/** Fills an empty house, or finds the demo that it is; refuses one that has people of its own. Nothing is changed by a refusal. */
export async function openDemo(house: House): Promise<Result<OpenedDemo, string>> {
  const people = await readPeople(house)
  if (people === undefined) {
    return err('--demo fills an empty house, and this one has people of its own: give GLASSHOUSE_DATA another folder')
  }
  if (people.size > 0) {
    const demo = people.has(DEMO_ADMIN.toLowerCase()) ? await findDemoHouse(house, people) : undefined
    return demo === undefined
      ? err('the demo was stopped while it was made: remove its data folder, or give GLASSHOUSE_DATA another one')
      : ok({
          demo,
          line: `Demo: sign in as ${DEMO_ADMIN} or ${DEMO_MEMBER}, with the password that the first start showed`,
        })
  }
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  const filled = await fillHouse(house, password, Date.now())
  if (!filled.ok) return filled
  const line = `Demo: sign in as ${DEMO_ADMIN} (administrator) or ${DEMO_MEMBER} with the password ${password}`
  return ok({ demo: filled.value, line })
}

/** By user name, in lower case; undefined when there is anybody whom the demo does not have. */
async function readPeople({ identity }: House): Promise<ReadonlyMap<string, KnownPerson> | undefined> {
  const asked = await identity.listUsers(nobody(), { limit: 100 })
  if (!asked.ok) throw new Error(`the people of the house cannot be read: ${asked.error.code}`)
  const names = new Set(DEMO_PEOPLE.map(({ username }) => username))
  const { items, next } = asked.value
  if (next !== null || items.some(({ username }) => !names.has(username))) return undefined
  return new Map(
    items.map(({ id, username, display_name: displayName }) => {
      return [username.toLowerCase(), { userId: id as UserId, username, displayName }]
    }),
  )
}

/** The program itself, which asks before there is anybody. */
function nobody(): Caller {
  const names = { username: 'demo', displayName: 'demo' }
  const userId = newId<UserId>()
  const sessionId = newId<AuthSessionId>()
  return { userId, ...names, role: 'admin', sessionId, door: 'token', expiresAtMs: Number.MAX_SAFE_INTEGER }
}
