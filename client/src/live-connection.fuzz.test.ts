/**
 * The promises of a live connection against a server that keeps its log and breaks everything else: cuts at any frame, loses acks,
 * repeats and leaves out live changes, heals gaps by replays of its own, resets. At the end each reader has seen the log once, in order
 * (but for what a reset told it to read from a snapshot), and each message that was sent is in the log once, in the order of sending.
 */
import type { ClientFrame } from '@glasshouse/contracts'
import { expect, test, vi } from 'vitest'
import { LiveConnection } from './live-connection.ts'
import { CHANNEL, change, LivePeer, replay, STREAM, subscribed, type PeerSocket } from './live-peer.contract.ts'

const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1)
const SENDS = 40

/** What is stored: position n is the change with `changed_seq` n + 1. */
interface LogEntry {
  readonly clientId: string
  readonly content: string
}

class FaultyServer {
  readonly log: LogEntry[] = []
  #subscribers = new Set<PeerSocket>()
  readonly #random: () => number
  faulty = true

  constructor(random: () => number) {
    this.#random = random
  }

  handle(frame: ClientFrame, socket: PeerSocket): void {
    if (!socket.open) return
    switch (frame.type) {
      case 'subscribe':
        this.#subscribe(socket, frame.after ?? 0)
        break
      case 'send_message':
        this.#store(frame, socket)
        break
      default:
    }
    if (this.#chance(0.02)) socket.cut()
  }

  /** A change by somebody else. */
  post(content: string): void {
    this.log.push({ clientId: '', content })
    this.#publish()
  }

  #store(
    { client_id: clientId = '', content }: Extract<ClientFrame, { type: 'send_message' }>,
    socket: PeerSocket,
  ): void {
    let at = this.log.findIndex((entry) => entry.clientId === clientId)
    if (at < 0) {
      at = this.log.push({ clientId, content }) - 1
      this.#publish()
    }
    if (this.#chance(0.1)) {
      socket.cut()
      return
    }
    const { id, seq, timestamp, status } = change(at + 1)
    socket.send({ type: 'ack', client_id: clientId, id, seq, timestamp, status })
  }

  #publish(): void {
    const seq = this.log.length
    for (const socket of this.#subscribers) {
      if (this.#chance(0.1)) continue
      socket.send(this.#changeAt(seq))
      if (this.#chance(0.1)) socket.send(this.#changeAt(1 + Math.floor(this.#random() * seq)))
      if (this.#chance(0.05)) this.#replay(socket, Math.floor(this.#random() * seq))
      if (this.#chance(0.02)) socket.cut()
    }
  }

  #subscribe(socket: PeerSocket, after: number): void {
    this.#subscribers.add(socket)
    if (this.#chance(0.05)) socket.send({ type: 'reset', stream: STREAM, seq: this.log.length })
    else this.#replay(socket, after)
  }

  #replay(socket: PeerSocket, after: number): void {
    socket.send(replay(after))
    for (let seq = after + 1; seq <= this.log.length; seq++) {
      if (this.#chance(0.01)) {
        socket.cut()
        return
      }
      socket.send(this.#changeAt(seq))
    }
    socket.send(subscribed(this.log.length))
  }

  #changeAt(seq: number): ReturnType<typeof change> {
    return change(seq, { content: this.log[seq - 1]?.content ?? '' })
  }

  #chance(probability: number): boolean {
    return this.faulty && this.#random() < probability
  }
}

test.each(SEEDS)('each change once and in order, each message once and in order (seed %i)', async (seed) => {
  const random = mulberry32(seed)
  await using peer = await LivePeer.start()
  const server = new FaultyServer(random)
  peer.onFrame = (frame, socket) => server.handle(frame, socket)
  const live = new LiveConnection({
    url: peer.url,
    backoffMs: { min: 1, max: 4 },
    sendsPerSecondMax: 10_000,
    inFlightMax: 8,
  })
  live.connect()

  // What the reader knows: the log up to the last snapshot, and each change after it.
  let known: string[] = []
  const subscription = live.subscribe(STREAM, {
    after: 0,
    onChanges: (changes) => {
      for (const each of changes) {
        expect(each.changed_seq).toBe(known.length + 1)
        known.push(each.type === 'new_message' ? each.content : '')
      }
    },
    onReset: () => {
      known = server.log.map(({ content }) => content)
      subscription.restartAt(known.length)
    },
    onError: (error) => expect.unreachable(error.message),
  })

  const sent: string[] = []
  const answers = []
  for (let number = 0; number < SENDS; number++) {
    if (random() < 0.3) server.post(`other ${number}`)
    sent.push(`mine ${number}`)
    answers.push(live.sendMessage({ channel_id: CHANNEL, content: `mine ${number}` }))
    if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve))
  }
  expect((await Promise.all(answers)).filter(({ ok }) => !ok)).toEqual([])
  server.faulty = false
  server.post('the end')
  await vi.waitFor(() => expect(known.at(-1)).toBe('the end'), { timeout: 4_000, interval: 2 })

  expect(known).toEqual(server.log.map(({ content }) => content))
  expect(server.log.map(({ content }) => content).filter((content) => content.startsWith('mine'))).toEqual(sent)
  live.close()
})

/** A small seeded generator: the same faults for the same seed, as far as the network's timing lets them be. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
