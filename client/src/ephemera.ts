/**
 * What is of the moment, over a line that comes and goes: who types, who is here. Nothing of it is kept or caught up with. While the line
 * is down nothing comes, and when it is up again all that is on the screen is asked for anew.
 */
import {
  TYPING_REPEAT_MS,
  typingStream,
  WATCHED_PEOPLE_MAX,
  type ClientFrame,
  type DeviceState,
  type Presence,
  type ServerFrame,
  type TypingFrame,
  type TypingPlace,
} from '@glasshouse/contracts'
import { callOut } from './call-out.ts'
import type { Timers } from './live-types.ts'

/** People come to the screen and leave it in crowds, as one scrolls: what is left of that is said once. */
const GATHER_MS = 100

export interface EphemeraPort {
  readonly isUp: () => boolean
  send(frame: ClientFrame): void
  want(stream: string): void
  drop(stream: string, tell: boolean): void
  monotonicMs(): number
  readonly timers: Timers
}

type TypingListener = (typing: TypingFrame) => void
type PresenceListener = (presence: Presence) => void

/** The people whom one watcher shows. */
export interface PeopleOnScreen {
  /** In the place of those before. */
  show(userIds: readonly string[]): void
  end(): void
}

export class Ephemera {
  readonly #port: EphemeraPort
  readonly #places = new Map<string, Set<TypingListener>>()
  readonly #screens = new Map<PresenceListener, readonly string[]>()
  /** The last word on each who is shown. */
  readonly #known = new Map<string, Presence>()
  readonly #typedAtMs = new Map<string, number>()
  #told = ''
  #gathering = false
  #state: DeviceState | undefined

  constructor(port: EphemeraPort) {
    this.#port = port
  }

  /** Who types there, from now on. Returns what ends that. */
  watchTyping(place: TypingPlace, listener: TypingListener): () => void {
    const stream = typingStream(place)
    const listeners = this.#places.get(stream) ?? new Set()
    this.#places.set(stream, listeners.add(listener))
    if (listeners.size === 1) {
      this.#port.want(stream)
      if (this.#port.isUp()) this.#port.send({ type: 'subscribe', stream })
    }
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return
      this.#places.delete(stream)
      this.#port.drop(stream, true)
    }
  }

  /** How the people are whom this watcher shows: once each who comes to the screen, then at each change. At most 200 over all watchers. */
  watchPeople(listener: PresenceListener): PeopleOnScreen {
    return {
      show: (userIds) => {
        const before = new Set(this.#screens.get(listener))
        this.#screens.set(listener, userIds)
        this.#tellLater()
        for (const userId of userIds) {
          const known = before.has(userId) ? undefined : this.#known.get(userId)
          if (known !== undefined) callOut(() => listener(known))
        }
      },
      end: () => {
        if (this.#screens.delete(listener)) this.#tellLater()
      },
    }
  }

  /** The person of this device types there. To be called at each key: it is said every three seconds. */
  typing(place: TypingPlace): void {
    const stream = typingStream(place)
    const nowMs = this.#port.monotonicMs()
    if (!this.#port.isUp() || nowMs - (this.#typedAtMs.get(stream) ?? Number.NEGATIVE_INFINITY) < TYPING_REPEAT_MS)
      return
    this.#typedAtMs.clear()
    this.#typedAtMs.set(stream, nowMs)
    const thread = place.threadId === undefined ? {} : { thread_id: place.threadId }
    this.#port.send({ type: 'typing', channel_id: place.channelId, ...thread })
  }

  /** The message was sent: what is typed next is typed anew. */
  typed(place: TypingPlace): void {
    this.#typedAtMs.delete(typingStream(place))
  }

  /** Whether the person is at this device; said now, and again when a lost connection is live again. */
  report(state: DeviceState): void {
    this.#state = state
    if (this.#port.isUp()) this.#port.send({ type: 'presence', state })
  }

  up(): void {
    if (this.#state !== undefined) this.#port.send({ type: 'presence', state: this.#state })
    for (const stream of this.#places.keys()) this.#port.send({ type: 'subscribe', stream })
    this.#told = ''
    this.#tell()
  }

  received(frame: ServerFrame): void {
    if (frame.type === 'typing') {
      for (const listener of this.#places.get(frame.stream) ?? []) callOut(() => listener(frame))
    } else if (frame.type === 'presence') {
      const { type: _type, ...presence } = frame
      if (!this.#isShown(presence.user_id)) return
      this.#known.set(presence.user_id, presence)
      for (const [listener, shown] of this.#screens) {
        if (shown.includes(presence.user_id)) callOut(() => listener(presence))
      }
    }
  }

  /** Whether it was about a stream of typing, which the server refuses: then nobody is told who types there. */
  refused(stream: string | undefined): boolean {
    return stream !== undefined && this.#places.has(stream)
  }

  #isShown(userId: string): boolean {
    return [...this.#screens.values()].some((shown) => shown.includes(userId))
  }

  #tellLater(): void {
    if (this.#gathering) return
    this.#gathering = true
    this.#port.timers.set(() => {
      this.#gathering = false
      this.#tell()
    }, GATHER_MS)
  }

  #tell(): void {
    const shown = new Set([...this.#screens.values()].toReversed().flat())
    for (const userId of this.#known.keys()) if (!shown.has(userId)) this.#known.delete(userId)
    const userIds = [...shown].slice(0, WATCHED_PEOPLE_MAX)
    const told = userIds.toSorted((a, b) => (a < b ? -1 : 1)).join()
    if (told === this.#told || !this.#port.isUp()) return
    this.#told = told
    this.#port.send({ type: 'watch_presence', user_ids: userIds })
  }
}
