import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ServerUser } from './data-folder.ts'

/**
 * A pass for PostgreSQL through folders that only root may enter.
 *
 * PostgreSQL refuses to run as root, so under root it runs as a system user; and a project that root has cloned into its own home
 * lies where that user may not go. Opening the home to everybody is not ours to do, and neither is keeping the data elsewhere than
 * the operator expects it. Linux has something narrower: one single capability, to pass through folders, that a process keeps over
 * a change of user. `setpriv` (util-linux, on each Linux that is no bare busybox) gives it to one program, takes away every other,
 * and forbids to gain any again. It is used only when a folder on the way is closed.
 */
const run = promisify(execFile)
const PROBE_TIMEOUT_MS = 5_000
/** The narrower one first: containers are often left with the second only. */
const CAPABILITIES = ['dac_read_search', 'dac_override'] as const

/** The words before a program that run it as `user` with the pass; undefined when this system has no such thing. */
export async function findFolderPass(
  user: ServerUser,
  folder: string,
  commandPath: string,
): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux') return undefined
  for (const capability of CAPABILITIES) {
    const [command = '', ...words] = passWords(user, capability)
    const entered = await run(command, [...words, '/bin/sh', '-c', 'cd "$1"', 'sh', folder], {
      cwd: '/',
      env: { PATH: commandPath },
      timeout: PROBE_TIMEOUT_MS,
    }).then(
      () => true,
      () => false,
    )
    if (entered) return [command, ...words]
  }
  return undefined
}

function passWords(user: ServerUser, capability: string): readonly string[] {
  const only = `-all,+${capability}`
  return [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    `--bounding-set=${only}`,
    // Without it the system call that asks "may I run this file?" answers for a process without the capability.
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
    '--',
  ]
}

export interface ProgramCall {
  readonly command: string
  readonly args: string[]
  readonly as: { readonly uid?: number; readonly gid?: number }
}

/** How to run a program as the server's user: with the pass when the user has one. */
export function callAs(user: ServerUser | undefined, program: string, args: readonly string[]): ProgramCall {
  const [command, ...words] = user?.pass ?? []
  if (command !== undefined) return { command, args: [...words, program, ...args], as: {} }
  return { command: program, args: [...args], as: user === undefined ? {} : { uid: user.uid, gid: user.gid } }
}
