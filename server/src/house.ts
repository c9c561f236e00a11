/**
 * The services of a Glasshouse on one database, wired to each other: what one needs of another is a function call here, and an
 * event through the outbox of its owner. The server and the commands beside it run the same house.
 */
import { USER_EVENTS_TOPIC, type UserEvent } from '@glasshouse/contracts'
import { createChat, type Chat, type UserRecord } from '@glasshouse/chat'
import { CHAT_MIGRATIONS_FOLDER, CHAT_SCHEMA, createPostgresChatPorts } from '@glasshouse/chat/adapters'
import { createPostgresIdentity, identityMigrations, type PostgresIdentity } from '@glasshouse/identity/adapters'
import type { PersonSummary } from '@glasshouse/identity'
import { gatewayMigrations } from '@glasshouse/gateway/adapters'
import { err, ok, systemClock, type Result, type Service } from '@glasshouse/kernel'
import {
  createOutboxRelay,
  createPool,
  migrate,
  waitUntilReady,
  type Logger,
  type OutboxRelay,
  type Pool,
} from '@glasshouse/platform'
import type { Config } from './config.ts'
import type { Secrets } from './secrets.ts'

export interface House {
  readonly pool: Pool
  readonly identity: PostgresIdentity
  readonly chat: Chat
  /** In the order in which they start. */
  readonly services: readonly Service[]
  /** Which version of PostgreSQL it runs on. */
  readonly databaseVersion: string
  close(): Promise<void>
}

export interface HouseOptions {
  readonly config: Config
  readonly secrets: Secrets
  readonly connectionString: string
  /** `server`, or the name of the command. */
  readonly role: string
  readonly logger: Logger
  /** Gives the start up. */
  readonly signal?: AbortSignal
}

const READY_TIMEOUT_MS = 30_000
const RELAY_BATCH_MAX = 1_000
const RELAY_POLL_INTERVAL_MS = 1_000

/** Waits for the database, brings its schemas up to date, and wires the services; nothing of them runs yet. */
export async function openHouse(options: HouseOptions): Promise<Result<House, string>> {
  const { config, logger } = options
  const pool = createPool({
    connectionString: options.connectionString,
    connectionsMax: config.INFRA_DB_MAX_CONNECTIONS,
    applicationName: `glasshouse ${options.role}`,
    // A database that ends breaks them all at once: a line each, and no stack.
    onConnectionError: (error) => logger.warn(`a connection to the database broke: ${error.message}`),
  })
  const version = await prepare(pool, options.signal).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  if (!version.ok) {
    await pool.end()
    return version
  }
  return ok(wire(pool, version.value, options))
}

async function prepare(pool: Pool, signal: AbortSignal | undefined): Promise<Result<string, string>> {
  const given = signal === undefined ? {} : { signal }
  const ready = await waitUntilReady(pool, { timeoutMs: READY_TIMEOUT_MS, ...given })
  if (!ready.ok) return err(ready.error.message)
  const chatMigrations = { schema: CHAT_SCHEMA, folder: CHAT_MIGRATIONS_FOLDER }
  for (const migrations of [identityMigrations, chatMigrations, gatewayMigrations]) {
    const migrated = await migrate(pool, { ...migrations, programName: 'Glasshouse', ...given })
    if (!migrated.ok) return err(migrated.error.message)
  }
  return ready
}

function wire(pool: Pool, databaseVersion: string, { config, secrets, logger }: HouseOptions): House {
  const identity: PostgresIdentity = createPostgresIdentity({
    pool,
    settings: {
      registration: config.REGISTRATION,
      siteName: config.SITE_NAME,
      sessionCleanupIntervalS: config.SESSION_CLEANUP_INTERVAL_SECS,
    },
    sessionSecret: config.SESSION_SECRET[0] ?? secrets.session,
    jwtSecrets: config.JWT_SECRET.length > 0 ? config.JWT_SECRET : secrets.jwt,
    logger,
    onEventsWritten: () => userEvents.poke(),
  })
  const chatLog = (line: string): void => logger.warn(line)
  const chat: Chat = createChat({
    ...createPostgresChatPorts(pool, chatLog, {
      idleAfterMs: config.PRESENCE_IDLE_SECS * 1_000,
      offlineAfterMs: config.PRESENCE_OFFLINE_SECS * 1_000,
    }),
    fetchUsers: async (ids) => (await identity.usersByIds(ids)).map(toUserRecord),
    clock: systemClock,
    settings: {
      lobbyAccess: config.LOBBY_ACCESS,
      lobbyRateLimit: config.LOBBY_RATE_LIMIT,
      channelRateLimit: config.CHANNEL_RATE_LIMIT,
      newAccountRateLimit: config.NEW_ACCOUNT_RATE_LIMIT,
      changeRateLimit: config.MESSAGE_CHANGE_RATE_LIMIT,
    },
    limits: { queueMessagesMax: config.APPEND_QUEUE_MESSAGES_MAX },
    log: chatLog,
  })
  const userEvents: OutboxRelay = createOutboxRelay({
    pool,
    schema: 'identity',
    batchMax: RELAY_BATCH_MAX,
    pollIntervalMs: RELAY_POLL_INTERVAL_MS,
    log: (line) => logger.warn(line),
    deliver: async (events) => {
      for (const { topic, payload } of events) {
        if (topic !== USER_EVENTS_TOPIC) continue
        // Written by identity in the transaction of the change, by the schema of contracts.
        const event = payload as UserEvent
        identity.onUserEvent(event)
        await chat.onUserEvent(event)
      }
    },
  })
  return {
    pool,
    identity,
    chat,
    services: [...identity.services, ...chat.services, userEvents],
    databaseVersion,
    close: () => pool.end(),
  }
}

/** Identity's words for a person, in chat's. */
function toUserRecord({ accountCreatedAtMs, ...person }: PersonSummary): UserRecord {
  return { ...person, accountCreatedAtMs }
}
