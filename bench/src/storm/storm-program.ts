/** Holds a crowd of clients, and somebody who writes: does what the bench asks over the channel between the two processes. */
import type { CommandHandlers } from '../load/load-commands.ts'
import { serveCommands } from '../load/serve-commands.ts'
import { StormClient, type Crowd } from './storm-client.ts'
import type { StormCommands } from './storm-commands.ts'
import { Talker } from './talker.ts'

const OPENING_AT_ONCE = 100
const OPENING_TIMEOUT_MS = 60_000
const LOOK_MS = 10

const nowMs = (): number => performance.timeOrigin + performance.now()

const clients: StormClient[] = []
let talker: Talker | undefined
let release = (): void => undefined
/** What all of them had at the start, summed up. */
let cursorsAtStart = 0
let returning = { firstTryAtMs: 0, resumedAtMs: [] as number[], currentAtMs: [] as number[] }

const crowd: Crowd = {
  port: 0,
  how: 'as_sdk',
  tries: [],
  released: Promise.resolve(),
  counts: { repeated: 0, overlapped: 0, outOfOrder: 0, applied: 0, resets: 0, resumed: 0, notConnected: 0 },
  refused: {},
  errors: [],
  tried: () => void (returning.firstTryAtMs ||= nowMs()),
  resumed: () => void returning.resumedAtMs.push(nowMs()),
  current: () => void returning.currentAtMs.push(nowMs()),
  heard: (clientId) => talker?.heard(clientId),
}

const commands: CommandHandlers<StormCommands> = {
  async gather({ port, members }) {
    crowd.port = port
    for (let from = 0; from < members.length; from += OPENING_AT_ONCE) {
      const some = members.slice(from, from + OPENING_AT_ONCE).map((member) => new StormClient(crowd, member))
      await until('a hundred clients watch their streams', OPENING_TIMEOUT_MS, () => some.every(isCurrent))
      clients.push(...some)
    }
    cursorsAtStart = cursors()
    return null
  },
  async prepareReturn({ how }) {
    crowd.how = how
    crowd.released = new Promise((resolve) => (release = resolve))
    crowd.refused = {}
    Object.assign(crowd.counts, { overlapped: 0, resumed: 0, notConnected: 0 })
    returning = { firstTryAtMs: 0, resumedAtMs: [], currentAtMs: [] }
    return null
  },
  async release() {
    release()
    return null
  },
  async awaitReturn({ timeoutMs }) {
    await until('all are back and current', timeoutMs, () => clients.every(isCurrent))
    const { resumed, notConnected } = crowd.counts
    return { ...returning, resumed, notConnected, refused: crowd.refused }
  },
  async compare({ heads, timeoutMs }) {
    const complete = (client: StormClient): boolean =>
      [...client.followed].every(([stream, { cursor }]) => cursor === heads[stream])
    await until('all have everything', timeoutMs, () => clients.every(complete))
    const { repeated, overlapped, outOfOrder, applied, resets } = crowd.counts
    const expected = cursors() - cursorsAtStart
    return { repeated, overlapped, outOfOrder, applied, expected, resets, errors: crowd.errors }
  },
  async openTalker({ url, token }) {
    talker?.close()
    talker = await Talker.open(url, token)
    return null
  },
  async write({ channelIds }) {
    await theTalker().write(channelIds)
    return null
  },
  async beginTalk(talk) {
    theTalker().begin(talk)
    return null
  },
  endTalk: () => theTalker().end(),
}

function theTalker(): Talker {
  if (talker === undefined) throw new Error('nobody writes: openTalker comes first')
  return talker
}

function isCurrent(client: StormClient): boolean {
  return client.isCurrent
}

function cursors(): number {
  let sum = 0
  for (const client of clients) for (const { cursor } of client.followed.values()) sum += cursor
  return sum
}

async function until(what: string, timeoutMs: number, holds: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!holds()) {
    if (performance.now() > deadlineMs) {
      const state = JSON.stringify({ ...crowd.counts, refused: crowd.refused, errors: crowd.errors })
      throw new Error(`${what}: not after ${timeoutMs} ms; ${clients.filter(isCurrent).length} are current; ${state}`)
    }
    await new Promise((again) => setTimeout(again, LOOK_MS))
  }
}

serveCommands(commands)
