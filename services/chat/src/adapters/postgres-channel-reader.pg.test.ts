import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { channelReaderContract } from '../application/channel-reader.contract.ts'
import { importStoreContract } from '../application/import-store.contract.ts'
import { memberStoreContract } from '../application/member-store.contract.ts'
import type { StoresUnderTest } from '../application/message-log.contract.ts'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from './index.ts'

let database: TestDatabase
let stores: StoresUnderTest

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER })
  if (!migrated.ok) throw new Error(migrated.error.message)
  stores = createPostgresChatPorts(database.pool, () => undefined)
})
afterAll(() => database?.drop())

describe('reading a channel on PostgreSQL', () => {
  channelReaderContract(() => stores)
})
describe('members on PostgreSQL', () => {
  memberStoreContract(() => stores)
})
describe('importing on PostgreSQL', () => {
  importStoreContract(() => stores)
})
