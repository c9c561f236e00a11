import { pause } from '@glasshouse/kernel'
import { failure, type Caller, type StreamName } from '@glasshouse/contracts'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { Log, OpenedStream, StreamRequest, StreamSource } from './ports.ts'
import type { Turns } from './turns.ts'

interface Opening {
  readonly caller: Caller | undefined
  readonly streams: readonly StreamName[]
  readonly answer: (opened: readonly OpenedStream[]) => void
}

/**
 * Asks the owner of the streams who may watch what, one question at a time: all who ask while one is under way are the next one. So a
 * connection that comes alone waits for nobody, and thousands that come back cost some dozens of questions, in which each
 * stream's head is read once. The answers are handed out in slices.
 */
export class StreamOpener {
  readonly #source: StreamSource
  readonly #log: Log
  readonly #limits: LiveLimits
  readonly #turns: Turns
  #waiting: Opening[] = []
  #waitingStreams = 0
  #asking = false

  constructor(ports: { readonly source: StreamSource; readonly log: Log; readonly turns: Turns }, limits: LiveLimits) {
    this.#source = ports.source
    this.#log = ports.log
    this.#turns = ports.turns
    this.#limits = limits
  }

  /** Calls back with an answer for each stream, in their order: never at once, and never with an exception. */
  open(opening: Opening): void {
    if (this.#waitingStreams >= this.#limits.opensWaitingMax) {
      this.#log.warn(
        { waiting: this.#waitingStreams },
        'too many subscriptions wait to be opened: their client is told',
      )
      return this.#turns.push(() => opening.answer(opening.streams.map(() => NOT_NOW)))
    }
    this.#waiting.push(opening)
    this.#waitingStreams += opening.streams.length
    if (!this.#asking) void this.#ask()
  }

  async #ask(): Promise<void> {
    this.#asking = true
    while (this.#waiting.length > 0) {
      const openings = this.#nextOpenings()
      const opened = await this.#question(
        openings.flatMap(({ caller, streams }) => streams.map((stream) => ({ caller, stream }))),
      )
      let from = 0
      for (const { streams, answer } of openings) {
        const mine = opened.slice(from, (from += streams.length))
        this.#turns.push(() => answer(mine))
      }
      // A crowd: the more is asked for together, the less each costs.
      if (openings.length > 1 && this.#waitingStreams < this.#limits.opensPerReadMax)
        await pause(this.#limits.crowdIntervalMs)
    }
    this.#asking = false
  }

  #nextOpenings(): Opening[] {
    let [count, streams] = [0, 0]
    for (const opening of this.#waiting) {
      if (count > 0 && streams + opening.streams.length > this.#limits.opensPerReadMax) break
      streams += opening.streams.length
      count++
    }
    this.#waitingStreams -= streams
    return this.#waiting.splice(0, count)
  }

  async #question(requests: readonly StreamRequest[]): Promise<readonly OpenedStream[]> {
    try {
      return await this.#source.openMany(requests)
    } catch (error) {
      this.#log.error({ streams: requests.length, err: error }, 'streams cannot be opened: their subscribers are told')
      return requests.map(() => NOT_NOW)
    }
  }
}

const NOT_NOW: OpenedStream = { ok: false, error: failure('server.not_ready', { retryAfterMs: 1_000 }) }
