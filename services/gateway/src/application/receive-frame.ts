import {
  CLOSE_CODES,
  failure,
  isEphemeralStream,
  OWN_STREAMS,
  ownStreams,
  parseStreamName,
  placeOfTypingStream,
  typingStream,
  type Caller,
  type ClientFrame,
  type Failure,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import { unreachable, type Clock, type Result } from '@glasshouse/kernel'
import type { LiveLimits } from '../domain/live-limits.ts'
import { OrderedAnswers } from '../domain/ordered-answers.ts'
import { RateBucket, RecentEvents } from '../domain/rates.ts'
import { errorFrame } from './error-frame.ts'
import type { LiveConnection } from './live-connection.ts'
import { parseClientFrame, type InvalidFrame } from './parse-client-frame.ts'
import type { Authentication, Commands, Log, TypingCommand } from './ports.ts'
import type { Turns } from './turns.ts'

export interface FrameMachinery {
  readonly limits: LiveLimits
  readonly clock: Clock
  readonly log: Log
  readonly commands: Commands
  readonly authentication: Authentication
  /** Somebody's connection was closed for what they sent. */
  thrownOut(connection: LiveConnection): void
  /** What a crowd of frames leaves for later. */
  readonly frameTurns: Turns
  announceTyping(caller: Caller, request: TypingCommand): Promise<Result<void, Failure>>
  /** The connection goes on under a new proof of identity, of the same user. */
  reauthenticated(connection: LiveConnection, caller: Caller): void
}

type Frame<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>

/** What one connection receives: checked, bounded, and handed on. */
export class FrameReceiver {
  readonly #connection: LiveConnection
  readonly #machinery: FrameMachinery
  /** Acks and errors of sends, in the order of the sends. */
  readonly #answers: OrderedAnswers<ServerFrame>
  readonly #rate: RateBucket
  readonly #invalid: RecentEvents
  /** Handled since the event loop last turned; see `#paced`. */
  #handledAtOnce = 0
  #waiting: (() => void)[] = []

  constructor(connection: LiveConnection, machinery: FrameMachinery) {
    this.#connection = connection
    this.#machinery = machinery
    this.#answers = new OrderedAnswers((answer) => connection.send(answer))
    const { limits, clock } = machinery
    this.#rate = new RateBucket(
      { perSecondMax: limits.framesPerSecondMax, windowMs: limits.framesWindowMs },
      clock.monotonicMs(),
    )
    this.#invalid = new RecentEvents(limits.invalidFramesMax, limits.invalidFramesWindowMs)
  }

  /** Sends that are not answered yet. */
  get sendsInFlight(): number {
    return this.#answers.waiting
  }

  text(text: string): void {
    this.#paced(() => this.#text(text))
  }

  binary(): void {
    this.#paced(() => this.#binary())
  }

  /** Calls when all frames that have come are handled: none comes any more. */
  whenAllHandled(then: () => void): void {
    if (this.#waiting.length === 0) then()
    else this.#waiting.push(then)
  }

  /**
   * One read of a socket may bring hundreds of frames, and to handle them in one turn of the event loop would let everybody else wait.
   * So a connection has a few handled at once; the rest waits for the next turns, in order, and the socket is left unread: no more
   * waits than one read brings.
   */
  #paced(handle: () => void): void {
    if (this.#handledAtOnce < this.#machinery.limits.framesAtOnceMax) return this.#begin(handle)
    this.#waiting.push(handle)
    if (this.#waiting.length === 1) this.#connection.framesWait(true)
  }

  #begin(handle: () => void): void {
    if (++this.#handledAtOnce === this.#machinery.limits.framesAtOnceMax) {
      this.#machinery.frameTurns.push(() => this.#goOn())
    }
    handle()
  }

  #goOn(): void {
    this.#handledAtOnce = 0
    if (this.#waiting.length === 0) return
    for (const handle of this.#waiting.splice(0, this.#machinery.limits.framesAtOnceMax)) this.#begin(handle)
    if (this.#waiting.length === 0) this.#connection.framesWait(false)
  }

  #text(text: string): void {
    if (!this.#counted()) return
    const parsed = parseClientFrame(text, this.#machinery.limits.frameDepthMax)
    if (parsed.ok) this.#handle(parsed.value)
    else this.#refuseFrame(parsed.error)
  }

  #binary(): void {
    if (!this.#counted()) return
    this.#refuseFrame({
      refusal: failure('live.invalid_frame', { message: 'Send text frames with JSON, not binary ones.' }),
    })
  }

  /** A ping or pong of the WebSocket protocol: no frame of ours, but it costs as much to receive. */
  control(): boolean {
    return this.#counted()
  }

  #counted(): boolean {
    if (this.#connection.closed) return false
    this.#connection.heard()
    if (this.#rate.take(this.#machinery.clock.monotonicMs())) return true
    this.#throwOut(CLOSE_CODES.too_fast, failure('live.too_fast'))
    return false
  }

  #refuseFrame(invalid: InvalidFrame): void {
    const answer = errorFrame(invalid.refusal, invalid.clientId === undefined ? {} : { client_id: invalid.clientId })
    if (invalid.type === 'send_message') this.#answers.take()(answer)
    else this.#connection.send(answer)
    if (!this.#invalid.add(this.#machinery.clock.monotonicMs())) return
    this.#throwOut(CLOSE_CODES.protocol, failure('live.protocol_violation'))
  }

  #throwOut(code: number, refusal: Failure): void {
    this.#connection.refuse(refusal)
    this.#connection.close(code, refusal)
    this.#machinery.thrownOut(this.#connection)
  }

  /** Who has signed in; a visitor is told to. */
  #requireCaller(): Caller | undefined {
    const { caller } = this.#connection
    if (caller === undefined) this.#connection.refuse(failure('auth.required'))
    return caller
  }

  #handle(frame: ClientFrame): void {
    switch (frame.type) {
      case 'subscribe':
        return this.#withStreams(frame, (stream, isFirst) => this.#subscribe(stream, isFirst ? frame.after : undefined))
      case 'unsubscribe':
        return this.#withStreams(frame, (stream) => this.#unsubscribe(stream))
      case 'resume':
        return this.#resume(frame)
      case 'send_message':
        this.#connection.ephemera.acted()
        return void this.#sendMessage(frame)
      case 'typing':
        this.#connection.ephemera.acted()
        return void this.#announceTyping(frame)
      case 'presence':
        if (this.#requireCaller() !== undefined) this.#connection.ephemera.report(frame.state)
        return
      case 'watch_presence':
        return this.#connection.ephemera.watchPeople(frame.user_ids)
      case 'authenticate':
        return void this.#authenticate(frame)
      case 'ping':
        return this.#connection.send({ type: 'pong', ...(frame.t === undefined ? {} : { t: frame.t }) })
      default:
        return unreachable(frame)
    }
  }

  /** One stream, or with `me` all of the caller's own: a position that comes with it is one of the first. */
  #withStreams(
    named: { readonly stream?: string; readonly channel_id?: string },
    then: (stream: StreamName, isFirst: boolean) => void,
  ): void {
    if ((named.stream === undefined) === (named.channel_id === undefined)) {
      const message = 'stream: give either `stream` or `channel_id`.'
      return this.#refuseFrame({ refusal: failure('live.invalid_frame', { message, path: 'stream' }) })
    }
    const name = named.stream ?? `channel:${named.channel_id}`
    if (name === OWN_STREAMS) {
      const { caller } = this.#connection
      if (caller === undefined) return this.#connection.refuse(failure('auth.required'), { stream: name })
      return ownStreams(caller.userId).forEach((stream, index) => then(stream, index === 0))
    }
    const place = placeOfTypingStream(name)
    const stream = place === undefined ? parseStreamName(name) : typingStream(place)
    if (stream !== undefined) return then(stream, true)
    // A stream without a name cannot be named in the answer.
    this.#connection.refuse(failure('live.unknown_stream'), name === '' ? {} : { stream: name })
  }

  #resume({ streams }: Frame<'resume'>): void {
    const wanted: [StreamName, number | undefined][] = []
    for (const [name, after] of Object.entries(streams)) {
      this.#withStreams({ stream: name }, (stream, isFirst) => {
        const from = isFirst ? after : undefined
        if (isEphemeralStream(stream)) this.#subscribe(stream, from)
        else wanted.push([stream, from])
      })
    }
    this.#connection.subscribeMany(wanted)
  }

  #subscribe(stream: StreamName, after: number | undefined): void {
    if (!isEphemeralStream(stream)) return this.#connection.subscribe(stream, after)
    // A visitor is told of nobody.
    if (this.#connection.caller === undefined) return this.#connection.refuse(failure('auth.required'), { stream })
    if (after === undefined) return void this.#connection.ephemera.subscribe(stream)
    const message = 'after: an ephemeral stream has no positions, and nothing of it is replayed.'
    this.#refuseFrame({ refusal: failure('live.invalid_frame', { message, path: 'after' }) })
  }

  #unsubscribe(stream: StreamName): void {
    if (isEphemeralStream(stream)) this.#connection.ephemera.unsubscribe(stream)
    else this.#connection.unsubscribe(stream)
  }

  async #announceTyping({ type: _type, ...request }: Frame<'typing'>): Promise<void> {
    const caller = this.#requireCaller()
    if (caller === undefined) return
    try {
      const announced = await this.#machinery.announceTyping(caller, request)
      if (!announced.ok) this.#connection.refuse(announced.error)
    } catch (error) {
      this.#machinery.log.error({ session: this.#connection.sessionId, err: error }, 'announcing typing failed')
      this.#connection.refuse(failure('server.not_ready', { retryAfterMs: 1_000 }))
    }
  }

  async #sendMessage({ type: _type, ...request }: Frame<'send_message'>): Promise<void> {
    const answer = this.#answers.take()
    this.#connection.sendsInFlight(this.#answers.waiting)
    answer(await this.#commit(request))
    this.#connection.sendsInFlight(this.#answers.waiting)
  }

  async #commit(request: Omit<Frame<'send_message'>, 'type'>): Promise<ServerFrame> {
    const addressee = request.client_id === undefined ? {} : { client_id: request.client_id }
    const { caller, address } = this.#connection
    try {
      const sent = await this.#machinery.commands.sendMessage(caller, request, address)
      if (!sent.ok) return errorFrame(sent.error, addressee)
      const { id, seq, timestamp, status } = sent.value.message
      return { type: 'ack', ...addressee, id, seq, timestamp, status }
    } catch (error) {
      this.#machinery.log.error({ session: this.#connection.sessionId, err: error }, 'sending a message failed')
      return errorFrame(failure('server.internal'), addressee)
    }
  }

  async #authenticate({ token }: Frame<'authenticate'>): Promise<void> {
    const connection = this.#connection
    const caller = this.#requireCaller()
    if (caller === undefined) return
    let refusal: Failure
    try {
      const proof = await this.#machinery.authentication.authenticateToken(token)
      if (proof.ok && proof.value.userId === caller.userId) {
        this.#machinery.reauthenticated(connection, proof.value)
        connection.send({ type: 'authenticated', expires_at: new Date(proof.value.expiresAtMs).toISOString() })
        return
      }
      refusal = proof.ok
        ? failure('auth.invalid_token', { message: 'This token is of another user. Open another connection for it.' })
        : proof.error
    } catch (error) {
      this.#machinery.log.error({ session: connection.sessionId, err: error }, 'checking a token failed')
      refusal = failure('server.not_ready', { retryAfterMs: 1_000 })
    }
    connection.refuse(refusal)
  }
}
