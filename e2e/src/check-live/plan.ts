/**
 * Everything that a run decides, from its seed alone: what each client does next, and what happens to the server and when. A client's
 * decisions come from a sequence of its own and never look at what happened, so that they are the same in every run of a seed;
 * how far the clients get with them, and what the network makes of it, is not.
 */
import type { FaultName } from './faults.ts'
import { SeededRandom } from './random.ts'

export type Action =
  | { readonly kind: 'send'; readonly channel: number; readonly count: number; readonly large: boolean }
  | { readonly kind: 'send_twice'; readonly channel: number }
  /** A message of long ago once more, with its `client_id`. */
  | { readonly kind: 'repeat' }
  /** `cursor`: go on from where the last subscription ended, if there was one; else from now on. */
  | { readonly kind: 'subscribe'; readonly channel: number; readonly cursor: boolean }
  | { readonly kind: 'unsubscribe'; readonly channel: number }
  | { readonly kind: 'drop' }
  /** Stops reading for so long. */
  | { readonly kind: 'freeze'; readonly ms: number }

export interface Step {
  readonly afterMs: number
  readonly action: Action
}

export interface Fault {
  readonly afterMs: number
  readonly name: FaultName
}

export interface PlanOptions {
  readonly seed: number
  readonly clients: number
  readonly restartEveryMs: number
  readonly faults: readonly FaultName[]
}

/** Channels that a client knows, besides the loud one; at first it watches the first of them, later it comes and goes. */
const HOME_CHANNELS = 5
const CHANNELS_AT_START = 3
const CLIENTS_PER_CHANNEL = 8
const CHANNELS_MIN = 3
/** Of all clients together, so that one process can follow what it started, whatever `--clients` says. */
const ACTIONS_PER_SECOND = 90
/** A burst of these is more than the system holds between two ends of a socket, so that who is frozen lags. */
const LARGE_COUNT_MAX = 160
/** All bursts go to the first channel: only together they are enough. So many clients know it, however many there are. */
const LOUD_CHANNEL = 0
const LOUD_CLIENTS_MAX = 24
/** How often a client that knows the loud channel chooses it. */
const LOUD_CHANCE = 0.3

export class Plan {
  readonly channelCount: number
  readonly #random: SeededRandom
  readonly #options: PlanOptions

  constructor(options: PlanOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.channelCount = Math.max(CHANNELS_MIN, Math.ceil(options.clients / CLIENTS_PER_CHANNEL))
  }

  /** Half of the clients are SDK clients. */
  isSdk(client: number): boolean {
    return client % 2 === 0
  }

  /** Of the others, who speak the protocol by themselves, a third does so over event streams. */
  isEventStream(client: number): boolean {
    return client % 6 === 1
  }

  channelsAtStart(client: number): number[] {
    return this.#home(client).slice(0, CHANNELS_AT_START)
  }

  /** What a client does, one after the other, without end. */
  *steps(client: number): Generator<Step, never> {
    const random = this.#random.fork(client * 4 + 2)
    const home = this.#home(client)
    const meanMs = (1_000 * this.#options.clients) / ACTIONS_PER_SECOND
    for (;;) yield { afterMs: Math.round(meanMs * (0.2 + 1.6 * random.next())), action: decide(random, home) }
  }

  /** What happens to the server and its database, and how long after the one before has ended. */
  *faults(): Generator<Fault, void> {
    const { restartEveryMs, faults } = this.#options
    if (restartEveryMs === 0) return
    const random = this.#random.fork(3)
    for (let count = 0; ; count++) {
      // The first are one of each kind: a short run has seen them.
      const name = faults[count < faults.length ? count : random.between(0, faults.length - 1)]
      if (name === undefined) return
      yield { afterMs: Math.round(restartEveryMs * (0.6 + 0.8 * random.next())), name }
    }
  }

  #home(client: number): number[] {
    const random = this.#random.fork(client * 4 + 1)
    const channels = new Set<number>(client < LOUD_CLIENTS_MAX ? [LOUD_CHANNEL] : [])
    const size = Math.min(HOME_CHANNELS, this.channelCount - 1) + channels.size
    while (channels.size < size) channels.add(random.between(LOUD_CHANNEL + 1, this.channelCount - 1))
    return [...channels]
  }
}

function decide(random: SeededRandom, home: readonly number[]): Action {
  const knowsLoud = home[0] === LOUD_CHANNEL
  const drawn = home[random.between(0, home.length - 1)] ?? LOUD_CHANNEL
  const channel = knowsLoud && random.chance(LOUD_CHANCE) ? LOUD_CHANNEL : drawn
  const draw = random.next()
  if (draw < 0.6) return { kind: 'send', channel, count: random.between(1, 4), large: false }
  if (draw < 0.61) {
    return { kind: 'send', channel: LOUD_CHANNEL, count: random.between(40, LARGE_COUNT_MAX), large: true }
  }
  if (draw < 0.66) return { kind: 'send_twice', channel }
  if (draw < 0.71) return { kind: 'repeat' }
  if (draw < 0.82) return { kind: 'subscribe', channel, cursor: random.chance(0.7) }
  if (draw < 0.91) return { kind: 'unsubscribe', channel }
  if (draw < 0.96) return { kind: 'drop' }
  return { kind: 'freeze', ms: random.between(500, 8_000) }
}
