import type { StreamName } from '@glasshouse/contracts'
import type { Sequenced } from '@glasshouse/kernel'
import type { EncodedFrame } from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import { Gate } from './gate.ts'
import { pause } from './pause.ts'
import type { EncodeFrame, Log, StreamSource } from './ports.ts'

/** A change in the form in which every subscriber gets it. */
export interface EncodedChange extends Sequenced {
  readonly encoded: EncodedFrame
  /** Whose watch ends with it; undefined when nobody's. */
  readonly ends: EndsWatch
}

export type EndsWatch = ReturnType<StreamSource['endsWatch']>

export interface EncodedPage {
  readonly changes: readonly EncodedChange[]
  readonly through: number
  readonly head: number
}

/**
 * Reads pages of changes and encodes them. Equal reads that are under way at the same time are one read: after a restart a thousand
 * subscribers ask for the same page. Reads are bounded for the whole hub, and tried again a few times when the store fails.
 *
 * A shared read may have begun before its latest reader asked, so its page may end before what that reader has already seen
 * announced: each reader compares `through` with what it knows, and reads on.
 */
export class ChangeReader {
  readonly #source: StreamSource
  readonly #encode: EncodeFrame
  readonly #limits: LiveLimits
  readonly #log: Log
  readonly #gate: Gate
  readonly #underWay = new Map<string, Promise<EncodedPage>>()

  constructor(ports: { source: StreamSource; encode: EncodeFrame; log: Log }, limits: LiveLimits) {
    this.#source = ports.source
    this.#encode = ports.encode
    this.#log = ports.log
    this.#limits = limits
    this.#gate = new Gate(limits.readsInFlightMax, limits.turnsWaitingMax)
  }

  /** Throws when the store could not be read after several attempts. */
  read(stream: StreamName, after: number): Promise<EncodedPage> {
    const key = `${stream} ${after}`
    const known = this.#underWay.get(key)
    if (known !== undefined) return known
    const page = this.#gate.run(() => this.#attempt(stream, after)).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, page)
    return page
  }

  async #attempt(stream: StreamName, after: number): Promise<EncodedPage> {
    for (let attempt = 1; ; attempt++) {
      try {
        const page = await this.#source.changes(stream, after, this.#limits.replayPageChanges)
        if (page.through <= after && page.head > after) {
          throw new Error(`changes of ${stream} after ${after} made no progress towards ${page.head}`)
        }
        const changes = page.changes.map((change) => ({
          changed_seq: change.changed_seq,
          encoded: this.#encode(change),
          ends: this.#source.endsWatch(change),
        }))
        return { changes, through: page.through, head: page.head }
      } catch (error) {
        if (attempt >= this.#limits.readAttemptsMax) throw error
        this.#log.warn({ stream, after, attempt, err: error }, 'reading the changes of a stream failed, trying again')
        await pause(this.#limits.readRetryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random()))
      }
    }
  }
}
