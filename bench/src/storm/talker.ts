import { LoadSocket, textFrame } from '../load/load-socket.ts'
import { percentile } from '../statistics.ts'
import type { Talk, TalkFigures } from './storm-commands.ts'

const PACE_MS = 5
const CONTENT = 'x'.repeat(150)

/** Somebody who writes while the others come back, and notes when the witnesses hear it. */
export class Talker {
  #socket: LoadSocket | undefined
  readonly #sentAtMs = new Map<string, number>()
  #latenciesMs: number[] = []
  #messages = 0
  #acksMissing = 0
  #allAcked: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  static async open(url: string, token: string): Promise<Talker> {
    const talker = new Talker()
    talker.#socket = await LoadSocket.open(url, token, (text) => talker.#frame(text))
    return talker
  }

  /** Resolves when all are acknowledged. */
  write(channelIds: readonly string[]): Promise<void> {
    for (const channelId of channelIds) this.#send(channelId)
    return this.#acked()
  }

  begin({ witnessed, witnessedPerS, others, othersPerS }: Talk): void {
    const startedMs = performance.now()
    this.#latenciesMs = []
    this.#messages = 0
    let [ofWitnessed, ofOthers] = [0, 0]
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - startedMs) / 1_000
      for (; ofWitnessed < seconds * witnessedPerS; ofWitnessed++) {
        this.#messages++
        this.#sentAtMs.set(this.#send(witnessed), performance.now())
      }
      for (; ofOthers < seconds * othersPerS; ofOthers++) {
        const channelId = others[ofOthers % others.length]
        if (channelId !== undefined) this.#send(channelId)
      }
    }, PACE_MS)
  }

  async end(): Promise<TalkFigures> {
    clearInterval(this.#timer)
    await this.#acked()
    const figures = {
      messages: this.#messages,
      p50Ms: percentile(this.#latenciesMs, 50),
      p99Ms: percentile(this.#latenciesMs, 99),
      maxMs: percentile(this.#latenciesMs, 100),
    }
    this.#sentAtMs.clear()
    return figures
  }

  /** A witness has heard it. */
  heard(clientId: string | undefined): void {
    const sentAtMs = this.#sentAtMs.get(clientId ?? '')
    if (sentAtMs !== undefined) this.#latenciesMs.push(performance.now() - sentAtMs)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#socket?.close()
  }

  #send(channelId: string): string {
    const clientId = crypto.randomUUID()
    this.#acksMissing++
    this.#socket?.write([
      textFrame({ type: 'send_message', channel_id: channelId, content: CONTENT, client_id: clientId }),
    ])
    return clientId
  }

  #acked(): Promise<void> {
    if (this.#acksMissing === 0) return Promise.resolve()
    return new Promise((acked) => (this.#allAcked = acked))
  }

  #frame(text: Buffer): void {
    const frame = JSON.parse(text.toString('utf8')) as { readonly type: string }
    if (frame.type === 'error') throw new Error(`a message was refused: ${text.toString('utf8')}`)
    if (frame.type !== 'ack' || --this.#acksMissing > 0) return
    this.#allAcked?.()
  }
}
