import { fileURLToPath } from 'node:url'
import type { Pool } from '@glasshouse/platform'
import type { ChatPorts } from '../application/ports.ts'
import { createOutboxChangeRelay } from './outbox-change-relay.ts'
import { createPostgresChannelReader } from './postgres-channel-reader.ts'
import { createPostgresChannelStore } from './postgres-channel-store.ts'
import { createPostgresGroupStore } from './postgres-group-store.ts'
import { createPostgresImportStore } from './postgres-import-store.ts'
import { createPostgresMemberStore } from './postgres-member-store.ts'
import { createPostgresMessageChanges } from './postgres-message-changes.ts'
import { createPostgresMessageLog } from './postgres-message-log.ts'
import { createPostgresPersonalStore } from './postgres-personal-store.ts'
import { createPostgresUserReplica } from './postgres-user-replica.ts'
import { createPostgresUserStreamReader } from './postgres-user-stream-reader.ts'

/** For the platform's `migrate`. */
export const CHAT_SCHEMA = 'chat'
export const CHAT_MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Chat's ports on PostgreSQL. Group commit holds up to `batchesInFlightMax` (4) connections of the pool, the relay one. */
export function createPostgresChatPorts(
  pool: Pool,
  log: (line: string) => void,
): Pick<
  ChatPorts,
  | 'messages'
  | 'messageChanges'
  | 'channels'
  | 'members'
  | 'reader'
  | 'userStreams'
  | 'users'
  | 'groups'
  | 'personal'
  | 'imports'
  | 'createRelay'
> {
  return {
    messages: createPostgresMessageLog(pool),
    messageChanges: createPostgresMessageChanges(pool),
    channels: createPostgresChannelStore(pool),
    members: createPostgresMemberStore(pool),
    reader: createPostgresChannelReader(pool),
    userStreams: createPostgresUserStreamReader(pool),
    users: createPostgresUserReplica(pool),
    groups: createPostgresGroupStore(pool),
    personal: createPostgresPersonalStore(pool),
    imports: createPostgresImportStore(pool),
    createRelay: createOutboxChangeRelay(pool, log),
  }
}
