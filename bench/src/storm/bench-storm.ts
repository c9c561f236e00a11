/**
 * P5: a whole crowd of sessions comes back to a server that was restarted or killed, while somebody writes: how long until the last one
 * is current, whether anything was lost, repeated or refused, how long the event loop was blocked, and what those who are
 * there already notice. Every client is its own person with a sign-in of its own: nothing about them can be shared but the channels.
 */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { newChannel, newPerson, type Person } from '@glasshouse/e2e/rest'
import { dataFolder, startServer, type Server, type Settings } from '@glasshouse/e2e/start-server'
import { Pool } from 'pg'
import { databaseOf } from '../database.ts'
import { LoadGenerator } from '../load/load-generator.ts'
import { startPinned } from '../machine/cores.ts'
import type { ProfileSummary } from '../machine/cpu-profile.ts'
import { eventLoopDelay, watchEventLoop, type EventLoopDelay } from '../machine/event-loop-delay.ts'
import { InspectedProcess, INSPECTABLE } from '../machine/inspected-process.ts'
import { cpuTimeUs, openFilesMax, peakResidentBytes, residentBytes } from '../machine/process-figures.ts'
import { percentile } from '../statistics.ts'
import { makeCrowd } from './make-crowd.ts'
import type { CrowdState, Member, Return, ReturnFigures, StormCommands, TalkFigures } from './storm-commands.ts'
import { Zipf } from './zipf.ts'

export interface StormOptions {
  readonly sessions: number
  readonly streamsEach: number
  readonly channels: number
  /** Messages that are written before they come back, and a second while they do. */
  readonly messagesAway: number
  readonly messagesPerS: number
  readonly settings: Settings
}

/** What ended the server, and how the crowd comes back. */
export interface StormKind {
  readonly end: 'SIGTERM' | 'SIGKILL'
  readonly how: Return
}

export interface StormRun extends StormKind {
  /** From the signal until the server listens again. */
  readonly downMs: number
  /** From then (or, all at once, from the moment of release) until a client is greeted, and until it is current. */
  readonly resumedP50Ms: number
  readonly resumedLastMs: number
  readonly currentP50Ms: number
  readonly currentP95Ms: number
  readonly currentLastMs: number
  readonly resumed: number
  readonly refused: Readonly<Record<string, number>>
  /** Tries that found nobody listening. */
  readonly notConnected: number
  readonly eventLoop: EventLoopDelay
  readonly witnesses: TalkFigures
  readonly crowd: CrowdState
  readonly residentBytes: number
  readonly peakResidentBytes: number
  /** Of the server alone, from when it listens until all are current. */
  readonly serverCpuMs: number
}

export interface StormResult {
  readonly sessions: number
  readonly streamsEach: number
  readonly channels: number
  readonly messagesAway: number
  readonly messagesPerS: number
  readonly witnesses: number
  readonly calm: TalkFigures
  readonly runs: readonly StormRun[]
  /** Of one more storm, all at once, that is not counted. */
  readonly profile: ProfileSummary
}

const PROGRAM = fileURLToPath(new URL('storm-program.ts', import.meta.url))
const KINDS: readonly StormKind[] = [
  { end: 'SIGTERM', how: 'as_sdk' },
  { end: 'SIGKILL', how: 'as_sdk' },
  { end: 'SIGKILL', how: 'when_released' },
]
const WITNESSES = 20
const WITNESSED_PER_S = 20
const CALM_MS = 3_000
/** They stay this long when all are current, so that what the storm left behind is seen as well. */
const AFTER_MS = 1_000
/** As many addresses as a crowd of this size comes from: the bound for one address stays as it is. */
const SESSIONS_PER_ADDRESS = 100
const OTHER_FILES = 300
const STORED_TIMEOUT_MS = 120_000
const STORED_LOOK_MS = 500
const RETURN_TIMEOUT_MS = 180_000
const SEED = 5

/** Sessions of which the store knows all that there is. */
const UP_TO_DATE = `
  select count(*)::int as stored from gateway.live_sessions s
  where s.detached_at is null and s.positions <> '{}' and not exists (
    select from jsonb_each_text(s.positions) p
    join chat.channel_heads h on h.channel_id = substring(p.key from 9)::uuid
    where h.head > p.value::bigint)`

export async function benchStorm(options: StormOptions, log: (line: string) => void): Promise<StormResult> {
  const sessions = Math.min(options.sessions, openFilesMax() - OTHER_FILES)
  if (sessions < options.sessions)
    log(`only ${sessions} sessions: a process may open ${openFilesMax()} files (ulimit -n)`)
  await using storm = await Storm.prepare({ ...options, sessions }, log)
  const calm = await storm.talkInCalm()
  log(`calm: p99 ${calm.p99Ms.toFixed(1)} ms`)
  const runs: StormRun[] = []
  for (const kind of KINDS) {
    const run = await storm.run(kind)
    runs.push(run)
    log(
      `${kind.end}, ${kind.how}: down ${run.downMs.toFixed(0)} ms, resumed ${run.resumed} within ${run.resumedLastMs.toFixed(0)} ms, ` +
        `current p50 ${run.currentP50Ms.toFixed(0)} p95 ${run.currentP95Ms.toFixed(0)} last ${run.currentLastMs.toFixed(0)} ms, ` +
        `event loop max ${run.eventLoop.maxMs.toFixed(0)} ms p99 ${run.eventLoop.p99Ms.toFixed(1)} ms, ` +
        `witnesses p50 ${run.witnesses.p50Ms.toFixed(1)} p99 ${run.witnesses.p99Ms.toFixed(1)} max ${run.witnesses.maxMs.toFixed(0)} ms, ` +
        `refused ${JSON.stringify(run.refused)}, not connected ${run.notConnected}, ${JSON.stringify(run.crowd)}, ` +
        `server CPU ${run.serverCpuMs.toFixed(0)} ms, resident ${(run.residentBytes / 2 ** 20).toFixed(0)} peak ${(run.peakResidentBytes / 2 ** 20).toFixed(0)} MB`,
    )
  }
  const profile = await storm.profile()
  const { streamsEach, channels, messagesAway, messagesPerS } = options
  return { sessions, streamsEach, channels, messagesAway, messagesPerS, witnesses: WITNESSES, calm, runs, profile }
}

class Storm implements AsyncDisposable {
  readonly #options: StormOptions
  readonly #folder
  readonly #settings: Settings
  readonly #zipf: Zipf
  readonly #crowd = new LoadGenerator<StormCommands>(PROGRAM)
  readonly #witnesses = new LoadGenerator<StormCommands>(PROGRAM)
  #server: Server
  #pool: Pool
  #talker: Person
  #channelIds: readonly string[] = []
  #witnessed = ''

  private constructor(
    options: StormOptions,
    started: {
      folder: Awaited<ReturnType<typeof dataFolder>>
      settings: Settings
      server: Server
      talker: Person
      pool: Pool
    },
  ) {
    this.#options = options
    this.#folder = started.folder
    this.#settings = started.settings
    this.#server = started.server
    this.#talker = started.talker
    this.#pool = started.pool
    this.#zipf = new Zipf(options.channels, SEED)
  }

  static async prepare(options: StormOptions, log: (line: string) => void): Promise<Storm> {
    const folder = await dataFolder()
    const jwtSecret = randomBytes(64)
    const settings = { ...options.settings, ...INSPECTABLE, JWT_SECRET: jwtSecret.toString('base64url') }
    const server = await startPinned(() => startServer({ data: folder.path, settings }))
    const talker = await newPerson(server.url, 'talker')
    const connectionString = await databaseOf(folder.path)
    const pool = new Pool({ connectionString, max: 1 })
    pool.on('error', () => undefined)
    const storm = new Storm(options, { folder, settings, server, talker, pool })
    const count = options.sessions + WITNESSES
    log(`${count} people, ${options.channels} channels`)
    const tokens = await makeCrowd(connectionString, jwtSecret, { first: talker, count })
    await storm.#gather(tokens)
    return storm
  }

  async #gather(tokens: readonly string[]): Promise<void> {
    const { sessions, streamsEach, channels } = this.#options
    const ids: string[] = []
    for (let index = 0; index < channels; index++)
      ids.push(await newChannel(this.#server.url, this.#talker.token, `storm ${index}`))
    this.#channelIds = ids
    this.#witnessed = await newChannel(this.#server.url, this.#talker.token, 'witnesses')
    const members = tokens.map((token, index): Member => ({
      token,
      localAddress: `127.0.${1 + Math.floor(index / SESSIONS_PER_ADDRESS / 250)}.${2 + (Math.floor(index / SESSIONS_PER_ADDRESS) % 250)}`,
      streams:
        index < sessions
          ? this.#zipf.some(streamsEach).map((channel) => `channel:${ids[channel]}`)
          : [`channel:${this.#witnessed}`],
    }))
    await this.#crowd.run('gather', { port: this.#port, members: members.slice(0, sessions) })
    await this.#witnesses.run('gather', { port: this.#port, members: members.slice(sessions) })
    await this.#witnesses.run('prepareReturn', { how: 'at_once' })
    await this.#witnesses.run('openTalker', { url: this.#server.url, token: this.#talker.token })
  }

  get #port(): number {
    return Number(new URL(this.#server.url).port)
  }

  async talkInCalm(): Promise<TalkFigures> {
    await this.#beginTalk()
    await pause(CALM_MS)
    return this.#witnesses.run('endTalk', null)
  }

  async run(kind: StormKind): Promise<StormRun> {
    const downMs = await this.#restart(kind)
    const readyAtMs = performance.timeOrigin + performance.now()
    using inspected = await this.#inspect()
    await watchEventLoop(inspected)
    const { pid } = this.#server.command
    const cpuBeforeUs = cpuTimeUs(pid)
    const back = await this.#return(kind)
    const serverCpuMs = (cpuTimeUs(pid) - cpuBeforeUs) / 1_000
    await pause(AFTER_MS)
    const witnesses = await this.#witnesses.run('endTalk', null)
    const eventLoop = await eventLoopDelay(inspected)
    const crowd = await this.#compare()
    const fromMs = kind.how === 'when_released' ? back.firstTryAtMs : readyAtMs
    const after = (times: readonly number[], percent: number): number => percentile(times, percent) - fromMs
    return {
      ...kind,
      downMs,
      resumedP50Ms: after(back.resumedAtMs, 50),
      resumedLastMs: after(back.resumedAtMs, 100),
      currentP50Ms: after(back.currentAtMs, 50),
      currentP95Ms: after(back.currentAtMs, 95),
      currentLastMs: after(back.currentAtMs, 100),
      resumed: back.resumed,
      refused: back.refused,
      notConnected: back.notConnected,
      eventLoop,
      witnesses,
      crowd,
      residentBytes: residentBytes(pid),
      peakResidentBytes: peakResidentBytes(pid),
      serverCpuMs,
    }
  }

  async profile(): Promise<ProfileSummary> {
    const kind: StormKind = { end: 'SIGKILL', how: 'when_released' }
    await this.#restart(kind)
    using inspected = await this.#inspect()
    const summary = await inspected.profile(() => this.#return(kind))
    await this.#witnesses.run('endTalk', null)
    return summary
  }

  async #restart({ end, how }: StormKind): Promise<number> {
    await this.#sessionsStored()
    await this.#crowd.run('prepareReturn', { how })
    const started = performance.now()
    if (end === 'SIGTERM') await this.#server.stop()
    else await this.#server.crash()
    const port = String(this.#port)
    this.#server = await startPinned(() =>
      startServer({ data: this.#folder.path, settings: { ...this.#settings, PORT: port } }),
    )
    const downMs = performance.now() - started
    await this.#pool.end()
    this.#pool = new Pool({ connectionString: await databaseOf(this.#folder.path), max: 1 })
    this.#pool.on('error', () => undefined)
    return downMs
  }

  /** The witnesses are there first, then somebody writes, and the crowd comes. */
  async #return({ how }: StormKind): Promise<ReturnFigures> {
    await this.#witnesses.run('awaitReturn', { timeoutMs: RETURN_TIMEOUT_MS })
    await this.#witnesses.run('openTalker', { url: this.#server.url, token: this.#talker.token })
    await this.#witnesses.run('write', { channelIds: this.#draw(this.#options.messagesAway) })
    await this.#beginTalk()
    if (how === 'when_released') await this.#crowd.run('release', null)
    return this.#crowd.run('awaitReturn', { timeoutMs: RETURN_TIMEOUT_MS })
  }

  async #beginTalk(): Promise<void> {
    await this.#witnesses.run('beginTalk', {
      witnessed: this.#witnessed,
      witnessedPerS: WITNESSED_PER_S,
      others: this.#draw(1_000),
      othersPerS: this.#options.messagesPerS,
    })
  }

  #draw(count: number): string[] {
    return Array.from({ length: count }, () => this.#channelIds[this.#zipf.next()] ?? '')
  }

  #inspect(): Promise<InspectedProcess> {
    const { command } = this.#server
    return InspectedProcess.attach(command.pid, (pattern) => command.waitFor(pattern))
  }

  /** Waits until everybody has answered a heartbeat since the last message, and that is stored: as it is in a house at rest. */
  async #sessionsStored(): Promise<void> {
    const deadlineMs = performance.now() + STORED_TIMEOUT_MS
    for (;;) {
      const { rows } = await this.#pool.query<{ stored: number }>(UP_TO_DATE)
      const stored = rows[0]?.stored ?? 0
      if (stored >= this.#options.sessions + WITNESSES) return
      if (performance.now() > deadlineMs) throw new Error(`only ${stored} sessions are stored as they are`)
      await pause(STORED_LOOK_MS)
    }
  }

  async #compare(): Promise<CrowdState> {
    const { rows } = await this.#pool.query<{ channel_id: string; head: string }>(
      'select channel_id, head from chat.channel_heads',
    )
    const heads = Object.fromEntries(rows.map(({ channel_id, head }) => [`channel:${channel_id}`, Number(head)]))
    await this.#witnesses.run('compare', { heads, timeoutMs: RETURN_TIMEOUT_MS })
    return this.#crowd.run('compare', { heads, timeoutMs: RETURN_TIMEOUT_MS })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#crowd[Symbol.asyncDispose]()
    await this.#witnesses[Symbol.asyncDispose]()
    await this.#pool.end()
    await this.#server[Symbol.asyncDispose]()
    await this.#folder[Symbol.asyncDispose]()
  }
}
