/**
 * Messages on their way to the server, in the order in which they were sent. Each stays until it is acknowledged or refused: what a
 * broken connection left unanswered is sent again over the next one, with the same `client_id`, and the server makes one message of
 * it. Bounded in number, in what is on its way at once, and in rate.
 */
import { MESSAGE_LENGTH_MAX, type ClientFrame, type ServerFrame } from '@glasshouse/contracts'
import { assert, err, newId, ok, parseId, type ClientId, type Clock, type Result } from '@glasshouse/kernel'
import { apiError, type ApiError } from './api-error.ts'
import type { Ack, LiveSend, Timers } from './live-types.ts'
import { SendAllowance } from './send-allowance.ts'

/** Times that a live connection may leave a message unanswered before it is given back. */
const UNANSWERED_MAX = 3

type SendFrame = Extract<ClientFrame, { type: 'send_message' }>
type Answer = Result<Ack, ApiError>

interface Queued {
  readonly frame: SendFrame
  readonly answer: Promise<Answer>
  readonly settle: (answer: Answer) => void
  /** Monotonic; undefined while it waits to be sent. */
  sentAtMs: number | undefined
  unanswered: number
}

export interface SendQueueOptions {
  readonly queuedMax: number
  readonly inFlightMax: number
  readonly sendsPerSecondMax: number
  readonly clock: Clock
  readonly timers: Timers
}

export class SendQueue {
  readonly #options: SendQueueOptions
  /** By client_id, in the order of sending. */
  readonly #queued = new Map<string, Queued>()
  #send: ((frame: SendFrame) => void) | undefined
  #inFlightMax: number
  readonly #allowance: SendAllowance
  #inFlight = 0
  #refill: unknown
  #ackMs: number | undefined
  /** Monotonic: since when the server takes no more messages over a connection that is still open. */
  #refusedAllAtMs: number | undefined

  constructor(options: SendQueueOptions) {
    this.#options = options
    this.#inFlightMax = options.inFlightMax
    this.#allowance = new SendAllowance(options.sendsPerSecondMax, options.clock)
  }

  get size(): number {
    return this.#queued.size
  }

  /** From the last acknowledged message's leaving to its ack. */
  get ackMs(): number | undefined {
    return this.#ackMs
  }

  add(message: LiveSend): Promise<Answer> {
    const refusal = refuse(message)
    if (refusal !== undefined) return Promise.resolve(err(refusal))
    const clientId = (message.client_id ?? newId<ClientId>()).toLowerCase()
    const known = this.#queued.get(clientId)
    if (known !== undefined) return this.#addAgain(known, message)
    if (this.#queued.size >= this.#options.queuedMax) {
      const text = `${this.#options.queuedMax} messages wait to be sent already. Wait until they are.`
      return Promise.resolve(err(apiError({ code: 'client.queue_full', message: text })))
    }
    const { promise: answer, resolve: settle } = Promise.withResolvers<Answer>()
    const { channel_id, content, thread_id, draft_version } = message
    const thread = thread_id === undefined ? {} : { thread_id }
    const draft = draft_version === undefined ? {} : { draft_version }
    const frame: SendFrame = { type: 'send_message', channel_id, content, client_id: clientId, ...thread, ...draft }
    this.#queued.set(clientId, { frame, answer, settle, sentAtMs: undefined, unanswered: 0 })
    this.#pump()
    return answer
  }

  /** A connection is live: what is queued goes out over it, so many at once when it takes fewer. */
  connected(send: (frame: SendFrame) => void, inFlightMax = Infinity): void {
    this.#send = send
    this.#inFlightMax = Math.min(inFlightMax, this.#options.inFlightMax)
    this.#refusedAllAtMs = undefined
    this.#pump()
  }

  /** The connection is gone: what it did not answer waits for the next. */
  disconnected(): void {
    this.#send = undefined
    this.#inFlight = 0
    for (const queued of this.#queued.values()) queued.sentAtMs = undefined
  }

  acked(ack: Extract<ServerFrame, { type: 'ack' }>): void {
    const clientId = ack.client_id?.toLowerCase()
    const queued = clientId === undefined ? undefined : this.#queued.get(clientId)
    if (clientId === undefined || queued === undefined) return
    if (queued.sentAtMs !== undefined) this.#ackMs = this.#options.clock.monotonicMs() - queued.sentAtMs
    const { id, seq, timestamp, status } = ack
    this.#settle(clientId, queued, ok({ client_id: clientId, id, seq, timestamp, status }))
  }

  /** Returns whether the error belonged to a message of this queue. */
  refused(frame: Extract<ServerFrame, { type: 'error' }>): boolean {
    const clientId = frame.client_id?.toLowerCase()
    const queued = clientId === undefined ? undefined : this.#queued.get(clientId)
    if (clientId === undefined || queued === undefined) return false
    if (frame.code === 'server.restarting') {
      // It was not taken, and this server takes no other: all wait for the next connection.
      this.disconnected()
      this.#refusedAllAtMs = this.#options.clock.monotonicMs()
      return true
    }
    const { code, message, path, retry_after_ms: retryAfterMs } = frame
    this.#settle(clientId, queued, err(apiError({ code, message, path, retryAfterMs })))
    return true
  }

  /** Whether the server owes something since before this time, monotonic. Messages that it owed too often are given back. */
  overdue(sentBeforeMs: number): boolean {
    let overdue = this.#refusedAllAtMs !== undefined && this.#refusedAllAtMs <= sentBeforeMs
    for (const [clientId, queued] of this.#queued) {
      if (queued.sentAtMs === undefined || queued.sentAtMs > sentBeforeMs) continue
      overdue = true
      queued.unanswered++
      if (queued.unanswered < UNANSWERED_MAX) continue
      const text =
        'The server did not answer. The message may have arrived: sending it again with the same client_id is safe.'
      this.#settle(clientId, queued, err(apiError({ code: 'client.unanswered', message: text })))
    }
    return overdue
  }

  /** Gives all back. */
  fail(error: ApiError): void {
    this.disconnected()
    this.#options.timers.clear(this.#refill)
    this.#refill = undefined
    const all = [...this.#queued.values()]
    this.#queued.clear()
    for (const queued of all) queued.settle(err(error))
  }

  #addAgain(known: Queued, message: LiveSend): Promise<Answer> {
    const { channel_id, content, thread_id } = known.frame
    if (channel_id === message.channel_id && content === message.content && thread_id === message.thread_id) {
      return known.answer
    }
    const text = 'Another message with this client_id is being sent. Use a new one for a new message.'
    return Promise.resolve(err(apiError({ code: 'message.client_id_conflict', message: text, path: 'client_id' })))
  }

  #settle(clientId: string, queued: Queued, answer: Answer): void {
    this.#queued.delete(clientId)
    if (queued.sentAtMs !== undefined) this.#inFlight--
    assert(this.#inFlight >= 0, 'fewer answers are due than messages on their way')
    queued.settle(answer)
    this.#pump()
  }

  #pump(): void {
    if (this.#send === undefined) return
    for (const queued of this.#queued.values()) {
      if (this.#inFlight >= this.#inFlightMax) return
      if (queued.sentAtMs !== undefined) continue
      if (!this.#allowance.take()) {
        this.#pumpLater()
        return
      }
      this.#inFlight++
      queued.sentAtMs = this.#options.clock.monotonicMs()
      this.#send(queued.frame)
    }
  }

  #pumpLater(): void {
    if (this.#refill !== undefined) return
    this.#refill = this.#options.timers.set(() => {
      this.#refill = undefined
      this.#pump()
    }, this.#allowance.waitMs)
  }
}

/** What the server would refuse as an invalid frame, and so without naming the message. */
function refuse(message: LiveSend): ApiError | undefined {
  const invalid = (path: string, text: string): ApiError =>
    apiError({ code: 'request.invalid', message: `${path}: ${text}`, path, status: 0 })
  if (parseId(message.channel_id) === undefined) return invalid('channel_id', 'must be a UUID.')
  if (message.client_id !== undefined && parseId(message.client_id) === undefined) {
    return invalid('client_id', 'must be a UUID.')
  }
  if (message.thread_id !== undefined && parseId(message.thread_id) === undefined) {
    return invalid('thread_id', 'must be a UUID.')
  }
  if (message.content === '') return invalid('content', 'must not be empty.')
  if (isLongerThan(message.content, MESSAGE_LENGTH_MAX)) {
    return invalid('content', `must not have more than ${MESSAGE_LENGTH_MAX} characters.`)
  }
  return undefined
}

/** Counts code points, as the server does; without counting where the number of code units decides. */
function isLongerThan(text: string, lengthMax: number): boolean {
  if (text.length <= lengthMax) return false
  return text.length > 2 * lengthMax || [...text].length > lengthMax
}
