/** Those who are measured side by side: how each is installed, started and spoken to. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Greeting } from '../load/subscriber.ts'
import { pinned } from '../machine/cores.ts'
import { INSPECTABLE } from '../machine/inspected-process.ts'

const FOLDER = fileURLToPath(new URL('../../contestants', import.meta.url))
const MEMORY_GATEWAY = fileURLToPath(new URL('memory-gateway.ts', import.meta.url))
const ANY_CHANNEL = '01890000-0000-7000-8000-000000000000'
const START_TIMEOUT_MS = 30_000

export type ContestantName = 'ours' | 'ws' | 'socket.io' | 'bun'
export const CONTESTANTS: readonly ContestantName[] = ['ours', 'bun', 'ws', 'socket.io']

export interface ContestantVersions {
  readonly ws: string
  readonly 'socket.io': string
  readonly bun: string
}

/** A running contestant, and what the load generator has to say to it. */
export interface Contestant extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  readonly subscribing: Greeting
  readonly publishing: Greeting
  /** The frame that publishes a message of this content. */
  publishText(content: string): string
  /** Finds a line in what it writes. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
}

/** Installs the contestants when they are not there as their lockfile has them. Throws with npm's words when it cannot. */
export function installContestants(log: (line: string) => void): ContestantVersions {
  const lockfile = join(FOLDER, 'package-lock.json')
  const installed = join(FOLDER, 'node_modules/.package-lock.json')
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lockfile).mtimeMs) {
    log('installing the contestants')
    const args = ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error']
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  return {
    ws: versionOf('ws'),
    'socket.io': versionOf('socket.io'),
    bun: execFileSync(bunBinary(), ['--version'], { encoding: 'utf8' }).trim(),
  }
}

function versionOf(name: string): string {
  const manifest = readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** npm installs the one package that holds Bun's binary for this machine; its own installer script is not needed. */
function bunBinary(): string {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  const path = join(FOLDER, `node_modules/@oven/bun-${process.platform}-${arch}/bin/bun`)
  if (!existsSync(path)) throw new Error(`there is no Bun for ${process.platform} on ${process.arch} at ${path}`)
  return path
}

const node = process.execPath

export function startContestant(name: ContestantName): Promise<Contestant> {
  switch (name) {
    case 'ours':
      return start([node, MEMORY_GATEWAY], (channelId) => jsonDialect(channelId, ourGreetings(channelId)))
    case 'ws':
      return start([node, join(FOLDER, 'ws-loop.mjs')], () => jsonDialect(ANY_CHANNEL, plainGreetings()))
    case 'bun':
      return start([bunBinary(), join(FOLDER, 'bun-publish.mjs')], () => jsonDialect(ANY_CHANNEL, plainGreetings()))
    case 'socket.io':
      return start([node, join(FOLDER, 'socket-io.mjs')], () => socketIoDialect())
  }
}

type Greetings = Pick<Contestant, 'subscribing' | 'publishing'>
type Dialect = Greetings & Pick<Contestant, 'publishText'>

/** `connected` comes first, then the answer to `subscribe`. */
export function ourGreetings(channelId: string, token = 'any'): Greetings {
  const path = `/ws?token=${token}`
  return {
    subscribing: { path, send: { 1: JSON.stringify({ type: 'subscribe', channel_id: channelId }) }, readyAfter: 2 },
    publishing: { path, send: {}, readyAfter: 1 },
  }
}

function plainGreetings(): Greetings {
  return {
    subscribing: { path: '/ws', send: { 0: '{"type":"subscribe"}' }, readyAfter: 1 },
    publishing: { path: '/ws', send: {}, readyAfter: 0 },
  }
}

export function publishText(channelId: string, content: string): string {
  return JSON.stringify({ type: 'send_message', channel_id: channelId, content })
}

function jsonDialect(channelId: string, greetings: Greetings): Dialect {
  return { ...greetings, publishText: (content) => publishText(channelId, content) }
}

/** Engine.IO opens, Socket.IO connects (40), and events are 42 with a name and a value. */
function socketIoDialect(): Dialect {
  const path = '/socket.io/?EIO=4&transport=websocket'
  return {
    subscribing: { path, send: { 1: '40', 2: '42["subscribe"]' }, readyAfter: 3 },
    publishing: { path, send: { 1: '40' }, readyAfter: 2 },
    publishText: (content) => `42["send_message",${publishText(ANY_CHANNEL, content)}]`,
  }
}

async function start(command: readonly string[], dialectFor: (channelId: string) => Dialect): Promise<Contestant> {
  const [program = '', ...args] = pinned('server', command)
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...INSPECTABLE },
  })
  const output = watchOutput(child)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await output.ended
  }
  try {
    const [, port, channelId = ''] = await output.waitFor(/^listening (\d+)(?: (\S+))?$/m)
    return {
      pid: child.pid ?? -1,
      port: Number(port),
      waitFor: output.waitFor,
      ...dialectFor(channelId),
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function watchOutput(child: ChildProcess): { ended: Promise<void>; waitFor: Contestant['waitFor'] } {
  let text = ''
  let over = false
  let look = (): void => undefined
  const read = (chunk: Buffer): void => {
    text += chunk.toString('utf8')
    look()
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  const ended = new Promise<void>((done) => {
    child.once('error', (error) => (text += error.message))
    child.once('close', () => {
      over = true
      look()
      done()
    })
  })
  const waitFor = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((found, failed) => {
      const timer = setTimeout(() => {
        over = true
        look()
      }, START_TIMEOUT_MS)
      look = () => {
        const match = pattern.exec(text)
        if (match !== null) found(match)
        else if (over) failed(new Error(`no ${String(pattern)} in:\n${text}`))
        else return
        clearTimeout(timer)
        look = () => undefined
      }
      look()
    })
  return { ended, waitFor }
}
