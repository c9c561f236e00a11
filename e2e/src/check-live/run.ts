/**
 * A run: clients that send, come and go, and freeze, over a server to which its faults happen; then everybody catches up, and what
 * each one was told is compared with what the store holds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { newChannel, newPerson, type Person } from '../rest.ts'
import type { Settings } from '../start-server.ts'
import { CheckedClient } from './checked-client.ts'
import { FAULTS, type FaultName } from './faults.ts'
import { Ledger, type SeenMessage } from './ledger.ts'
import type { CheckOptions } from './options.ts'
import { Plan } from './plan.ts'
import { RawClient } from './raw-client.ts'
import { RawEventClient } from './raw-event-client.ts'
import { SdkClient } from './sdk-client.ts'
import { SeededRandom } from './random.ts'
import { ServerUnderTest } from './server-under-test.ts'
import { SendTimes, Stats } from './stats.ts'
import { pause, readStore, Token, type World } from './world.ts'

export interface Report {
  readonly ledger: Ledger
  readonly stats: Stats
  readonly storedCount: number
  readonly struck: Readonly<Record<FaultName, number>>
  readonly serverBytesMax: number
  readonly checkerBytesMax: number
  /** How late the checker's own event loop was: its latencies cannot be better than that. */
  readonly checkerDelayMs: { readonly p50: number; readonly p99: number }
}

export interface RunPort {
  readonly signal: AbortSignal
  say(line: string): void
}

/** Beyond this nobody sends anything new: what is kept of a message (where it is, by its ack) is all that grows. */
const MESSAGES_MAX = 1_000_000
const CLIENTS_PER_PERSON = 4
const PROGRESS_EVERY_MS = 5_000
const STANDSTILL_MS_MAX = 90_000
const FINISH_MS_MAX = 1_200_000
const POLL_MS = 50
const LOOP_RESOLUTION_MS = 10
/** Less than a clock is stepped by. */
const STEPPED_MS_MIN = 1_800_000
const HEARTBEATS_PER_FAULT = 5
const HEARTBEAT_MS_MIN = 500
const HEARTBEAT_MS_MAX = 10_000

/** What a run sets otherwise than an operator would: more clients from one address, and bounds so low that they are met. */
export function settingsOf(options: CheckOptions): Settings {
  return {
    CHANNEL_RATE_LIMIT: '10000/10',
    LIVE_OPENS_PER_USER: '10000/1',
    LIVE_SOCKETS_PER_USER_MAX: String(CLIENTS_PER_PERSON * 4),
    LIVE_SOCKETS_PER_ADDRESS_MAX: String(options.clients * 4),
    LIVE_FRAMES_PER_SECOND_MAX: '1000',
    LIVE_UNSENT_BYTES_MAX: '65536',
    REPLAY_CHANGES_MAX: '1000',
    LIVE_HEARTBEAT_MS: String(heartbeatMsOf(options)),
    LOG_LEVEL: 'warn',
  }
}

/** What is frozen has to be noticed, so a fault that lasts does for some heartbeats. */
function heartbeatMsOf({ faultMs }: CheckOptions): number {
  return Math.min(HEARTBEAT_MS_MAX, Math.max(HEARTBEAT_MS_MIN, faultMs / HEARTBEATS_PER_FAULT))
}

export async function runCheck(options: CheckOptions, port: RunPort): Promise<Report> {
  const [ledger, stats, plan] = [new Ledger(), new Stats(), new Plan(options)]
  ledger.onDescribed = (line) => port.say(`FAULT ${line}`)
  const surprise = (what: string): void => ledger.fault('unfinished', what)
  await using server = await ServerUnderTest.start(options, settingsOf(options), { surprise })
  const people = await register(server.url, Math.ceil(options.clients / CLIENTS_PER_PERSON))
  const tokens = people.map((person) => new Token(server.url, person))
  const channels: string[] = []
  for (let channel = 0; channel < plan.channelCount; channel++) {
    channels.push(await newChannel(server.url, people[0]?.token ?? '', `channel-${channel}`))
  }
  const world: World = {
    url: server.url,
    liveUrl: server.liveUrl,
    channels,
    numberOf: new Map(channels.map((id, number) => [id, number])),
    ledger,
    stats,
    times: new SendTimes(),
    clockSteps: options.faults.includes('clock-step'),
    ...(options.plant === undefined ? {} : { plant: options.plant }),
  }
  const lateMs = (percent: number): number => Math.max(0, delay.percentile(percent) / 1e6 - LOOP_RESOLUTION_MS)
  const clients = startClients(options, { plan, world, tokens })
  let checkerBytesMax = 0
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  delay.enable()
  const progress = setInterval(() => {
    checkerBytesMax = Math.max(checkerBytesMax, process.memoryUsage.rss())
    port.say(progressLine(stats, ledger, server))
  }, PROGRESS_EVERY_MS)
  try {
    await act(options, { plan, clients, server, stats, port })
    delay.disable()
    await finish(world, clients, tokens[0])
    for (const { door } of clients) door.close()
    const storedCount = await compare(world, tokens[0])
    await server.measure()
    return {
      ledger,
      stats,
      storedCount,
      struck: server.struck,
      serverBytesMax: server.residentBytesMax,
      checkerBytesMax: Math.max(checkerBytesMax, process.memoryUsage.rss()),
      checkerDelayMs: { p50: lateMs(50), p99: lateMs(99) },
    }
  } finally {
    clearInterval(progress)
    for (const { door } of clients) door.close()
  }
}

async function register(url: string, count: number): Promise<Person[]> {
  const people: Person[] = []
  for (let index = 0; index < count; index++) people.push(await newPerson(url, `checker-${index}`))
  return people
}

interface Crowd {
  readonly plan: Plan
  readonly world: World
  readonly tokens: readonly Token[]
}

function startClients({ clients, seed }: CheckOptions, { plan, world, tokens }: Crowd): CheckedClient[] {
  return Array.from({ length: clients }, (_, number) => {
    const token = tokens[number % tokens.length]
    if (token === undefined) throw new Error('there are no people')
    const who = { token, random: new SeededRandom(seed).fork(number * 4 + 4) }
    const client = new CheckedClient(number, world, (self) => {
      if (plan.isSdk(number)) return new SdkClient(self, world, who)
      return plan.isEventStream(number) ? new RawEventClient(self, world, who) : new RawClient(self, world, who)
    })
    client.door.open()
    for (const channel of plan.channelsAtStart(number)) client.door.subscribe(channel, undefined)
    return client
  })
}

interface Acting {
  readonly plan: Plan
  readonly clients: readonly CheckedClient[]
  readonly server: ServerUnderTest
  readonly stats: Stats
  readonly port: RunPort
}

async function act(options: CheckOptions, { plan, clients, server, stats, port }: Acting): Promise<void> {
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }
  for (const client of clients) {
    const steps = plan.steps(client.number)
    const next = (): void => {
      const { afterMs, action } = steps.next().value
      later(afterMs, () => {
        client.act(action, stats.sent < MESSAGES_MAX)
        next()
      })
    }
    next()
  }
  const untilMs = performance.now() + options.durationMs
  const waitUntil = async (atMs: number): Promise<void> => {
    while (performance.now() < atMs && !port.signal.aborted) await pause(Math.min(POLL_MS, atMs - performance.now()))
  }
  let struck = 0
  for (const fault of plan.faults()) {
    const isFirstRound = struck < options.faults.length
    const atMs = performance.now() + fault.afterMs
    // On a slow machine, too, a short run has seen one fault of each kind.
    await waitUntil(isFirstRound ? atMs : Math.min(atMs, untilMs))
    if (port.signal.aborted || (!isFirstRound && performance.now() >= untilMs)) break
    port.say(`${fault.name}: ${FAULTS[fault.name].about}`)
    await server.strike(fault.name, () => waitUntil(performance.now() + options.faultMs))
    struck++
  }
  await waitUntil(untilMs)
  for (const timer of timers) clearTimeout(timer)
}

/** Whether anything still moves: on a slow machine catching up may take long, and is no fault as long as it goes on. */
class Progress {
  readonly #world: World
  readonly #endsAtMs = performance.now() + FINISH_MS_MAX
  #seen = -1
  #movedAtMs = performance.now()

  constructor(world: World) {
    this.#world = world
  }

  hasStopped(): boolean {
    const { ledger, stats } = this.#world
    const nowMs = performance.now()
    const seen = ledger.acked + ledger.applied + stats.pagesRead
    if (seen !== this.#seen) [this.#seen, this.#movedAtMs] = [seen, nowMs]
    return nowMs - this.#movedAtMs > STANDSTILL_MS_MAX || nowMs > this.#endsAtMs
  }
}

/** Waits until everything that was sent is acknowledged and everybody has caught up; what does not in time is a fault. */
async function finish(world: World, clients: readonly CheckedClient[], token: Token | undefined): Promise<void> {
  const heads = new Map<number, number>()
  const progress = new Progress(world)
  while (clients.some((client) => client.unacknowledgedCount > 0 || !client.door.settled)) {
    if (progress.hasStopped()) break
    await pause(POLL_MS)
  }
  for (const channel of world.channels.keys()) {
    if (token !== undefined) heads.set(channel, await readHead(world, token, channel))
  }
  const behind = (client: CheckedClient): boolean =>
    !client.door.settled || client.door.views.some((view) => view.position < (heads.get(view.channel) ?? 0))
  while (clients.some(behind) && !progress.hasStopped()) await pause(POLL_MS)
  for (const client of clients) {
    if (client.unacknowledgedCount > 0) {
      world.ledger.fault('unfinished', `client ${client.number}: ${client.unacknowledgedCount} messages have no ack`)
    }
    if (!behind(client)) continue
    const where = client.door.views.map(
      (view) => `${view.channel} at ${view.position} of ${heads.get(view.channel) ?? 0}`,
    )
    const state = `${client.door.live ? 'live' : 'offline'}, ${client.door.settled ? 'settled' : 'catching up'}`
    world.ledger.fault('unfinished', `client ${client.number} has not caught up (${state}): ${where.join(', ')}`)
  }
}

async function readHead(world: World, token: Token, channel: number): Promise<number> {
  // Nothing can come after this: all that is read is where the channel ends.
  const { head } = await readStore(world, token, { channel, after: Number.MAX_SAFE_INTEGER })
  return head
}

async function compare(world: World, token: Token | undefined): Promise<number> {
  let count = 0
  for (const channel of world.channels.keys()) {
    if (token === undefined) break
    const { messages } = await readStore(world, token, { channel, after: 0 })
    world.ledger.compare(channel, messages)
    const isStepped = ({ atMs }: SeenMessage): boolean => Math.abs(Date.now() - atMs) > STEPPED_MS_MIN
    if (world.clockSteps) world.stats.steppedTimes += messages.filter(isStepped).length
    count += messages.length
  }
  return count
}

function progressLine(stats: Stats, ledger: Ledger, server: ServerUnderTest): string {
  const memory = Math.round(process.memoryUsage.rss() / 1_048_576)
  return (
    `${stats.sent} sent, ${ledger.acked} acknowledged, ${ledger.applied} applied, ${server.strikes} strikes, ` +
    `${stats.reconnects} reconnects, ${stats.lags} lags, ${stats.resets} resets, ${ledger.faultCount} faults, ${memory} MiB`
  )
}
