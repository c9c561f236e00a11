import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { err, ok, type Result } from '@glasshouse/kernel'
import { errorCode, failure, oneLine, type EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { ServerUser } from './data-folder.ts'

const run = promisify(execFile)
const COMMAND_TIMEOUT_MS = 10_000
export const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

/** In the order in which they are tried: most systems, then busybox (Alpine). */
const USER_MAKERS: readonly (readonly string[])[] = [
  [
    'useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
  ],
  ['adduser', '-S', '-D', '-H', '-h', '/nonexistent', '-s', '/sbin/nologin'],
]

export interface ServerUserOptions {
  readonly clusterFolder: string
  /** Used when the cluster has no owner yet; made when it is missing. */
  readonly userName: string
  /** Where the commands are looked for. */
  readonly commandPath?: string
}

/**
 * As whom the server has to run: undefined for the user that runs this; under root, which PostgreSQL refuses, the owner of the
 * cluster, so that a cluster never changes hands; and before there is one, the system user `userName`.
 */
export async function findServerUser(
  options: ServerUserOptions,
): Promise<Result<ServerUser | undefined, EmbeddedPostgresError>> {
  if (process.getuid?.() !== 0) return ok(undefined)
  const owner = await stat(options.clusterFolder).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0)
    return ok({ uid: owner.uid, gid: owner.gid, name: `with id ${owner.uid}` })

  const commandPath = options.commandPath ?? SYSTEM_PATH
  const known = await lookUp(options.userName, commandPath)
  if (known !== undefined) return ok(known)
  const problem = await makeUser(options.userName, commandPath)
  const made = await lookUp(options.userName, commandPath)
  if (made !== undefined) return ok(made)
  return err(
    failure(
      'system-user',
      `PostgreSQL does not run as root, and its system user ${options.userName} could not be made (${problem}): ` +
        `make that user, or start as a user other than root`,
    ),
  )
}

async function makeUser(name: string, commandPath: string): Promise<string> {
  const problems: string[] = []
  for (const [command = '', ...args] of USER_MAKERS) {
    try {
      await run(command, [...args, name], { env: { PATH: commandPath }, timeout: COMMAND_TIMEOUT_MS })
      return ''
    } catch (error) {
      problems.push(errorCode(error) === 'ENOENT' ? `no ${command} on this system` : oneLine(error))
    }
  }
  return problems.join(', ')
}

async function lookUp(name: string, commandPath: string): Promise<ServerUser | undefined> {
  const ask = async (flag: string): Promise<number> => {
    const { stdout } = await run('id', [flag, name], { env: { PATH: commandPath }, timeout: COMMAND_TIMEOUT_MS })
    return Number(stdout.trim())
  }
  try {
    const [uid, gid] = [await ask('-u'), await ask('-g')]
    return Number.isInteger(uid) && uid !== 0 ? { uid, gid, name } : undefined
  } catch {
    return undefined
  }
}
