/**
 * Several tabs read one stream over one connection, each from a cursor of its own. The server answers a `subscribe {after}` with the
 * changes after that place, and every tab gets what comes: a follower takes a replay that begins at its cursor or below, drops what it
 * knows, and skips a replay that begins beyond (stream-follower.ts). So one replay, from the lowest cursor, serves all who ask.
 *
 * Here is what has to be asked of the server, so that each answer is known to be whose: one ask at a time. Who asks while it is not
 * answered joins it when its replay is going to begin at their cursor or below; otherwise they wait, and are asked for together
 * afterwards. Pure.
 */
import type { TabId } from './tab-messages.ts'

/** Undefined: from now on, whatever was before. */
type After = number | undefined

interface Ask {
  readonly after: After
  readonly tabs: Map<TabId, After>
  /** Its replay has begun: it is too late to join. */
  begun: boolean
}

/** What is to be sent to the server now, if anything. */
export type NextAsk = { readonly after: After } | undefined

export interface ResetParts {
  /** Those whose ask it answers, and without an ask all who do not wait for theirs. */
  readonly told: (tab: TabId) => boolean
  /** Those who took part in a replay that now ends unfinished. */
  readonly cutShort: boolean
  readonly next: NextAsk
}

export class StreamAsks {
  #current: Ask | undefined
  readonly #waiting = new Map<TabId, After>()
  #replaying = false

  ask(tab: TabId, after: After): NextAsk {
    const current = this.#current
    if (current === undefined) return this.#begin(after, [[tab, after]])
    const joins =
      !current.begun &&
      (after === undefined ? current.after === undefined : current.after !== undefined && after >= current.after)
    if (joins) current.tabs.set(tab, after)
    else this.#waiting.set(tab, after)
    return undefined
  }

  forget(tab: TabId): void {
    this.#current?.tabs.delete(tab)
    this.#waiting.delete(tab)
  }

  /** Whether it waits for its own ask to be sent: then the brackets of another's replay tell it nothing. */
  waits(tab: TabId): boolean {
    return this.#waiting.has(tab)
  }

  replay(after: number): void {
    this.#replaying = true
    if (this.#current?.after === after) this.#current.begun = true
  }

  subscribed(): NextAsk {
    const answered = this.#current?.after === undefined ? !this.#replaying : this.#current.begun
    this.#replaying = false
    return answered ? this.#next() : undefined
  }

  reset(): ResetParts {
    const current = this.#current
    const cutShort = this.#replaying
    this.#replaying = false
    if (current === undefined) return { told: (tab) => !this.waits(tab), cutShort, next: undefined }
    // Those who joined from further on may lack little: they are asked for again.
    for (const [tab, after] of current.tabs) if (after !== current.after) this.#waiting.set(tab, after)
    return {
      told: (tab) => current.tabs.get(tab) === current.after && current.tabs.has(tab),
      cutShort,
      next: this.#next(),
    }
  }

  #next(): NextAsk {
    this.#current = undefined
    if (this.#waiting.size === 0) return undefined
    const all = [...this.#waiting]
    const known = all.flatMap(([, after]) => (after === undefined ? [] : [after]))
    const after = known.length === 0 ? undefined : known.reduce((least, each) => Math.min(least, each))
    const served = all.filter(([, each]) => (each === undefined) === (after === undefined))
    for (const [tab] of served) this.#waiting.delete(tab)
    return this.#begin(after, served)
  }

  #begin(after: After, tabs: readonly (readonly [TabId, After])[]): NextAsk {
    this.#current = { after, tabs: new Map(tabs), begun: false }
    return { after }
  }
}
