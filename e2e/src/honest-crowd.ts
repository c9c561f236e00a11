/** Clients that do nothing wrong, and keep talking while others attack: each remembers what it saw and what it is owed. */
import { WebSocket } from 'ws'
import type { Frame } from './live-socket.ts'
import type { Person } from './rest.ts'

const PAUSE_BETWEEN_SENDS_MS = 25
const WAIT_TIMEOUT_MS = 30_000
const POLL_MS = 10

interface Member {
  readonly socket: WebSocket
  /** The next place that it has to see. */
  cursor: number | undefined
  readonly owed: Set<string>
}

export class HonestCrowd implements AsyncDisposable {
  readonly #members: Member[] = []
  readonly #channelId: string
  /** What must never be: ends, refusals, places left out. */
  readonly faults: string[] = []
  #talking = true
  #sent = 0
  readonly #timers: NodeJS.Timeout[] = []

  private constructor(channelId: string) {
    this.#channelId = channelId
  }

  static async open(liveUrl: string, people: readonly Person[], channelId: string): Promise<HonestCrowd> {
    const crowd = new HonestCrowd(channelId)
    for (const person of people) crowd.#join(liveUrl, person)
    await crowd.#until(() => crowd.#members.every((member) => member.cursor !== undefined), 'everybody is there')
    for (const member of crowd.#members) {
      crowd.#timers.push(setInterval(() => crowd.#talking && crowd.#say(member), PAUSE_BETWEEN_SENDS_MS))
    }
    return crowd
  }

  /** Waits until everybody has sent some more, has all acks for what was sent before, and has seen all of it. */
  async goesOn(): Promise<void> {
    const enough = this.#sent + this.#members.length * 4
    await this.#until(() => this.#sent >= enough, 'everybody goes on talking')
    await this.settled()
  }

  /** Falls silent until everything is acknowledged and seen, then talks again. */
  async settled(): Promise<void> {
    this.#talking = false
    await this.#until(() => this.#members.every(({ owed }) => owed.size === 0), 'all acks')
    const cursors = () => new Set(this.#members.map(({ cursor }) => cursor))
    await this.#until(() => cursors().size === 1, 'everybody has seen the same')
    this.#talking = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(
      this.#members.map(({ socket }) => {
        socket.removeAllListeners('close')
        const closed = new Promise((done) => socket.once('close', done))
        socket.terminate()
        return closed
      }),
    )
  }

  #join(liveUrl: string, { token, username }: Person): void {
    const socket = new WebSocket(`${liveUrl}?token=${token}`)
    const member: Member = { socket, cursor: undefined, owed: new Set() }
    this.#members.push(member)
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', channel_id: this.#channelId })))
    socket.on('error', (error) => this.faults.push(`${username}: ${error.message}`))
    socket.on('close', (code) => this.faults.push(`${username} was closed with ${code}`))
    socket.on('message', (data: Buffer) => this.#frame(member, JSON.parse(data.toString('utf8')) as Frame))
  }

  #frame(member: Member, frame: Frame): void {
    if (frame.type === 'ack') member.owed.delete(String(frame['client_id']))
    else if (frame.type === 'subscribed') member.cursor = Number(frame['seq'])
    else if (frame.type === 'error') this.faults.push(`refused: ${JSON.stringify(frame)}`)
    else if (typeof frame['changed_seq'] === 'number') {
      const due = (member.cursor ?? 0) + 1
      if (frame['changed_seq'] !== due) this.faults.push(`${frame['changed_seq']} came, ${due} was next`)
      member.cursor = frame['changed_seq']
    }
  }

  #say(member: Member): void {
    const clientId = crypto.randomUUID()
    member.owed.add(clientId)
    this.#sent++
    const content = `still here ${this.#sent}`
    member.socket.send(
      JSON.stringify({ type: 'send_message', channel_id: this.#channelId, content, client_id: clientId }),
    )
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const untilMs = performance.now() + WAIT_TIMEOUT_MS
    while (!holds()) {
      if (performance.now() > untilMs) throw new Error(`not in time: ${what}; ${this.faults.slice(0, 5).join('; ')}`)
      await new Promise((done) => setTimeout(done, POLL_MS))
    }
  }
}
