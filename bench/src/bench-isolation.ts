/**
 * What clients that do harm cost the others: a hundred talk at a fixed rate, in rounds with and without one that reads nothing, one that
 * floods and one that reconnects without a pause, in turn. With the bounds that a server has by itself.
 */
import { newChannel, newPerson, rest } from '@glasshouse/e2e/rest'
import { startServer, type Settings } from '@glasshouse/e2e/start-server'
import type { AttackFigures } from './load/attackers.ts'
import { LoadGenerator } from './load/load-generator.ts'
import type { TalkFigures } from './load/talkers.ts'
import { startPinned } from './machine/cores.ts'
import { InspectedProcess, INSPECTABLE } from './machine/inspected-process.ts'
import { cpuTimeUs, residentBytes } from './machine/process-figures.ts'

export interface IsolationOptions {
  readonly talkers: number
  /** Messages a second, of all together. */
  readonly perS: number
  readonly rounds: number
  readonly measureMs: number
  readonly settings: Settings
}

export interface IsolationRound {
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of one core. */
  readonly serverCpuShare: number
  /** After the round, with the garbage collected. */
  readonly residentBytes: number
}

export interface IsolationResult {
  readonly talkers: number
  readonly perS: number
  readonly measureMs: number
  readonly quiet: readonly IsolationRound[]
  readonly attacked: readonly IsolationRound[]
  /** Of all attacked rounds. */
  readonly attacks: AttackFigures
}

const TALKERS_PER_PERSON = 4
/** 24 KB each: more than the system holds for a socket that is not read. */
const HEAVY_MESSAGES = 400
const HEAVY_CONTENT = '好'.repeat(8_000)
const WARM_UP_MS = 3_000

export async function benchIsolation(options: IsolationOptions, log: (line: string) => void): Promise<IsolationResult> {
  await using server = await startPinned(() => startServer({ settings: { ...options.settings, ...INSPECTABLE } }))
  const { url } = server
  const { pid } = server.command
  const tokens: string[] = []
  for (let person = 0; person < options.talkers / TALKERS_PER_PERSON; person++) {
    tokens.push((await newPerson(url, `talker-${person}`)).token)
  }
  const channelId = await newChannel(url, tokens[0] ?? '', 'talk')
  const heavyChannelId = await fillHeavyChannel(url)
  const attackers = [
    (await newPerson(url, 'frozen')).token,
    (await newPerson(url, 'flooding')).token,
    (await newPerson(url, 'reconnecting')).token,
  ] as const
  await using talking = new LoadGenerator()
  await using attacking = new LoadGenerator()
  await talking.run('openTalkers', { url, tokens, channelId, talkers: options.talkers })
  using inspected = await InspectedProcess.attach(pid, (pattern) => server.command.waitFor(pattern))

  const talk = (ms: number): Promise<TalkFigures> => talking.run('talk', { ms, perS: options.perS })
  const round = async (): Promise<Omit<IsolationRound, 'residentBytes'>> => {
    const cpuUs = cpuTimeUs(pid)
    const startedMs = performance.now()
    const { p50Ms, p99Ms } = await talk(options.measureMs)
    const wallUs = (performance.now() - startedMs) * 1_000
    return { p50Ms, p99Ms, serverCpuShare: (cpuTimeUs(pid) - cpuUs) / wallUs }
  }
  const memory = async (): Promise<number> => {
    await inspected.collectGarbage()
    return residentBytes(pid)
  }
  const quiet: IsolationRound[] = []
  const attacked: IsolationRound[] = []
  let attacks: AttackFigures = { frozenSockets: 0, floodFrames: 0, floodSockets: 0, reconnects: 0 }
  await talk(WARM_UP_MS)
  for (let count = 0; count < options.rounds; count++) {
    quiet.push({ ...(await round()), residentBytes: await memory() })
    await attacking.run('attack', { url, tokens: attackers, channelId, heavyChannelId })
    const measured = await round()
    attacks = sum(attacks, await attacking.run('stopAttack', null))
    attacked.push({ ...measured, residentBytes: await memory() })
    log(`round ${count + 1}: p99 ${lastOf(quiet)} ms, attacked ${lastOf(attacked)} ms`)
  }
  return { talkers: options.talkers, perS: options.perS, measureMs: options.measureMs, quiet, attacked, attacks }
}

async function fillHeavyChannel(url: string): Promise<string> {
  // Each may send so many in ten seconds.
  const senders = HEAVY_MESSAGES / 40
  let channelId: string | undefined
  for (let sender = 0; sender < senders; sender++) {
    const { token } = await newPerson(url, `heavy-${sender}`)
    channelId ??= await newChannel(url, token, 'heavy')
    for (let count = 0; count < HEAVY_MESSAGES / senders; count++) {
      const path = `/api/channels/${channelId}/messages`
      const sent = await rest(url, 'POST', path, { token, body: { content: HEAVY_CONTENT } })
      if (sent.status !== 201) throw new Error(`the heavy channel cannot be filled: ${sent.status}`)
    }
  }
  return channelId ?? ''
}

function sum(left: AttackFigures, right: AttackFigures): AttackFigures {
  return {
    frozenSockets: left.frozenSockets + right.frozenSockets,
    floodFrames: left.floodFrames + right.floodFrames,
    floodSockets: left.floodSockets + right.floodSockets,
    reconnects: left.reconnects + right.reconnects,
  }
}

function lastOf(rounds: readonly IsolationRound[]): string {
  return rounds.at(-1)?.p99Ms.toFixed(1) ?? ''
}
