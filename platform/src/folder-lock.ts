import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { err, ok, type Result } from '@glasshouse/kernel'
import { errorCode, folderFailure, type EmbeddedPostgresError, type FolderHolder } from './embedded-postgres-error.ts'

/**
 * One process per data folder.
 *
 * A pid file alone cannot do it: a pid is reused after a restart, two containers on one volume both have pid 1, and two
 * starters that find a stale file can each remove what the other has just written. What is needed is a lock of the operating
 * system, which ends with its process however that dies. Node has no call for it, but SQLite, which is part of Node, takes just
 * such a lock on each system for `begin exclusive`; so the lock is an empty SQLite file with a transaction that never ends.
 * Who holds it is written beside it, for the message to the second one.
 */
export interface FolderLock extends AsyncDisposable {
  release(): Promise<void>
}

const LOCK_FILE = 'owner.lock'
const OWNER_FILE = 'owner.json'
/** A holder writes its name just after it took the lock: the reader looks again a few times. */
const OWNER_READS_MAX = 20
const OWNER_READ_DELAY_MS = 25

/** Takes the lock of an existing `folder`, or says who has it. Never waits for it. */
export async function lockFolder(
  folder: string,
  role: string,
  ownerName = 'another process',
): Promise<Result<FolderLock, EmbeddedPostgresError>> {
  const owner = join(folder, OWNER_FILE)
  const draft = `${owner}.${randomBytes(6).toString('hex')}`
  try {
    // Written before the lock is tried: what the file system has against it is said by errno, and not in SQLite's words.
    await writeFile(draft, JSON.stringify({ pid: process.pid, role }), { mode: 0o644 })
    const database = openLock(join(folder, LOCK_FILE))
    if (database === undefined) {
      await rm(draft, { force: true })
      return err(inUse(folder, ownerName, await readHolder(owner)))
    }
    await rename(draft, owner)
    let held = true
    const release = async (): Promise<void> => {
      if (!held) return
      held = false
      await rm(owner, { force: true }).catch(() => undefined)
      database.close()
    }
    return ok({ release, [Symbol.asyncDispose]: release })
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    return err(folderFailure(folder, error))
  }
}

function openLock(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // Without a journal nothing is written, so that a full disk does not hide who holds the lock.
    database.exec('pragma journal_mode = off; begin exclusive')
    return database
  } catch (error) {
    database.close()
    if (errorCode(error) === 'ERR_SQLITE_ERROR' && /locked|busy/i.test(String(error))) return undefined
    throw error
  }
}

function inUse(folder: string, ownerName: string, holder: FolderHolder | undefined): EmbeddedPostgresError {
  const who = holder === undefined ? ownerName : `${ownerName} with pid ${holder.pid} (${holder.role})`
  const message = `the folder ${folder} is in use by ${who}: stop it first, or choose another folder`
  return { kind: 'folder-in-use', message, holder }
}

async function readHolder(path: string): Promise<FolderHolder | undefined> {
  for (let read = 0; read < OWNER_READS_MAX; read++) {
    try {
      const holder: unknown = JSON.parse(await readFile(path, 'utf8'))
      if (typeof holder === 'object' && holder !== null && 'pid' in holder && 'role' in holder) {
        return { pid: Number(holder.pid), role: String(holder.role) }
      }
    } catch {
      // Not written yet.
    }
    await delay(OWNER_READ_DELAY_MS)
  }
  return undefined
}
