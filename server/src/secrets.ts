/** Secrets that nobody has to think of: made on first start, kept in the data folder, readable by its owner only. */
import { randomBytes } from 'node:crypto'
import { chmod, link, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '@glasshouse/kernel'

export interface Secrets {
  /** Seals browsers' cookies. */
  readonly session: Buffer
  /** Signs programs' tokens; the first signs, all verify. */
  readonly jwt: readonly Buffer[]
  /** Of the embedded PostgreSQL's owner. */
  readonly databasePassword: string
}

const FILE = 'secrets.json'
const SECRET_BYTES = 64
const OWNER_ONLY = 0o600

interface Stored {
  readonly session_secret: string
  readonly jwt_secret: string
  readonly database_password: string
}

/** Reads the secrets of a data folder, or makes them. Fails with one line when the file is there and cannot be used. */
export async function loadSecrets(dataFolder: string): Promise<Result<Secrets, string>> {
  const path = join(dataFolder, FILE)
  try {
    const stored = (await read(path)) ?? (await make(path))
    if (typeof stored === 'string') return err(stored)
    return ok({
      session: Buffer.from(stored.session_secret, 'base64url'),
      jwt: [Buffer.from(stored.jwt_secret, 'base64url')],
      databasePassword: stored.database_password,
    })
  } catch (error) {
    return err(`${path} cannot be read or written: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function read(path: string): Promise<Stored | string | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  // Somebody may have copied the folder with looser modes: others on this machine must not read it.
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) await chmod(path, OWNER_ONLY)
  return (
    parse(text) ??
    `${path} is damaged: restore it from a backup; without it the database of this folder cannot be opened`
  )
}

function parse(text: string): Stored | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const stored = value as Record<keyof Stored, unknown>
    const sound = [stored.session_secret, stored.jwt_secret, stored.database_password].every(
      (each) => typeof each === 'string' && each.length >= 32,
    )
    return sound ? (value as Stored) : undefined
  } catch {
    return undefined
  }
}

/** Two starters at once must end with the same secrets: the file appears whole or not at all, and the first one stays. */
async function make(path: string): Promise<Stored | string> {
  const secret = (): string => randomBytes(SECRET_BYTES).toString('base64url')
  const made: Stored = {
    session_secret: secret(),
    jwt_secret: secret(),
    database_password: randomBytes(32).toString('base64url'),
  }
  const draft = `${path}.${process.pid}`
  try {
    const file = await open(draft, 'w', OWNER_ONLY)
    try {
      await file.writeFile(JSON.stringify(made, undefined, 2) + '\n')
      // The database is made with this password next: it must not be lost to a power cut in between.
      await file.sync()
    } finally {
      await file.close()
    }
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  return (await read(path)) ?? `${path} vanished while it was being made`
}
