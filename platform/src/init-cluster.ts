import { spawn } from 'node:child_process'
import { chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { ServerUser } from './data-folder.ts'
import {
  errorCode,
  failure,
  folderFailure,
  serverFailure,
  startStopped,
  type EmbeddedPostgresError,
} from './embedded-postgres-error.ts'
import { callAs } from './folder-pass.ts'
import { OutputTail } from './output-tail.ts'
import type { NativeFolder } from './native-folder.ts'

/** The role that may do everything on the server. The program itself works as the owner of its one database. */
export const ADMIN_ROLE = 'postgres'

const DRAFT_PREFIX = 'postgres-draft-'
const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const GIVE_UP_MS = 1_500

export interface ClusterPlace {
  readonly dataFolder: string
  readonly clusterFolder: string
  readonly user: ServerUser | undefined
  readonly native: NativeFolder
}

/**
 * Makes the cluster when there is none. initdb works in a draft folder, which takes its final name when it is whole: an initdb
 * that was killed, or that ran out of disk, leaves a draft, which the next start removes, and never half a cluster.
 */
export async function ensureCluster(
  place: ClusterPlace,
  password: string,
  signal?: AbortSignal,
): Promise<Result<void, EmbeddedPostgresError>> {
  const { dataFolder, clusterFolder, native } = place
  try {
    await removeDrafts(dataFolder)
    const entries = await listFolder(clusterFolder)
    if (entries.length === 0) {
      await rm(clusterFolder, { recursive: true, force: true })
      return await makeCluster(place, password, signal)
    }
    if (!entries.includes('PG_VERSION')) {
      return err(
        failure(
          'damaged',
          `${clusterFolder} is not a PostgreSQL cluster (no PG_VERSION in it): move it away, or choose another data folder`,
        ),
      )
    }
    const found = (await readFile(join(clusterFolder, 'PG_VERSION'), 'utf8')).trim()
    if (found !== String(native.majorVersion)) {
      return err(
        failure(
          'wrong-version',
          `the database in ${clusterFolder} was made by PostgreSQL ${found}, and this is ${native.majorVersion}: start the version it was made by and move it over with export and import`,
        ),
      )
    }
    return ok()
  } catch (error) {
    return err(folderFailure(clusterFolder, error))
  }
}

async function listFolder(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** An initdb that outlived its program may still be writing into its draft; what cannot be removed now, the next start removes. */
async function removeDrafts(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (!name.startsWith(DRAFT_PREFIX)) continue
    await rm(join(dataFolder, name), { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOTEMPTY') throw error
    })
  }
}

async function makeCluster(
  place: ClusterPlace,
  password: string,
  signal: AbortSignal | undefined,
): Promise<Result<void, EmbeddedPostgresError>> {
  const draft = await mkdtemp(join(place.dataFolder, DRAFT_PREFIX))
  try {
    const cluster = join(draft, 'cluster')
    const passwordFile = join(draft, 'password')
    await mkdir(cluster, { mode: PRIVATE_FOLDER })
    await writeFile(passwordFile, `${password}\n`, { mode: PRIVATE_FILE })
    if (place.user !== undefined) {
      for (const path of [draft, cluster, passwordFile]) await chown(path, place.user.uid, place.user.gid)
    }
    const output = await runInitdb(place, { cluster, passwordFile, signal })
    if (signal?.aborted === true) return err(startStopped())
    if (output !== undefined) return err(serverFailure(place.dataFolder, output))
    await rename(cluster, place.clusterFolder)
    await syncFolder(place.dataFolder)
    return ok()
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Returns undefined when it went well, else what it said. */
async function runInitdb(
  place: ClusterPlace,
  {
    cluster,
    passwordFile,
    signal,
  }: { readonly cluster: string; readonly passwordFile: string; readonly signal: AbortSignal | undefined },
): Promise<readonly string[] | undefined> {
  const args = [
    `--pgdata=${cluster}`,
    `--username=${ADMIN_ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Order and case come from PostgreSQL itself. The system's C library or ICU may change its order with an update, and then
    // every text index is silently wrong; C.UTF-8 of the builtin provider is the same on each system, and the fastest.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]
  const tail = new OutputTail()
  return new Promise((resolve) => {
    const call = callAs(place.user, place.native.initdb, args)
    const child = spawn(call.command, call.args, {
      ...serverProcess(place),
      ...call.as,
      // A session of its own, as the server has: Ctrl-C in a terminal is for us.
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const giveUp = (): void => {
      child.kill('SIGTERM')
      // It ends after the step that is under way, and removes what it has made; the draft is removed anyway.
      setTimeout(() => child.kill('SIGKILL'), GIVE_UP_MS).unref()
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted === true) giveUp()
    child.stderr?.on('data', (chunk: Buffer) => tail.add(chunk))
    child.on('error', (error) => resolve([String(error)]))
    child.on('close', (code) => {
      signal?.removeEventListener('abort', giveUp)
      resolve(code === 0 ? undefined : tail.lines())
    })
  })
}

/** What each of PostgreSQL's programs gets: nothing of our environment, and English messages. As whom: callAs. */
export function serverProcess(place: ClusterPlace): { cwd: string; env?: NodeJS.ProcessEnv } {
  // Windows programs do not start without some of the system's own variables.
  const env = process.platform === 'win32' ? {} : { env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } }
  return { cwd: place.dataFolder, ...env }
}

/** So that the new name survives a power cut. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
