import { PresenceWatch, type LiveConnection } from '@glasshouse/client'
import type { Presence } from '@glasshouse/contracts'
import { SvelteMap } from 'svelte/reactivity'

/** How the people are who are on the screen. What shows somebody says so while it is mounted; nobody else is asked for. */
export class People {
  readonly #states = new SvelteMap<string, Presence>()
  /** How many places show each of them. */
  readonly #places = new Map<string, number>()
  #watch: PresenceWatch | undefined
  #gathering = false

  start(connection: LiveConnection): void {
    this.#watch = new PresenceWatch(connection, {
      onChange: (userId, presence) => {
        if (presence !== undefined) this.#states.set(userId, presence)
      },
    })
    this.#tell()
  }

  stop(): void {
    this.#watch?.end()
    this.#watch = undefined
  }

  /** Shows somebody. Returns what ends that. */
  show(userId: string): () => void {
    this.#count(userId, 1)
    return () => this.#count(userId, -1)
  }

  /** Undefined until it is known. */
  of(userId: string): Presence | undefined {
    return this.#states.get(userId)
  }

  #count(userId: string, by: number): void {
    const places = (this.#places.get(userId) ?? 0) + by
    if (places > 0) this.#places.set(userId, places)
    else this.#places.delete(userId)
    // A list that scrolls mounts and unmounts many at once.
    if (this.#gathering) return
    this.#gathering = true
    queueMicrotask(() => {
      this.#gathering = false
      this.#tell()
    })
  }

  #tell(): void {
    for (const userId of this.#states.keys()) if (!this.#places.has(userId)) this.#states.delete(userId)
    this.#watch?.show([...this.#places.keys()])
  }
}
