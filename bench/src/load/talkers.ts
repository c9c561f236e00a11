/** Clients that talk at a fixed rate in one channel, and hear each other. */
import { Latencies } from './latencies.ts'
import { LoadSocket, textFrame } from './load-socket.ts'

export interface TalkersAsk {
  readonly url: string
  readonly tokens: readonly string[]
  readonly channelId: string
  readonly talkers: number
}

export interface TalkAsk {
  readonly ms: number
  /** Of all together. */
  readonly perS: number
}

export interface TalkFigures {
  readonly messages: number
  readonly deliveries: number
  /** From the write of a message to its arrival at a talker, each delivery counted. */
  readonly p50Ms: number
  readonly p99Ms: number
}

const CONTENT_BYTES = 200
const MARK = Buffer.from('"content":"t:')
const TIME_DIGITS = 16
const PACE_MS = 1
/** After the last message: so long a delivery may take before the measurement has failed. */
const ARRIVAL_TIMEOUT_MS = 15_000
const POLL_MS = 5

export class Talkers {
  readonly #ask: TalkersAsk
  readonly #sockets: LoadSocket[] = []
  #latencies = new Latencies()
  #fault: string | undefined

  private constructor(ask: TalkersAsk) {
    this.#ask = ask
  }

  static async open(ask: TalkersAsk): Promise<Talkers> {
    const talkers = new Talkers(ask)
    for (let index = 0; index < ask.talkers; index++) await talkers.#join(ask.tokens[index % ask.tokens.length] ?? '')
    return talkers
  }

  /** Throws when a message did not reach everybody. */
  async talk({ ms, perS }: TalkAsk): Promise<TalkFigures> {
    this.#latencies = new Latencies()
    const startedMs = performance.now()
    let sent = 0
    await new Promise<void>((done) => {
      const pace = setInterval(() => {
        const passedMs = performance.now() - startedMs
        if (passedMs >= ms) {
          clearInterval(pace)
          return done()
        }
        while (sent <= (passedMs / 1_000) * perS) this.#send(sent++)
      }, PACE_MS)
    })
    const deliveries = sent * this.#sockets.length
    const giveUpAtMs = performance.now() + ARRIVAL_TIMEOUT_MS
    while (this.#latencies.count < deliveries && this.#fault === undefined) {
      if (performance.now() > giveUpAtMs) this.#fault = `${this.#latencies.count} of ${deliveries} deliveries arrived`
      await new Promise((again) => setTimeout(again, POLL_MS))
    }
    if (this.#fault !== undefined) throw new Error(this.#fault)
    return {
      messages: sent,
      deliveries,
      p50Ms: this.#latencies.percentile(50),
      p99Ms: this.#latencies.percentile(99),
    }
  }

  #send(number: number): void {
    const time = performance.now().toFixed(3).padStart(TIME_DIGITS, '0')
    const content = `t:${time}`.padEnd(CONTENT_BYTES, '.')
    this.#sockets[number % this.#sockets.length]?.write([
      textFrame({ type: 'send_message', channel_id: this.#ask.channelId, content }),
    ])
  }

  async #join(token: string): Promise<void> {
    const { url, channelId } = this.#ask
    const subscribed = Promise.withResolvers<void>()
    const socket = await LoadSocket.open(url, token, (frame) => {
      const at = frame.indexOf(MARK)
      if (at >= 0) this.#latencies.add(performance.now() - timeAt(frame, at + MARK.length))
      else if (frame.includes('"subscribed"')) subscribed.resolve()
      else if (frame.includes('"error"')) this.#fault ??= `an honest talker got ${frame.toString('utf8')}`
    })
    void socket.closed.then(() => (this.#fault ??= 'an honest talker was closed'))
    socket.write([textFrame({ type: 'subscribe', channel_id: channelId })])
    await subscribed.promise
    this.#sockets.push(socket)
  }
}

function timeAt(frame: Buffer, at: number): number {
  return Number(frame.toString('latin1', at, at + TIME_DIGITS))
}
