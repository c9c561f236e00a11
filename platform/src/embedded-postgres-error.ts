/**
 * Why an embedded PostgreSQL could not be started. `message` is one line for a person: what is wrong, where, and what to do.
 * `kind` is for programs.
 */
export type EmbeddedPostgresError =
  | { readonly kind: 'folder-in-use'; readonly message: string; readonly holder: FolderHolder | undefined }
  | { readonly kind: EmbeddedPostgresErrorKind; readonly message: string }

export interface FolderHolder {
  readonly pid: number
  /** What the holder calls itself, for example `server` or `import`. */
  readonly role: string
}

export type EmbeddedPostgresErrorKind =
  /** No binaries for this operating system and processor, or they do not run. */
  | 'binaries'
  /** Runs as root, and no system user for the server could be found or made; or the user id has no name. */
  | 'system-user'
  /** A folder on the way may not be entered by the user that the server runs as. */
  | 'folder-closed'
  /** The data folder cannot be made or written: read-only, not permitted, not a folder. */
  | 'folder-unusable'
  | 'disk-full'
  /** The cluster belongs to another user than the one that runs this. */
  | 'wrong-owner'
  | 'wrong-version'
  /** The cluster's files are incomplete or corrupted. */
  | 'damaged'
  /** A server runs on the cluster, but does not take our password. */
  | 'wrong-password'
  /** A server runs on the cluster, but does not answer in time; or the started one does not get ready in time. */
  | 'not-answering'
  | 'start-failed'
  /** The caller gave the start up. */
  | 'stopped'

export function failure(kind: EmbeddedPostgresErrorKind, message: string): EmbeddedPostgresError {
  return { kind, message }
}

export function startStopped(): EmbeddedPostgresError {
  return failure('stopped', 'the start was stopped')
}

/** The text of anything thrown, in one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replace(/\s+/g, ' ').trim()
}

export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What a failed file operation in `folder` means. */
export function folderFailure(folder: string, error: unknown): EmbeddedPostgresError {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(folder)
    case 'EROFS':
      return failure(
        'folder-unusable',
        `${folder} is on a read-only file system: choose a data folder that can be written`,
      )
    case 'EACCES':
    case 'EPERM':
      return failure(
        'folder-unusable',
        `${folder} may not be written by this user: give the user write access, or choose another data folder`,
      )
    case 'ENOTDIR':
    case 'EEXIST':
      return failure('folder-unusable', `${folder} is not a folder: choose another data folder`)
    default:
      return failure('folder-unusable', `${folder} cannot be used as the data folder: ${oneLine(error)}`)
  }
}

function diskFull(folder: string): EmbeddedPostgresError {
  return failure('disk-full', `the disk that holds ${folder} is full: free some space on it and start again`)
}

/** What the last words of a server or an initdb that ended mean. The server is started with English messages. */
export function serverFailure(folder: string, output: readonly string[]): EmbeddedPostgresError {
  const text = output.join('\n')
  if (/No space left on device|Disk quota exceeded|not enough space/i.test(text)) return diskFull(folder)
  if (/Read-only file system/i.test(text)) return folderFailure(folder, { code: 'EROFS' })
  if (/could not look up effective user ID/i.test(text)) {
    return failure(
      'system-user',
      'the user id that runs this has no user name, and PostgreSQL needs one: run as a user of /etc/passwd',
    )
  }
  if (/has wrong ownership|Permission denied/i.test(text)) {
    return failure(
      'wrong-owner',
      `PostgreSQL may not use its files in ${folder}: run as the user who owns them (${lastWords(output)})`,
    )
  }
  if (/has invalid permissions/i.test(text)) {
    return failure(
      'wrong-owner',
      `the permissions of ${folder} let others in, and PostgreSQL refuses that: chmod 700 ${folder}`,
    )
  }
  if (/database files are incompatible/i.test(text)) {
    return failure(
      'wrong-version',
      `${folder} was made by another version of PostgreSQL: restore a backup into a new data folder`,
    )
  }
  if (/checkpoint record|pg_control|invalid data in file|could not open (file|directory)|PANIC:|checksum/i.test(text)) {
    return failure(
      'damaged',
      `the database in ${folder} is damaged, restore a backup into a new data folder (${lastWords(output)})`,
    )
  }
  if (/could not (map|create|resize) (anonymous )?shared memory|out of memory|Cannot allocate memory/i.test(text)) {
    return failure('start-failed', `PostgreSQL gets no memory on this machine: free some (${lastWords(output)})`)
  }
  return failure('start-failed', `PostgreSQL in ${folder} did not start: ${lastWords(output)}`)
}

/** The line that matters: the last FATAL or PANIC or error, else the last one. */
function lastWords(output: readonly string[]): string {
  const telling = output.findLast((line) => /FATAL:|PANIC:|error:/i.test(line)) ?? output.at(-1) ?? 'it said nothing'
  return oneLine(telling.replace(/^.*?(?=FATAL:|PANIC:)/, '')).slice(0, 300)
}
