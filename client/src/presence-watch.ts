import type { Presence } from '@glasshouse/contracts'
import { systemClock, type Clock } from '@glasshouse/kernel'
import type { Ephemera, PeopleOnScreen } from './ephemera.ts'
import { ExpiryTimer } from './expiry-timer.ts'
import type { Timers } from './live-types.ts'
import { systemTimers } from './system-timers.ts'

export interface PresenceWatchOptions {
  /** Somebody who is shown is another way now; undefined: nothing is known any more. */
  readonly onChange: (userId: string, presence: Presence | undefined) => void
  readonly clock?: Clock
  readonly timers?: Timers
}

/** How the people are that a view shows. What ends (a status, do not disturb) ends by the clock of this side too, also while offline. */
export class PresenceWatch {
  readonly #options: PresenceWatchOptions
  readonly #clock: Clock
  readonly #people = new Map<string, Presence>()
  readonly #expiry: ExpiryTimer
  readonly #screen: PeopleOnScreen

  constructor(live: { readonly ephemera: Ephemera }, options: PresenceWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#expiry = new ExpiryTimer(options.timers ?? systemTimers, () => this.#expire())
    this.#screen = live.ephemera.watchPeople((presence) => this.#told(presence))
  }

  /** These people are on the screen, and no others. */
  show(userIds: readonly string[]): void {
    for (const userId of this.#people.keys()) if (!userIds.includes(userId)) this.#people.delete(userId)
    this.#wait()
    this.#screen.show(userIds)
  }

  /** Undefined until it is known. */
  get(userId: string): Presence | undefined {
    return this.#people.get(userId)
  }

  end(): void {
    this.#screen.end()
    this.#expiry.set(undefined)
    this.#people.clear()
  }

  #told(presence: Presence): void {
    this.#people.set(presence.user_id, presence)
    this.#wait()
    this.#options.onChange(presence.user_id, presence)
  }

  #expire(): void {
    const nowMs = this.#clock.nowMs()
    for (const [userId, presence] of this.#people) {
      if (endOf(presence) > nowMs) continue
      this.#people.set(userId, withoutEnded(presence, nowMs))
      this.#options.onChange(userId, this.#people.get(userId))
    }
    this.#wait()
  }

  #wait(): void {
    const endMs = Math.min(...[...this.#people.values()].map(endOf))
    this.#expiry.set(Number.isFinite(endMs) ? endMs - this.#clock.nowMs() : undefined)
  }
}

/** When the next of it ends, wall clock; infinite when nothing does. */
function endOf({ status, do_not_disturb_until: quietUntil }: Presence): number {
  const ends = [status?.until, quietUntil].map((until) =>
    until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  )
  return Math.min(...ends)
}

function withoutEnded(presence: Presence, nowMs: number): Presence {
  const { status, do_not_disturb_until: quietUntil, ...rest } = presence
  const shown: Presence = rest
  if (status !== undefined && !(status.until !== undefined && Date.parse(status.until) <= nowMs)) shown.status = status
  if (quietUntil !== undefined && Date.parse(quietUntil) > nowMs) shown.do_not_disturb_until = quietUntil
  // Whether they are active is the server's to say, which does in a moment.
  else if (shown.state === 'do_not_disturb') shown.state = 'away'
  return shown
}
