/**
 * How often it is passed on that somebody types: for each place at most once in `repeatMs`, for each person in at most `placesMax`
 * places within that, and for each place at most `typistsMax` people. More is dropped without a word: it is said again soon.
 */
export interface TypingBounds {
  readonly repeatMs: number
  /** Places (a channel, or a thread) in which one person types at once. */
  readonly placesMax: number
  /** People who type in one place at once. */
  readonly typistsMax: number
}

export class TypingRates {
  readonly #bounds: TypingBounds
  /** Until when each person's last word holds, by place. */
  readonly #byPerson = new Map<string, Map<string, number>>()
  readonly #typists = new Map<string, number>()
  #sweptAtMs = Number.NEGATIVE_INFINITY

  constructor(bounds: TypingBounds) {
    this.#bounds = bounds
  }

  /** Whether it is to be passed on; then it holds for `repeatMs`. */
  take(person: string, place: string, nowMs: number): boolean {
    this.#sweep(nowMs)
    const places = this.#byPerson.get(person) ?? new Map<string, number>()
    const untilMs = places.get(place)
    if (untilMs !== undefined && nowMs < untilMs) return false
    if (untilMs === undefined) {
      const typists = this.#typists.get(place) ?? 0
      if (places.size >= this.#bounds.placesMax || typists >= this.#bounds.typistsMax) return false
      this.#typists.set(place, typists + 1)
    }
    this.#byPerson.set(person, places.set(place, nowMs + this.#bounds.repeatMs))
    return true
  }

  /** How many words are held: for tests of the bound. */
  get size(): number {
    let size = 0
    for (const places of this.#byPerson.values()) size += places.size
    return size
  }

  /** What no longer holds goes, all at once and once in `repeatMs`: no timer for anybody, and no more is held than was said in two of them. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAtMs < this.#bounds.repeatMs) return
    this.#sweptAtMs = nowMs
    for (const [person, places] of this.#byPerson) {
      for (const [place, untilMs] of places) {
        if (nowMs < untilMs) continue
        places.delete(place)
        const typists = (this.#typists.get(place) ?? 1) - 1
        if (typists === 0) this.#typists.delete(place)
        else this.#typists.set(place, typists)
      }
      if (places.size === 0) this.#byPerson.delete(person)
    }
  }
}
