import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '@glasshouse/kernel'
import pg from 'pg'
import { oneLine } from './embedded-postgres-error.ts'
import { isServerError, type Pool } from './postgres.ts'

/**
 * Forward-only SQL migrations of one schema. Files `NNNN-name.sql` are applied in the order of their numbers, each in a transaction
 * of its own together with its row in `<schema>.migrations`, so after a crash the next start goes on at the right file. A file that
 * was applied is history: it may not change, be renamed or vanish. What the database knows and the files do not, above them all,
 * was made by a newer program, and then nothing is touched.
 *
 * A file sees its own schema first (`search_path`), then `public` for extensions.
 */
export interface MigrateOptions {
  readonly schema: string
  readonly folder: string
  /** What the program is called in "made by a newer ...". */
  readonly programName?: string
  /** How long to wait for another starter that is migrating. */
  readonly lockTimeoutMs?: number
  /** Gives up: the file that is being applied is not kept. */
  readonly signal?: AbortSignal
}

export interface MigrateError {
  readonly kind: 'bad-files' | 'changed' | 'missing' | 'newer-database' | 'busy' | 'failed' | 'stopped'
  readonly message: string
}

interface MigrationFile {
  readonly number: number
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

interface AppliedRow {
  readonly number: number
  readonly name: string
  readonly sha256: string
}

const FILE_NAME = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/
const SCHEMA_NAME = /^[a-z][a-z0-9_]{0,62}$/
const LOCK_TIMEOUT_MS = 60_000
const LOCK_NOT_AVAILABLE = '55P03'
/** First half of the advisory lock's key, so that other uses of such locks do not meet ours; the second is the schema's hash. */
const LOCK_CLASS = 0x6d_69_67_72

/** Brings the schema up to date. Returns the names of the files that were applied now, in order. */
export async function migrate(pool: Pool, options: MigrateOptions): Promise<Result<readonly string[], MigrateError>> {
  const files = await readMigrations(options)
  if (!files.ok) return files
  // A connection of its own: a migration may take long, and the pool's bounds are for queries that somebody waits for. The lock
  // is the session's, and goes with it.
  const client = new pg.Client({ ...pool.options, statement_timeout: false, query_timeout: undefined })
  client.on('error', () => undefined)
  const giveUp = (): void => void client.end().catch(() => undefined)
  options.signal?.addEventListener('abort', giveUp, { once: true })
  try {
    await client.connect()
    await client.query(`set lock_timeout = ${options.lockTimeoutMs ?? LOCK_TIMEOUT_MS}`)
    await client.query('select pg_advisory_lock($1, hashtext($2))', [LOCK_CLASS, options.schema])
    return await migrateLocked(client, files.value, options)
  } catch (error) {
    if (options.signal?.aborted === true) return err({ kind: 'stopped', message: 'the migration was stopped' })
    if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error
    return err({
      kind: 'busy',
      message: `another process is migrating the schema ${options.schema}: wait for it and start again`,
    })
  } finally {
    options.signal?.removeEventListener('abort', giveUp)
    await client.end().catch(() => undefined)
  }
}

async function readMigrations({
  folder,
  schema,
}: MigrateOptions): Promise<Result<readonly MigrationFile[], MigrateError>> {
  if (!SCHEMA_NAME.test(schema)) return bad(`${JSON.stringify(schema)} is not a schema's name: a-z, 0-9 and _ only`)
  const files: MigrationFile[] = []
  for (const name of (await readdir(folder)).toSorted()) {
    if (!name.endsWith('.sql')) continue
    const match = FILE_NAME.exec(name)
    if (match === null) return bad(`${join(folder, name)} is not named like 0001-some-words.sql`)
    const number = Number(match[1])
    const previous = files.at(-1)
    if (previous?.number === number) return bad(`${previous.name} and ${name} in ${folder} have the same number`)
    // A checkout on Windows may change the ends of lines, which changes nothing.
    const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
    files.push({ number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') })
  }
  return files.length === 0 ? bad(`there are no migrations in ${folder}`) : ok(files)
}

function bad(message: string): Result<never, MigrateError> {
  return err({ kind: 'bad-files', message })
}

async function migrateLocked(
  client: pg.Client,
  files: readonly MigrationFile[],
  options: MigrateOptions,
): Promise<Result<readonly string[], MigrateError>> {
  const schema = pg.escapeIdentifier(options.schema)
  const applied = await readApplied(client, schema)
  const conflict = findConflict(files, applied, options)
  if (conflict !== undefined) return err(conflict)

  const last = applied.at(-1)?.number ?? 0
  const names: string[] = []
  for (const file of files.filter(({ number }) => number > last)) {
    const failed = await applyFile(client, file, schema)
    if (failed !== undefined) return err(failed)
    names.push(file.name)
  }
  return ok(names)
}

async function readApplied(client: pg.Client, schema: string): Promise<readonly AppliedRow[]> {
  await client.query(`create schema if not exists ${schema}`)
  await client.query(
    `create table if not exists ${schema}.migrations (
       number int primary key,
       name text not null,
       sha256 text not null,
       applied_at timestamptz not null default now()
     )`,
  )
  const { rows } = await client.query<AppliedRow>(
    `select number, name, sha256 from ${schema}.migrations order by number`,
  )
  return rows
}

function findConflict(
  files: readonly MigrationFile[],
  applied: readonly AppliedRow[],
  { schema, folder, programName = 'program' }: MigrateOptions,
): MigrateError | undefined {
  const known = new Map(files.map((file) => [file.number, file]))
  const newest = files.at(-1)?.number ?? 0
  const last = applied.at(-1)?.number ?? 0
  const newer = applied.find(({ number }) => number > newest)
  if (newer !== undefined) {
    return {
      kind: 'newer-database',
      message: `the database was made by a newer ${programName} (schema ${schema} has ${newer.name}): start that version or a later one`,
    }
  }
  for (const row of applied) {
    const file = known.get(row.number)
    if (file === undefined) {
      return {
        kind: 'missing',
        message: `${row.name} was applied to the schema ${schema}, but is not in ${folder}: put it back`,
      }
    }
    if (file.name !== row.name || file.sha256 !== row.sha256) {
      return {
        kind: 'changed',
        message: `${join(folder, file.name)} was changed after it had been applied (as ${row.name}): undo that, and write a new migration instead`,
      }
    }
    known.delete(row.number)
  }
  const late = [...known.values()].find(({ number }) => number < last)
  if (late === undefined) return undefined
  return {
    kind: 'bad-files',
    message: `${join(folder, late.name)} has a number below ${applied.at(-1)?.name}, which was applied already: give it the next number`,
  }
}

async function applyFile(client: pg.Client, file: MigrationFile, schema: string): Promise<MigrateError | undefined> {
  try {
    await client.query(`begin; set local search_path = ${schema}, public`)
    await client.query(file.sql)
    await client.query(`insert into ${schema}.migrations (number, name, sha256) values ($1, $2, $3)`, [
      file.number,
      file.name,
      file.sha256,
    ])
    await client.query('commit')
    return undefined
  } catch (error) {
    if (!isServerError(error)) throw error
    await client.query('rollback')
    return {
      kind: 'failed',
      message: `${file.name}${lineOf(file, error)} failed, and nothing of it was kept: ${oneLine(error)}`,
    }
  }
}

function lineOf(file: MigrationFile, error: unknown): string {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN
  return Number.isInteger(position) ? `:${file.sql.slice(0, position - 1).split('\n').length}` : ''
}
