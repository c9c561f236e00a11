export { fullJitterMs } from './backoff.ts'
export { makeDataFolder } from './data-folder.ts'
export type { EmbeddedPostgresError, FolderHolder } from './embedded-postgres-error.ts'
export {
  findRunningPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type RunningPostgres,
} from './embedded-postgres.ts'
export { RESTARTS, type RestartPolicy } from './keep-postmaster.ts'
export { lockFolder, type FolderLock } from './folder-lock.ts'
export {
  acquireInstanceLock,
  type InstanceHolder,
  type InstanceLock,
  type InstanceLockError,
  type InstanceLockOptions,
} from './instance-lock.ts'
export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export { migrate, type MigrateError, type MigrateOptions } from './migrate.ts'
export { findPostgresPrograms } from './native-folder.ts'
export { createOutboxRelay, type OutboxEvent, type OutboxRelay, type OutboxRelayOptions } from './outbox.ts'
export {
  createPool,
  isServerError,
  isUnavailable,
  transaction,
  waitUntilReady,
  type Pool,
  type PoolClient,
  type PoolOptions,
  type PostgresError,
  type Queryable,
} from './postgres.ts'
