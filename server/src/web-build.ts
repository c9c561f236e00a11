/**
 * The web app is built by `npm start` when what it is made of has changed, so that nobody has to think of building, and a second
 * start costs a few milliseconds. A build lies in a folder that is named by the hash of what it was made of, and gets that name when
 * it is whole: a build that broke off is never taken for one, and a server that runs keeps its files when another one builds anew.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { err, ok, type Result } from '@glasshouse/kernel'
import { lockFolder } from '@glasshouse/platform'
import { childEnvironment } from './config.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const WEB_FOLDER = join(ROOT, 'web')
const BUILDS_FOLDER = join(WEB_FOLDER, 'build')
/** The one in use, and the one before it, which may still be in use by a server that runs. */
const BUILDS_KEPT = 2
const LOCK_FOLDER = join(WEB_FOLDER, '.svelte-kit')
const INPUTS = [
  'web/src',
  'web/static',
  'web/package.json',
  'web/vite.config.ts',
  'web/tsconfig.json',
  'client/src',
  'contracts/src',
  'kernel/src',
  'package-lock.json',
]
const BUILD_TIMEOUT_MS = 300_000
const LOCK_TRY_MS = 250
const OUTPUT_CHARACTERS_MAX = 20_000
const STOPPED = 'the build of the web app was stopped'

/** Makes sure that there is a build of the present sources. Returns the module that exports its handler. */
export async function buildWeb(
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<Result<{ handlerFile: string; built: boolean }, string>> {
  const folder = join(BUILDS_FOLDER, await hashInputs())
  const handlerFile = join(folder, 'handler.js')
  if (existsSync(handlerFile)) return ok({ handlerFile, built: false })
  const lock = await lockBuild(signal)
  if (!lock.ok) return lock
  await using held = lock.value
  void held
  // Another start may have built it while this one waited.
  if (existsSync(handlerFile)) return ok({ handlerFile, built: false })
  log('Building the web app; this happens once, and after an upgrade.')
  const draft = `${folder}.draft`
  await rm(draft, { recursive: true, force: true })
  const built = await runBuild(draft, signal)
  if (!built.ok) return built
  await rename(draft, folder)
  await removeOldBuilds(folder)
  return ok({ handlerFile, built: true })
}

async function removeOldBuilds(current: string): Promise<void> {
  const others: { path: string; madeMs: number }[] = []
  for (const name of await readdir(BUILDS_FOLDER)) {
    const path = join(BUILDS_FOLDER, name)
    if (path !== current) others.push({ path, madeMs: (await stat(path)).mtimeMs })
  }
  const old = others.toSorted((a, b) => b.madeMs - a.madeMs).slice(BUILDS_KEPT - 1)
  for (const { path } of old) await rm(path, { recursive: true, force: true })
}

async function lockBuild(signal: AbortSignal | undefined): Promise<Result<AsyncDisposable, string>> {
  try {
    await mkdir(LOCK_FOLDER, { recursive: true })
  } catch (error) {
    return err(
      `the web app must be built, and ${WEB_FOLDER} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const triesMax = BUILD_TIMEOUT_MS / LOCK_TRY_MS
  for (let tries = 0; ; tries++) {
    const lock = await lockFolder(LOCK_FOLDER, 'web build')
    if (lock.ok) return ok(lock.value)
    if (lock.error.kind !== 'folder-in-use' || tries >= triesMax)
      return err(`the web app cannot be built: ${lock.error.message}`)
    if (signal?.aborted === true) return err(STOPPED)
    await delay(LOCK_TRY_MS)
  }
}

async function hashInputs(): Promise<string> {
  const files: string[] = []
  for (const input of INPUTS) {
    const path = join(ROOT, input)
    if (!existsSync(path)) continue
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
    if (entries === undefined) files.push(path)
    else
      files.push(
        ...entries
          .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
          .map((entry) => join(entry.parentPath, entry.name)),
      )
  }
  const hash = createHash('sha256')
  for (const file of files.sort())
    hash
      .update(relative(ROOT, file))
      .update('\0')
      .update(await readFile(file))
      .update('\0')
  return hash.digest('hex').slice(0, 16)
}

async function runBuild(out: string, signal: AbortSignal | undefined): Promise<Result<void, string>> {
  const vite = join(
    dirname(createRequire(join(WEB_FOLDER, 'package.json')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  )
  // The same Node as this one: the machine's own may be too old for Vite.
  const child = spawn(process.execPath, [resolve(vite), 'build', '--logLevel', 'warn'], {
    cwd: WEB_FOLDER,
    env: childEnvironment({ GLASSHOUSE_WEB_BUILD: out }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BUILD_TIMEOUT_MS,
  })
  const giveUp = (): void => void child.kill()
  signal?.addEventListener('abort', giveUp, { once: true })
  if (signal?.aborted === true) giveUp()
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const code = await new Promise<number | null>((done) => {
    child.on('error', () => done(null))
    child.on('close', done)
  })
  signal?.removeEventListener('abort', giveUp)
  if (signal?.aborted === true) return err(STOPPED)
  return code === 0 ? ok() : err(`the web app could not be built (exit code ${code ?? 'none'}):\n${output.trim()}`)
}
