import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { presenceStoreContract } from '../application/presence-store.contract.ts'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA } from './index.ts'
import { createPostgresPresenceStore } from './postgres-presence-store.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
})
afterAll(() => database?.drop())

describe('presence in PostgreSQL', () => {
  presenceStoreContract(() => createPostgresPresenceStore(database.pool))
})
