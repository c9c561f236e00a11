import { fileURLToPath } from 'node:url'
import { systemClock } from '@glasshouse/kernel'
import type { Pool } from '@glasshouse/platform'
import type { ChatPorts } from '../application/ports.ts'
import type { PresenceBounds } from '../domain/device-presence.ts'
import { MemoryDeviceBoard } from './memory-device-board.ts'
import { createOutboxChangeRelay } from './outbox-change-relay.ts'
import { createPostgresChannelReader } from './postgres-channel-reader.ts'
import { createPostgresChannelStore } from './postgres-channel-store.ts'
import { createPostgresDraftStore } from './postgres-draft-store.ts'
import { createPostgresGroupStore } from './postgres-group-store.ts'
import { createPostgresImportStore } from './postgres-import-store.ts'
import { createPostgresMemberStore } from './postgres-member-store.ts'
import { createPostgresMessageChanges } from './postgres-message-changes.ts'
import { createPostgresMessageLog } from './postgres-message-log.ts'
import { createPostgresModerationStore } from './postgres-moderation-store.ts'
import { createPostgresPersonalStore } from './postgres-personal-store.ts'
import { createPostgresPresenceStore } from './postgres-presence-store.ts'
import { createPostgresReadStateStore } from './postgres-read-state-store.ts'
import { createPostgresReminderStore } from './postgres-reminder-store.ts'
import { createPostgresRestrictionStore } from './postgres-restriction-store.ts'
import { createPostgresScheduledStore } from './postgres-scheduled-store.ts'
import { createPostgresUserReplica } from './postgres-user-replica.ts'
import { createPostgresUserStreamReader } from './postgres-user-stream-reader.ts'

/** For the platform's `migrate`. */
export const CHAT_SCHEMA = 'chat'
export const CHAT_MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))

const PRESENCE_BOUNDS: PresenceBounds = { idleAfterMs: 300_000, offlineAfterMs: 30_000 }
/** Who comes and goes faster is no news. */
const PRESENCE_SWEEP_INTERVAL_MS = 250

type PostgresChatPorts = Pick<
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
  | 'presence'
  | 'devices'
  | 'readStates'
  | 'drafts'
  | 'scheduled'
  | 'reminders'
  | 'moderation'
  | 'restrictions'
  | 'imports'
  | 'createRelay'
>

/**
 * Chat's ports on PostgreSQL, and in memory what is of the moment. Group commit holds up to `batchesInFlightMax` (4) connections of the
 * pool, the relay one.
 */
export function createPostgresChatPorts(
  pool: Pool,
  log: (line: string) => void,
  presenceBounds: PresenceBounds = PRESENCE_BOUNDS,
): PostgresChatPorts {
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
    presence: createPostgresPresenceStore(pool),
    devices: new MemoryDeviceBoard({
      ...presenceBounds,
      clock: systemClock,
      sweepIntervalMs: PRESENCE_SWEEP_INTERVAL_MS,
    }),
    readStates: createPostgresReadStateStore(pool),
    drafts: createPostgresDraftStore(pool),
    scheduled: createPostgresScheduledStore(pool),
    reminders: createPostgresReminderStore(pool),
    moderation: createPostgresModerationStore(pool),
    restrictions: createPostgresRestrictionStore(pool),
    imports: createPostgresImportStore(pool),
    createRelay: createOutboxChangeRelay(pool, log),
  }
}
