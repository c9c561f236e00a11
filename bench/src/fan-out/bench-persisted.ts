/**
 * P2: from the frame of the sender to the last of the subscribers, through everything: the whole server, its group commit, its
 * database. Beside it the same hub without persistence (P1's), at the same rates, in alternating rounds. Paced, since
 * in a closed loop the slower of the two would meet a lighter load.
 */
import { newChannel, newPerson } from '@glasshouse/e2e/rest'
import { startServer, type Settings } from '@glasshouse/e2e/start-server'
import type { PublishFigures } from '../load/load-commands.ts'
import { LoadGenerator } from '../load/load-generator.ts'
import { startPinned } from '../machine/cores.ts'
import type { ProfileSummary } from '../machine/cpu-profile.ts'
import { InspectedProcess, INSPECTABLE } from '../machine/inspected-process.ts'
import { CONTENT_BYTES } from './bench-fan-out.ts'
import { ourGreetings, publishText, startContestant } from './contestants.ts'
import { NOT_PINGED } from './raised-bounds.ts'

export interface PersistedOptions {
  readonly subscribers: number
  readonly ratesPerS: readonly number[]
  readonly rounds: number
  readonly measureMs: number
  readonly settings: Settings
}

export interface PersistedRow {
  readonly perS: number
  /** To the last subscriber, one figure for each round. */
  readonly persistedP50Ms: readonly number[]
  readonly persistedP99Ms: readonly number[]
  readonly memoryP50Ms: readonly number[]
  readonly memoryP99Ms: readonly number[]
}

export interface PersistedResult {
  readonly subscribers: number
  readonly measureMs: number
  readonly rows: readonly PersistedRow[]
  readonly profile: { readonly perS: number; readonly summary: ProfileSummary }
}

export async function benchPersisted(options: PersistedOptions, log: (line: string) => void): Promise<PersistedResult> {
  await using server = await startPinned(() =>
    startServer({ settings: { ...options.settings, ...NOT_PINGED, ...INSPECTABLE } }),
  )
  const person = await newPerson(server.url, 'persisted')
  const channelId = await newChannel(server.url, person.token, 'persisted')
  await using memory = await startContestant('ours')
  await using persistedLoad = new LoadGenerator()
  await using memoryLoad = new LoadGenerator()
  const greetings = ourGreetings(channelId, person.token)
  const persisted: Side = {
    load: persistedLoad,
    port: Number(new URL(server.url).port),
    pid: server.command.pid,
    text: publishText(channelId, 'x'.repeat(CONTENT_BYTES)),
    ...greetings,
  }
  const bare: Side = {
    load: memoryLoad,
    port: memory.port,
    pid: memory.pid,
    text: memory.publishText('x'.repeat(CONTENT_BYTES)),
    subscribing: memory.subscribing,
    publishing: memory.publishing,
  }
  for (const side of [persisted, bare]) await connect(side, options.subscribers)

  const rows: PersistedRow[] = []
  for (const perS of options.ratesPerS) {
    const [ofPersisted, ofBare]: [PublishFigures[], PublishFigures[]] = [[], []]
    for (let round = 0; round < options.rounds; round++) {
      ofBare.push(await pace(bare, perS, options.measureMs))
      ofPersisted.push(await pace(persisted, perS, options.measureMs))
    }
    rows.push({
      perS,
      persistedP50Ms: ofPersisted.map((each) => each.lastP50Ms),
      persistedP99Ms: ofPersisted.map((each) => each.lastP99Ms),
      memoryP50Ms: ofBare.map((each) => each.lastP50Ms),
      memoryP99Ms: ofBare.map((each) => each.lastP99Ms),
    })
    log(
      `${perS}/s: persisted p99 ${join(ofPersisted.map((each) => each.lastP99Ms))} ms, ` +
        `in memory ${join(ofBare.map((each) => each.lastP99Ms))} ms`,
    )
  }
  using inspected = await InspectedProcess.attach(server.command.pid, (pattern) => server.command.waitFor(pattern))
  const perS = options.ratesPerS.at(-1) ?? 0
  const summary = await inspected.profile(() => pace(persisted, perS, options.measureMs))
  return { subscribers: options.subscribers, measureMs: options.measureMs, rows, profile: { perS, summary } }
}

interface Side {
  readonly load: LoadGenerator
  readonly port: number
  readonly pid: number
  readonly text: string
  readonly subscribing: ReturnType<typeof ourGreetings>['subscribing']
  readonly publishing: ReturnType<typeof ourGreetings>['publishing']
}

async function connect(side: Side, subscribers: number): Promise<void> {
  await side.load.run('open', { port: side.port, count: subscribers, greetings: [side.subscribing] })
  await side.load.run('openPublisher', { port: side.port, count: 1, greetings: [side.publishing] })
}

function pace(side: Side, perS: number, ms: number): Promise<PublishFigures> {
  return side.load.run('publish', { load: { kind: 'paced', perS }, text: side.text, ms, serverPid: side.pid })
}

function join(values: readonly number[]): string {
  return values.map((value) => value.toFixed(1)).join(', ')
}
