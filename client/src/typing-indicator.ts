import { TYPING_SHOWN_MS, type TypingPlace } from '@glasshouse/contracts'
import { systemClock, type Clock } from '@glasshouse/kernel'
import type { Ephemera } from './ephemera.ts'
import { ExpiryTimer } from './expiry-timer.ts'
import type { Timers } from './live-types.ts'
import { systemTimers } from './system-timers.ts'

/** Somebody who types. */
export interface TypingPerson {
  readonly userId: string
  readonly username: string
  readonly displayName: string
}

export interface TypingIndicatorOptions extends TypingPlace {
  /** Who types has changed. */
  readonly onChange: (people: readonly TypingPerson[]) => void
  readonly clock?: Clock
  readonly timers?: Timers
}

/**
 * Who types in a channel, or in one of its threads, for a view; and says so of its own person. Somebody is over five seconds after their
 * last sign, by the clock of this side, and when their message arrives.
 */
export class TypingIndicator {
  readonly #ephemera: Ephemera
  readonly #options: TypingIndicatorOptions
  readonly #clock: Clock
  readonly #people = new Map<string, TypingPerson & { readonly untilMs: number }>()
  readonly #expiry: ExpiryTimer
  readonly #unwatch: () => void

  constructor(live: { readonly ephemera: Ephemera }, options: TypingIndicatorOptions) {
    this.#ephemera = live.ephemera
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#expiry = new ExpiryTimer(options.timers ?? systemTimers, () => this.#expire())
    this.#unwatch = live.ephemera.watchTyping(options, ({ user_id, username, display_name }) => {
      const isNew = !this.#people.has(user_id)
      const untilMs = this.#clock.monotonicMs() + TYPING_SHOWN_MS
      this.#people.set(user_id, { userId: user_id, username, displayName: display_name, untilMs })
      this.#wait()
      if (isNew) this.#changed()
    })
  }

  /** In the order in which they began. */
  get people(): readonly TypingPerson[] {
    return [...this.#people.values()].map(({ userId, username, displayName }) => ({ userId, username, displayName }))
  }

  /** The person of this side types: to be called at each key. */
  typing(): void {
    this.#ephemera.typing(this.#options)
  }

  /** The person of this side has sent it. */
  sent(): void {
    this.#ephemera.typed(this.#options)
  }

  /** A message of somebody has arrived here. */
  messageFrom(userId: string): void {
    if (!this.#people.delete(userId)) return
    this.#wait()
    this.#changed()
  }

  end(): void {
    this.#unwatch()
    this.#expiry.set(undefined)
    this.#people.clear()
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs()
    const before = this.#people.size
    for (const [userId, { untilMs }] of this.#people) if (untilMs <= nowMs) this.#people.delete(userId)
    this.#wait()
    if (this.#people.size < before) this.#changed()
  }

  #wait(): void {
    const untilMs = Math.min(...[...this.#people.values()].map((person) => person.untilMs))
    this.#expiry.set(Number.isFinite(untilMs) ? untilMs - this.#clock.monotonicMs() : undefined)
  }

  #changed(): void {
    this.#options.onChange(this.people)
  }
}
