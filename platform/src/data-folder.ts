import { mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { err, ok, type Result } from '@glasshouse/kernel'
import { errorCode, failure, folderFailure, type EmbeddedPostgresError } from './embedded-postgres-error.ts'

/** The user that the server runs as, when it is not the one that runs this. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
  /** The words before a program that let it through folders which are closed to the user: see folder-pass.ts. */
  readonly pass?: readonly string[]
}

const OTHERS_MAY_PASS = 0o711
const OWNER_ONLY = 0o700

/**
 * Makes the data folder when it is missing, and returns its real path. Under root others may pass through it (but not list it),
 * because the server is another user there; secrets in it are protected by their own mode.
 */
export async function makeDataFolder(folder: string): Promise<Result<string, EmbeddedPostgresError>> {
  try {
    await makeFolders(resolve(folder))
    const path = await realpath(folder)
    if (!(await stat(path)).isDirectory()) return err(folderFailure(folder, { code: 'ENOTDIR' }))
    return ok(path)
  } catch (error) {
    return err(folderFailure(folder, error))
  }
}

/** Parent by parent: where `recursive` of Node fails on a read-only file system, it says "no such file" instead of why. */
async function makeFolders(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (found !== undefined) return
  await makeFolders(dirname(path))
  await mkdir(path, { mode: process.getuid?.() === 0 ? OTHERS_MAY_PASS : OWNER_ONLY }).catch((error: unknown) => {
    // Another process has made it meanwhile.
    if (errorCode(error) !== 'EEXIST') throw error
  })
}

/** The first folder on the way to `path`, itself included, that `user` may not enter; judged by its mode. */
export async function findClosedFolder(path: string, user: ServerUser): Promise<string | undefined> {
  const way: string[] = []
  for (let folder = path; ; folder = dirname(folder)) {
    way.unshift(folder)
    if (dirname(folder) === folder) break
  }
  for (const folder of way) {
    const { mode, uid, gid } = await stat(folder)
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
    if (((mode >> shift) & 1) === 0) return folder
  }
  return undefined
}

export function closedFolder(dataFolder: string, closed: string, user: ServerUser): EmbeddedPostgresError {
  const remedy =
    closed === dataFolder
      ? `allow it with: chmod o+x ${closed}`
      : 'choose a data folder outside of it, for example in /var/lib, or start it as the user who owns the folder'
  return failure(
    'folder-closed',
    `PostgreSQL does not run as root, and its user ${user.name} may not enter ${closed} to reach the data folder ${dataFolder}: ${remedy}`,
  )
}
