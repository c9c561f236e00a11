import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { liveSessionStoreContract } from '../application/live-session-store.contract.ts'
import type { LiveSessionStore } from '../application/live-session-store.ts'
import { createPostgresLiveSessionStore, gatewayMigrations } from './postgres-live-session-store.ts'

let database: TestDatabase
let store: LiveSessionStore

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, gatewayMigrations)
  if (!migrated.ok) throw new Error(migrated.error.message)
  store = createPostgresLiveSessionStore(database.pool)
})
afterAll(() => database?.drop())

describe('live sessions on PostgreSQL', () => {
  liveSessionStoreContract(() => store)
})
