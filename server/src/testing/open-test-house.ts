/** A house on a database of its own, with one person who has signed in: for tests of how its services are wired. */
import type { Caller } from '@glasshouse/contracts'
import { shutDown } from '@glasshouse/kernel'
import { createLogger } from '@glasshouse/platform'
import { startTestDatabase } from '@glasshouse/platform/testing'
import { readConfig, type Environment } from '../config.ts'
import { openHouse, type House } from '../house.ts'

const STEP_TIMEOUT_MS = 10_000
const PASSWORD = 'tested with great care'

export interface TestHouse {
  readonly house: House
  readonly caller: Caller
  readonly close: () => Promise<void>
}

export async function openTestHouse(settings: Environment): Promise<TestHouse> {
  const database = await startTestDatabase()
  const config = readConfig(settings)
  if (!config.ok) throw new Error(config.error)
  const opened = await openHouse({
    config: config.value,
    secrets: { session: Buffer.alloc(64, 1), jwt: [Buffer.alloc(64, 2)], databasePassword: '' },
    connectionString: database.connectionString,
    role: 'test',
    logger: createLogger({ format: 'json', level: 'error' }),
  })
  if (!opened.ok) throw new Error(opened.error)
  const house = opened.value
  const { identity, services } = house
  for (const service of services) await service.run()
  const account = { username: 'tester', email: 'tester@example.test', password: PASSWORD }
  const person = await identity.register(account, undefined)
  if (!person.ok) throw new Error(person.error.code)
  const address = { address: '127.0.0.1', userAgent: 'test' }
  const signedIn = await identity.signInProgram({ username: 'tester', password: PASSWORD }, address)
  if (!signedIn.ok) throw new Error(signedIn.error.code)
  const caller = await identity.authenticateToken(signedIn.value.token)
  if (!caller.ok) throw new Error(caller.error.code)
  return {
    house,
    caller: caller.value,
    async close() {
      await shutDown(services, STEP_TIMEOUT_MS)
      await house.close()
      await database.drop()
    },
  }
}
