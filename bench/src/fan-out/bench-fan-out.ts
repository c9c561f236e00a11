/**
 * P1: what one delivery costs. Each round starts every contestant in turn, alone on its core, with the same subscribers and the same
 * publisher, and measures it at each number of messages in flight; rounds alternate, so that all meet the same machine.
 */
import { LoadGenerator } from '../load/load-generator.ts'
import type { PublishFigures } from '../load/load-commands.ts'
import { CORES } from '../machine/cores.ts'
import type { ProfileSummary } from '../machine/cpu-profile.ts'
import { InspectedProcess } from '../machine/inspected-process.ts'
import { median } from '../statistics.ts'
import {
  CONTESTANTS,
  installContestants,
  startContestant,
  type Contestant,
  type ContestantName,
  type ContestantVersions,
} from './contestants.ts'

export const CONTENT_BYTES = 200
export const IN_FLIGHT = [1, 8, 64] as const

export interface FanOutOptions {
  /** How many subscribers, and in how many rounds. */
  readonly scenes: readonly { readonly subscribers: number; readonly rounds: number }[]
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface FanOutRow {
  readonly contestant: ContestantName
  readonly subscribers: number
  readonly inFlight: number
  /** One figure for each round. */
  readonly cpuUsPerDelivery: readonly number[]
  readonly deliveriesPerS: readonly number[]
  readonly deliveryP50Ms: readonly number[]
  readonly deliveryP99Ms: readonly number[]
  readonly loadCpuShare: readonly number[]
}

export interface FanOutResult {
  readonly pinned: boolean
  readonly contentBytes: number
  readonly versions: ContestantVersions
  readonly measureMs: number
  readonly rows: readonly FanOutRow[]
  /** Of ours, in a run that is not counted: profiling costs. */
  readonly profiles: readonly {
    readonly inFlight: number
    readonly subscribers: number
    readonly summary: ProfileSummary
  }[]
}

export async function benchFanOut(options: FanOutOptions, log: (line: string) => void): Promise<FanOutResult> {
  const versions = installContestants(log)
  const rows: FanOutRow[] = []
  for (const { subscribers, rounds } of options.scenes) {
    const figures = new Map<string, PublishFigures[]>()
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another one, so that nobody always has the machine as the one before left it.
      const order = CONTESTANTS.map((_, index) => CONTESTANTS[(index + round) % CONTESTANTS.length] ?? 'ours')
      for (const name of order) {
        const measured = await measureContestant(name, subscribers, options)
        for (const [inFlight, each] of measured) {
          const key = `${name} ${inFlight}`
          figures.set(key, [...(figures.get(key) ?? []), each])
        }
        log(`${subscribers} subscribers, round ${round + 1}, ${name}: ${describe(measured)}`)
      }
    }
    for (const name of CONTESTANTS) {
      for (const inFlight of IN_FLIGHT) {
        rows.push(rowOf({ contestant: name, subscribers, inFlight }, figures.get(`${name} ${inFlight}`) ?? []))
      }
    }
  }
  const subscribers = options.scenes[0]?.subscribers ?? 0
  const profiles = await profileOurs(subscribers, options)
  return {
    pinned: CORES !== undefined,
    contentBytes: CONTENT_BYTES,
    versions,
    measureMs: options.measureMs,
    rows,
    profiles,
  }
}

async function measureContestant(
  name: ContestantName,
  subscribers: number,
  options: FanOutOptions,
): Promise<Map<number, PublishFigures>> {
  await using contestant = await startContestant(name)
  await using load = await connect(contestant, subscribers)
  const figures = new Map<number, PublishFigures>()
  for (const inFlight of IN_FLIGHT) {
    await publish(load, contestant, { inFlight, ms: options.warmUpMs })
    figures.set(inFlight, await publish(load, contestant, { inFlight, ms: options.measureMs }))
  }
  return figures
}

async function connect(contestant: Contestant, subscribers: number): Promise<LoadGenerator> {
  const load = new LoadGenerator()
  try {
    const { port } = contestant
    await load.run('open', { port, count: subscribers, greetings: [contestant.subscribing] })
    await load.run('openPublisher', { port, count: 1, greetings: [contestant.publishing] })
    return load
  } catch (error) {
    await load[Symbol.asyncDispose]()
    throw error
  }
}

function publish(
  load: LoadGenerator,
  contestant: Contestant,
  { inFlight, ms }: { readonly inFlight: number; readonly ms: number },
): Promise<PublishFigures> {
  return load.run('publish', {
    load: { kind: 'closed', inFlight },
    text: contestant.publishText('x'.repeat(CONTENT_BYTES)),
    ms,
    serverPid: contestant.pid,
  })
}

async function profileOurs(subscribers: number, options: FanOutOptions): Promise<FanOutResult['profiles']> {
  await using contestant = await startContestant('ours')
  await using load = await connect(contestant, subscribers)
  using inspected = await InspectedProcess.attach(contestant.pid, (pattern) => contestant.waitFor(pattern))
  const profiles: FanOutResult['profiles'][number][] = []
  for (const inFlight of IN_FLIGHT) {
    await publish(load, contestant, { inFlight, ms: options.warmUpMs })
    const work = (): Promise<unknown> => publish(load, contestant, { inFlight, ms: options.measureMs })
    profiles.push({ inFlight, subscribers, summary: await inspected.profile(work) })
  }
  return profiles
}

function rowOf(
  row: Pick<FanOutRow, 'contestant' | 'subscribers' | 'inFlight'>,
  rounds: readonly PublishFigures[],
): FanOutRow {
  return {
    ...row,
    cpuUsPerDelivery: rounds.map((each) => each.serverCpuUs / each.deliveries),
    deliveriesPerS: rounds.map((each) => each.deliveries / each.seconds),
    deliveryP50Ms: rounds.map((each) => each.deliveryP50Ms),
    deliveryP99Ms: rounds.map((each) => each.deliveryP99Ms),
    loadCpuShare: rounds.map((each) => each.loadCpuShare),
  }
}

function describe(measured: ReadonlyMap<number, PublishFigures>): string {
  return [...measured]
    .map(([inFlight, { serverCpuUs, deliveries, seconds, loadCpuShare }]) => {
      const perS = Math.round(deliveries / seconds / 1000)
      return `${inFlight} in flight ${(serverCpuUs / deliveries).toFixed(2)} us, ${perS} k/s (load ${Math.round(loadCpuShare * 100)} %)`
    })
    .join('; ')
}

/** How much more CPU the other one takes for a delivery than ours; undefined when either was not measured. */
export function cpuRatio(
  rows: readonly FanOutRow[],
  at: { readonly subscribers: number; readonly inFlight: number; readonly other: ContestantName },
): number | undefined {
  const costOf = (name: ContestantName): number | undefined => {
    const row = rows.find(
      (each) => each.contestant === name && each.subscribers === at.subscribers && each.inFlight === at.inFlight,
    )
    return row === undefined ? undefined : median(row.cpuUsPerDelivery)
  }
  const [ours, other] = [costOf('ours'), costOf(at.other)]
  return ours === undefined || other === undefined ? undefined : other / ours
}
