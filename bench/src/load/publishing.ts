/** One measurement: publishes, and follows each message until the last subscriber has it. */
import { cpuTimeUs } from '../machine/process-figures.ts'
import { percentile } from '../statistics.ts'
import { clientFrame } from './client-frame.ts'
import { Latencies } from './latencies.ts'
import type { LoadCommands, Paced, PublishFigures } from './load-commands.ts'
import type { Subscriber } from './subscriber.ts'

/** When nothing at all arrives for so long, the measurement has failed. */
const STALLED_MS = 15_000
const PACE_MS = 1

export class Publishing {
  readonly #subscribers: readonly Subscriber[]
  readonly #publisher: Subscriber
  readonly #ask: LoadCommands['publish']['ask']
  readonly #frame: Buffer
  readonly #deliveries = new Latencies()
  readonly #lastMs: number[] = []
  /** By message: when it was written, and how many subscribers have yet to get it. */
  readonly #sentAtMs: number[] = []
  readonly #missing: number[] = []
  readonly #done = Promise.withResolvers<void>()
  #doneMessages = 0
  #toReplace = 0
  #stopped = false
  #nowMs = 0
  #arrivedAtMs = performance.now()

  constructor(subscribers: readonly Subscriber[], publisher: Subscriber, ask: LoadCommands['publish']['ask']) {
    this.#subscribers = subscribers
    this.#publisher = publisher
    this.#ask = ask
    this.#frame = clientFrame(ask.text)
  }

  async run(): Promise<PublishFigures> {
    for (const subscriber of this.#subscribers) subscriber.received = 0
    const startedMs = performance.now()
    const serverCpuUs = cpuTimeUs(this.#ask.serverPid)
    const loadCpu = process.cpuUsage()
    const timers = [
      setTimeout(() => this.#stop(), this.#ask.ms),
      setInterval(() => this.#checkProgress(), STALLED_MS / 5),
    ]
    if (this.#ask.load.kind === 'closed') this.#send(this.#ask.load.inFlight)
    else timers.push(this.#pace(this.#ask.load, startedMs))
    try {
      await this.#done.promise
    } finally {
      for (const timer of timers) clearTimeout(timer)
    }
    const seconds = (performance.now() - startedMs) / 1000
    const used = process.cpuUsage(loadCpu)
    return {
      messages: this.#doneMessages,
      deliveries: this.#deliveries.count,
      seconds,
      serverCpuUs: cpuTimeUs(this.#ask.serverPid) - serverCpuUs,
      loadCpuShare: (used.user + used.system) / 1_000_000 / seconds,
      deliveryP50Ms: this.#deliveries.percentile(50),
      deliveryP99Ms: this.#deliveries.percentile(99),
      lastP50Ms: percentile(this.#lastMs, 50),
      lastP99Ms: percentile(this.#lastMs, 99),
    }
  }

  delivered(subscriber: Subscriber): void {
    // The clock is asked once for all that one read brought.
    if (this.#nowMs === 0) this.#nowMs = performance.now()
    const message = subscriber.received++
    const sentAtMs = this.#sentAtMs[message]
    if (sentAtMs === undefined)
      return this.failed(`message ${message} came and was never sent: a delivery was repeated`)
    this.#deliveries.add(this.#nowMs - sentAtMs)
    const missing = (this.#missing[message] ?? 0) - 1
    this.#missing[message] = missing
    if (missing > 0) return
    this.#lastMs.push(this.#nowMs - sentAtMs)
    this.#doneMessages++
    this.#toReplace++
  }

  readEnd(): void {
    if (this.#nowMs === 0) return
    this.#arrivedAtMs = this.#nowMs
    this.#nowMs = 0
    if (this.#toReplace === 0) return
    const count = this.#toReplace
    this.#toReplace = 0
    if (this.#stopped) this.#endWhenAllArrived()
    else if (this.#ask.load.kind === 'closed') this.#send(count)
  }

  failed(reason: string): void {
    this.#done.reject(new Error(reason))
  }

  #send(count: number): void {
    const sentAtMs = performance.now()
    for (let index = 0; index < count; index++) {
      this.#sentAtMs.push(sentAtMs)
      this.#missing.push(this.#subscribers.length)
    }
    this.#publisher.write(count === 1 ? this.#frame : Buffer.concat(Array.from({ length: count }, () => this.#frame)))
  }

  #pace({ perS }: Paced, startedMs: number): NodeJS.Timeout {
    return setInterval(() => {
      if (this.#stopped) return
      const due = Math.floor(((performance.now() - startedMs) / 1000) * perS) + 1
      while (this.#sentAtMs.length < due) this.#send(1)
    }, PACE_MS)
  }

  #stop(): void {
    this.#stopped = true
    this.#endWhenAllArrived()
  }

  #endWhenAllArrived(): void {
    if (this.#doneMessages === this.#sentAtMs.length) this.#done.resolve()
  }

  #checkProgress(): void {
    if (this.#doneMessages === this.#sentAtMs.length || performance.now() - this.#arrivedAtMs < STALLED_MS) return
    const waiting = this.#subscribers.filter((subscriber) => subscriber.received <= this.#doneMessages).length
    this.failed(`message ${this.#doneMessages} never reached ${waiting} of ${this.#subscribers.length} subscribers`)
  }
}
