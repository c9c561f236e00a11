import type { Presence } from '@glasshouse/contracts'
import type { Clock, UserId } from '@glasshouse/kernel'
import type { EncodedFrame } from '../domain/fan-out.ts'
import type { LiveLimits } from '../domain/live-limits.ts'
import type { EncodeFrame, Log, PresenceSource } from './ports.ts'

/** A connection on whose screen people are. */
export interface PeopleWatcher {
  /** How one of them is now. When it is lost, the watcher asks for `current` once it can take it. */
  presenceChanged(userId: UserId, frame: EncodedFrame): void
}

interface WatchedPerson {
  readonly watchers: Set<PeopleWatcher>
  /** The frame that says how they are, and its JSON, by which it is known again; undefined until it was read. */
  frame: EncodedFrame | undefined
  said: string | undefined
  /** When something of it ends by itself, wall clock. */
  endsAtMs: number
}

export interface WatchedPeopleOptions {
  readonly source: Pick<PresenceSource, 'find'>
  readonly encode: EncodeFrame
  readonly clock: Clock
  readonly limits: Pick<LiveLimits, 'presenceIntervalMs' | 'presencePerReadMax'>
  readonly log: Log
}

/**
 * The people who are on somebody's screen. What they cost does not grow with those who are not: a change of somebody whom nobody
 * watches is dropped here. Each person is read once however many watch, encoded once for all, and told at most once in
 * `presenceIntervalMs`; what changed meanwhile is one word, the newest. So n people who come at once, each with k on the screen, make
 * at most n times k frames a time, and never n times n.
 */
export class WatchedPeople {
  readonly #options: WatchedPeopleOptions
  readonly #people = new Map<UserId, WatchedPerson>()
  /** To be read as soon as may be: nobody waits longer than for the read that is under way. */
  readonly #wanted = new Set<UserId>()
  /** To be read when the interval is over. */
  readonly #changed = new Set<UserId>()
  #reading = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: WatchedPeopleOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#people.size
  }

  /** People who are still to be read. */
  get waiting(): number {
    return this.#wanted.size + this.#changed.size
  }

  /** Watches one more person: how they are is told now, if that is known, or when it was read. */
  watch(userId: UserId, watcher: PeopleWatcher): void {
    const person = this.#people.get(userId) ?? {
      watchers: new Set(),
      frame: undefined,
      said: undefined,
      endsAtMs: Number.POSITIVE_INFINITY,
    }
    this.#people.set(userId, person)
    person.watchers.add(watcher)
    if (person.frame !== undefined) return watcher.presenceChanged(userId, person.frame)
    this.#wanted.add(userId)
    void this.#read()
  }

  unwatch(userId: UserId, watcher: PeopleWatcher): void {
    const person = this.#people.get(userId)
    person?.watchers.delete(watcher)
    if (person?.watchers.size !== 0) return
    this.#people.delete(userId)
    // Or those who were looked at while nothing could be read would be remembered until it can.
    this.#wanted.delete(userId)
    this.#changed.delete(userId)
  }

  /** How a person is, for a watcher that missed it. */
  current(userId: UserId): EncodedFrame | undefined {
    return this.#people.get(userId)?.frame
  }

  /** These people may be another way now. */
  changed(userIds: readonly UserId[]): void {
    for (const userId of userIds) if (this.#people.has(userId)) this.#changed.add(userId)
    if (this.#changed.size === 0) return
    this.#timer ??= setTimeout(() => this.#readChanged(), this.#options.limits.presenceIntervalMs).unref()
  }

  /** Looks at what ends by itself, and tries again what could not be read. */
  sweep(): void {
    const nowMs = this.#options.clock.nowMs()
    for (const [userId, { endsAtMs }] of this.#people) if (endsAtMs <= nowMs) this.#wanted.add(userId)
    void this.#read()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#people.clear()
    this.#wanted.clear()
  }

  #readChanged(): void {
    this.#timer = undefined
    for (const userId of this.#changed) this.#wanted.add(userId)
    this.#changed.clear()
    void this.#read()
  }

  async #read(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    const { source, limits, log } = this.#options
    // Whoever asks in this turn of the event loop is read with the first.
    await Promise.resolve()
    try {
      while (this.#wanted.size > 0) {
        const userIds = this.#take(limits.presencePerReadMax)
        try {
          for (const presence of userIds.length > 0 ? await source.find(userIds) : []) this.#apply(presence)
        } catch (error) {
          for (const userId of userIds) this.#wanted.add(userId)
          throw error
        }
      }
    } catch (error) {
      log.warn({ err: error }, 'how people are cannot be read: their watchers wait')
    }
    this.#reading = false
  }

  #take(max: number): UserId[] {
    const taken: UserId[] = []
    for (const userId of this.#wanted) {
      this.#wanted.delete(userId)
      if (this.#people.has(userId)) taken.push(userId)
      if (taken.length >= max) break
    }
    return taken
  }

  #apply(presence: Presence): void {
    const userId = presence.user_id as UserId
    const person = this.#people.get(userId)
    if (person === undefined) return
    person.endsAtMs = endOf(presence)
    const said = JSON.stringify(presence)
    if (person.said === said) return
    const frame = this.#options.encode({ type: 'presence', ...presence })
    person.said = said
    person.frame = frame
    for (const watcher of person.watchers) watcher.presenceChanged(userId, frame)
  }
}

function endOf({ status, do_not_disturb_until: quietUntil }: Presence): number {
  const ends = [status?.until, quietUntil].flatMap((until) => (until === undefined ? [] : Date.parse(until)))
  return Math.min(Number.POSITIVE_INFINITY, ...ends)
}
