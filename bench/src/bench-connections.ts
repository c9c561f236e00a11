/**
 * P4: what an idle live connection costs in memory, on the whole server, and whether connections that come and go leave anything
 * behind. The garbage collector is made to run before each figure, until the figure stands.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { newPerson } from '@glasshouse/e2e/rest'
import { startServer, type Settings } from '@glasshouse/e2e/start-server'
import { ourGreetings } from './fan-out/contestants.ts'
import { LoadGenerator } from './load/load-generator.ts'
import type { Greeting } from './load/subscriber.ts'
import { InspectedProcess, INSPECTABLE } from './machine/inspected-process.ts'
import { openFilesMax, residentBytes } from './machine/process-figures.ts'

/** A session outlives its socket by five minutes, longer than the measurement takes: here it goes soon after it, so that what is left behind shows. */
export const SESSIONS_COME_AND_GO = {
  LIVE_SESSIONS_PER_USER_MAX: '100000',
  LIVE_SESSION_KEPT_SECS: '1',
  LIVE_SESSION_SWEEP_SECS: '1',
} as const

export interface ConnectionsOptions {
  readonly connections: number
  readonly people: number
  readonly churnRounds: number
  /** How many leave and are replaced in each round. */
  readonly churnPerRound: number
  /** For how long they come and go in all: the rounds before each figure are as many as fit. Undefined: one. */
  readonly churnMinutes: number | undefined
  readonly settings: Settings
}

export interface MemoryFigure {
  readonly residentBytes: number
  readonly heapUsedBytes: number
  readonly externalBytes: number
}

export interface ConnectionsResult {
  readonly connections: number
  readonly people: number
  /** How long the session of one that left is kept, seconds. */
  readonly sessionKeptS: number
  readonly openedInMs: number
  readonly before: MemoryFigure
  readonly idle: MemoryFigure
  /** The same connections, each watching the Lobby. */
  readonly subscribed: MemoryFigure
  /** How many left and were replaced, in all. */
  readonly churned: number
  /** In even steps while they come and go. */
  readonly churn: readonly MemoryFigure[]
  /** After all have left. */
  readonly after: MemoryFigure
}

/** Files of the server beside its live connections: its database, its log, its own. */
const OTHER_FILES = 200
const SETTLE_MS = 300
const SETTLED_SHARE = 0.005
const SETTLE_ROUNDS_MAX = 12
/** Opened and ended before the first figure, so that what a server makes once (compiled code, caches) is not counted as memory of connections. */
const WARM_UP_CONNECTIONS = 200
const LOCAL_ADDRESSES = 200

export async function benchConnections(
  options: ConnectionsOptions,
  log: (line: string) => void,
): Promise<ConnectionsResult> {
  const connections = Math.min(options.connections, openFilesMax() - OTHER_FILES)
  if (connections < options.connections) {
    log(`only ${connections} connections: a process may open ${openFilesMax()} files here (ulimit -n)`)
  }
  await using server = await startServer({
    settings: { ...options.settings, ...SESSIONS_COME_AND_GO, ...INSPECTABLE },
  })
  const greetings: Greeting[] = []
  for (let index = 0; index < options.people; index++) {
    const person = await newPerson(server.url, `idle-${index}`)
    greetings.push(ourGreetings('', person.token).publishing)
  }
  await using load = new LoadGenerator()
  using inspected = await InspectedProcess.attach(server.command.pid, (pattern) => server.command.waitFor(pattern))
  const port = Number(new URL(server.url).port)
  let opening = 0
  // From another address each time: ports that are closing cannot be used again at once, and one address has only so many.
  const open = (count: number): Promise<{ readonly ms: number }> =>
    load.run('open', { port, count, greetings, localAddress: `127.0.0.${2 + (opening++ % LOCAL_ADDRESSES)}` })
  const settle = async (what: string): Promise<MemoryFigure> => {
    const figure = await settled(server.command.pid, inspected)
    log(
      `${what}: ${(figure.residentBytes / 2 ** 20).toFixed(1)} MB resident, ${(figure.heapUsedBytes / 2 ** 20).toFixed(1)} MB heap`,
    )
    return figure
  }

  await open(WARM_UP_CONNECTIONS)
  await load.run('end', { count: WARM_UP_CONNECTIONS, how: 'both' })
  const before = await settle('before')
  const { ms: openedInMs } = await open(connections)
  const idle = await settle(`${connections} idle`)
  await load.run('askAll', { text: JSON.stringify({ type: 'subscribe', channel_id: await lobbyOf(server.url) }) })
  const subscribed = await settle('subscribed')
  const churn: MemoryFigure[] = []
  let churned = 0
  for (let round = 0; round < options.churnRounds; round++) {
    const untilMs = performance.now() + ((options.churnMinutes ?? 0) * 60_000) / options.churnRounds
    do {
      await load.run('end', { count: options.churnPerRound, how: 'both' })
      await open(options.churnPerRound)
      churned += options.churnPerRound
    } while (performance.now() < untilMs)
    churn.push(await settle(`churn ${round + 1}`))
  }
  await load.run('end', { count: connections, how: 'both' })
  const after = await settle('after')
  return {
    connections,
    people: options.people,
    sessionKeptS: Number(SESSIONS_COME_AND_GO.LIVE_SESSION_KEPT_SECS),
    openedInMs,
    before,
    idle,
    subscribed,
    churned,
    churn,
    after,
  }
}

async function lobbyOf(url: string): Promise<string> {
  const site = (await (await fetch(`${url}/api/site`)).json()) as { lobby: { id: string } }
  return site.lobby.id
}

/** Collects garbage until what is resident no longer falls. */
async function settled(pid: number, inspected: InspectedProcess): Promise<MemoryFigure> {
  let last = Number.POSITIVE_INFINITY
  for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
    await inspected.collectGarbage()
    await pause(SETTLE_MS)
    const resident = residentBytes(pid)
    if (resident > last * (1 - SETTLED_SHARE)) break
    last = resident
  }
  const { heapUsed, external } = await inspected.memory()
  return { residentBytes: residentBytes(pid), heapUsedBytes: heapUsed, externalBytes: external }
}
