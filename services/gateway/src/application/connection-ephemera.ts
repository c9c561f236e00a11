import {
  failure,
  type Caller,
  type DeviceState,
  type Failure,
  type ServerFrame,
  type StreamName,
} from '@glasshouse/contracts'
import { err, newId, parseId, type Clock, type DeviceId, type Result, type UserId } from '@glasshouse/kernel'
import type { EncodedFrame } from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { Log, PresenceSource } from './ports.ts'
import type { TypingStreams, TypingWatcher } from './typing-streams.ts'
import type { PeopleWatcher, WatchedPeople } from './watched-people.ts'

/** What all connections have in common, for what is of the moment. */
export interface EphemeraHost {
  readonly limits: LiveLimits
  readonly clock: Clock
  readonly log: Log
  readonly typing: TypingStreams
  readonly people: WatchedPeople
  readonly presence: PresenceSource
  openTyping(caller: Caller | undefined, stream: StreamName): Promise<Result<void, Failure>>
}

/** The connection, as its ephemera see it. */
export interface EphemeraOutput {
  /** Undefined: a visitor, who is told and tells nothing of people. */
  readonly caller: Caller | undefined
  readonly closed: boolean
  send(frame: ServerFrame): void
  refuse(refusal: Failure, answers?: { readonly stream?: string }): void
  /** False when the socket does not take what was written before: then it is dropped. */
  sendEphemeral(frame: EncodedFrame): boolean
}

/**
 * What one connection is told of the moment: who types in the places, and how the people are, that are on its screen; and what it
 * tells of its own person. None of it is kept for a connection that does not take it: typing that was dropped is over soon, and of
 * presence the newest word is said once the socket has drained. None of it is part of the session.
 */
export class ConnectionEphemera implements TypingWatcher, PeopleWatcher {
  readonly #output: EphemeraOutput
  readonly #host: EphemeraHost
  readonly #deviceId = newId<DeviceId>()
  /** With the asking that is under way; undefined once it is watched. */
  readonly #streams = new Map<StreamName, symbol | undefined>()
  #people = new Set<UserId>()
  /** Those of them whose newest word was dropped. */
  readonly #missed = new Set<UserId>()
  #state: DeviceState
  #actedAtMs = Number.NEGATIVE_INFINITY

  /** `opened`: its person has opened it just now; otherwise it came back by itself. */
  constructor(output: EphemeraOutput, host: EphemeraHost, opened: boolean) {
    this.#output = output
    this.#host = host
    this.#state = opened ? 'active' : 'away'
    this.#here(opened)
  }

  get caller(): Caller | undefined {
    return this.#output.caller
  }

  // What it watches.

  /**
   * Watches a stream, when the caller may. One that is watched already is asked for anew; one that is being asked for has its one
   * answer, so that a connection never has more questions under way than streams.
   */
  async subscribe(stream: StreamName): Promise<void> {
    if (this.#streams.get(stream) !== undefined) return
    this.#leave(stream)
    if (this.#streams.size >= this.#host.limits.ephemeralStreamsMax) {
      return this.#output.refuse(failure('live.too_many_subscriptions'), { stream })
    }
    const asking = Symbol(stream)
    this.#streams.set(stream, asking)
    // It watches before it is asked, so that it can end meanwhile; what is heard before the answer is dropped.
    this.#host.typing.watch(stream, this)
    const opened = await this.#ask(stream)
    if (this.#streams.get(stream) !== asking) return
    if (!opened.ok) {
      this.#leave(stream)
      return this.#output.refuse(opened.error, { stream })
    }
    this.#streams.set(stream, undefined)
    this.#output.send({ type: 'subscribed', stream, seq: 0, recovered: false, ephemeral: true })
  }

  unsubscribe(stream: StreamName): void {
    this.#leave(stream)
    this.#output.send({ type: 'unsubscribed', stream })
  }

  /** Watches these people and no others; those who were not watched before are told of now. */
  watchPeople(ids: readonly string[]): void {
    const { caller } = this.#output
    const permitted = caller === undefined ? err(failure('auth.required')) : this.#host.presence.permit(caller)
    if (!permitted.ok) return this.#output.refuse(permitted.error)
    const before = this.#people
    this.#people = new Set(ids.flatMap((id) => parseId<UserId>(id) ?? []))
    for (const userId of before) {
      if (this.#people.has(userId)) continue
      this.#missed.delete(userId)
      this.#host.people.unwatch(userId, this)
    }
    for (const userId of this.#people) if (!before.has(userId)) this.#host.people.watch(userId, this)
  }

  typing(stream: StreamName, frame: EncodedFrame): void {
    if (this.#streams.get(stream) === undefined) this.#output.sendEphemeral(frame)
  }

  askAgain(stream: StreamName): void {
    if (this.#streams.has(stream)) void this.#confirm(stream)
  }

  watchEnded(stream: StreamName): void {
    this.#leave(stream)
    this.#output.refuse(failure('live.unknown_stream'), { stream })
  }

  presenceChanged(userId: UserId, frame: EncodedFrame): void {
    if (this.#output.sendEphemeral(frame)) this.#missed.delete(userId)
    else this.#missed.add(userId)
  }

  /** The socket has taken all that was written: says the newest word on those of whom one was dropped. */
  drained(): void {
    if (this.#missed.size === 0) return
    const missed = [...this.#missed]
    this.#missed.clear()
    for (const userId of missed) {
      const frame = this.#host.people.current(userId)
      if (frame !== undefined) this.presenceChanged(userId, frame)
    }
  }

  // What it tells of its person.

  report(state: DeviceState): void {
    this.#state = state
    this.#here(state === 'active')
  }

  /** Its person did something: as good as saying so. */
  acted(): void {
    const nowMs = this.#host.clock.monotonicMs()
    if (this.#state === 'active' && nowMs - this.#actedAtMs < this.#host.limits.activityIntervalMs) return
    this.#state = 'active'
    this.#here(true)
  }

  /** The connection is gone. */
  end(): void {
    for (const stream of this.#streams.keys()) this.#leave(stream)
    for (const userId of this.#people) this.#host.people.unwatch(userId, this)
    this.#people.clear()
    this.#missed.clear()
    if (this.#output.caller !== undefined) this.#host.presence.deviceLeft(this.#output.caller, this.#deviceId)
  }

  #here(acted: boolean): void {
    if (acted) this.#actedAtMs = this.#host.clock.monotonicMs()
    const { caller } = this.#output
    if (caller !== undefined) this.#host.presence.deviceHere(caller, this.#deviceId, { state: this.#state, acted })
  }

  #leave(stream: StreamName): void {
    if (this.#streams.delete(stream)) this.#host.typing.unwatch(stream, this)
  }

  async #confirm(stream: StreamName): Promise<void> {
    const opened = await this.#ask(stream)
    // That it cannot be asked now is no reason to tell it more.
    if (!opened.ok && this.#streams.has(stream)) {
      this.#leave(stream)
      this.#output.refuse(opened.error, { stream })
    }
  }

  async #ask(stream: StreamName): Promise<Result<void, Failure>> {
    try {
      return await this.#host.openTyping(this.#output.caller, stream)
    } catch (error) {
      this.#host.log.error({ stream, err: error }, 'a stream cannot be opened: its subscriber is told')
      return { ok: false, error: failure('server.not_ready', { retryAfterMs: 1_000 }) }
    }
  }
}
