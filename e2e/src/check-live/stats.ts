import { Latencies } from './latency.ts'
import type { MessageName } from './messages.ts'

/** What happened in a run, besides faults: it says whether the run tried anything. */
export class Stats {
  sent = 0
  /** Sent once more: on purpose, or since it was not answered. */
  sentAgain = 0
  subscriptions = 0
  drops = 0
  freezes = 0
  /** Live again after the connection was lost. */
  reconnects = 0
  /** Of these, with the session that a raw client had before. */
  resumed = 0
  /** Raw clients that the server closed since they did not answer its heartbeat. */
  silentCloses = 0
  /** SDK connections that ended since their server was silent. */
  heartbeatsMissed = 0
  /** Sends that were answered with "try again". */
  refusals = 0
  /** Messages whose time is far from the machine's. */
  steppedTimes = 0
  /** Of snapshots, and of the store at the end. */
  pagesRead = 0
  lags = 0
  resets = 0
  /** Changes that came in a replay. */
  replayed = 0
  /** Repeats that came over the wire, and were dropped by their place: right after a resume, say. */
  wireRepeats = 0
  readonly sendToAck = new Latencies()
  readonly sendToReceive = new Latencies()
}

/** When messages were sent, for the latencies: the last ones of each client. */
const TIMES_KEPT = 1_024

export class SendTimes {
  readonly #byClient: ({ readonly number: number; readonly atMs: number } | undefined)[][] = []

  sent({ client, number }: MessageName): void {
    const ofClient = (this.#byClient[client] ??= [])
    ofClient[number % TIMES_KEPT] = { number, atMs: performance.now() }
  }

  /** The message was not answered by the connection that it was sent over: how long it took says nothing of the server. */
  disturbed({ client, number }: MessageName): void {
    const ofClient = this.#byClient[client]
    if (ofClient?.[number % TIMES_KEPT]?.number === number) ofClient[number % TIMES_KEPT] = undefined
  }

  /** Undefined when it is not known any more, or the message was disturbed. */
  sentAtMs({ client, number }: MessageName): number | undefined {
    const time = this.#byClient[client]?.[number % TIMES_KEPT]
    return time?.number === number ? time.atMs : undefined
  }
}
