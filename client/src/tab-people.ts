import { WATCHED_PEOPLE_MAX, type ClientFrame, type ServerFrame } from '@glasshouse/contracts'
import type { TabId } from './tab-messages.ts'

type WatchFrame = Extract<ClientFrame, { type: 'watch_presence' }>
type PresenceFrame = Extract<ServerFrame, { type: 'presence' }>

/**
 * The people on the screens of all tabs: the server is asked for them together, since what is asked for last counts. It tells only of
 * those who are new to it, so a tab that shows somebody whom another shows already hears the last word from here.
 */
export class TabPeople {
  readonly #shown = new Map<TabId, readonly string[]>()
  readonly #known = new Map<string, PresenceFrame>()

  /** What the server is to be asked, and what is known already. */
  show(tab: TabId, userIds: readonly string[]): { readonly ask: WatchFrame; readonly known: readonly PresenceFrame[] } {
    this.#shown.delete(tab)
    this.#shown.set(tab, userIds)
    const ask = this.#ask()
    return { ask, known: userIds.flatMap((userId) => this.#known.get(userId) ?? []) }
  }

  /** A tab is gone. What the server is to be asked then; undefined: what it was. */
  forget(tab: TabId): WatchFrame | undefined {
    const shown = this.#shown.get(tab) ?? []
    this.#shown.delete(tab)
    return shown.length > 0 ? this.#ask() : undefined
  }

  received(frame: PresenceFrame): void {
    if (this.#isShown(frame.user_id)) this.#known.set(frame.user_id, frame)
  }

  /** What is known is of a connection that is gone; the tabs ask anew over the next. */
  down(): void {
    this.#known.clear()
    this.#shown.clear()
  }

  #isShown(userId: string): boolean {
    return [...this.#shown.values()].some((shown) => shown.includes(userId))
  }

  #ask(): WatchFrame {
    // Those of the tab that asked last come first.
    const all = new Set([...this.#shown.values()].toReversed().flat())
    for (const userId of this.#known.keys()) if (!all.has(userId)) this.#known.delete(userId)
    return { type: 'watch_presence', user_ids: [...all].slice(0, WATCHED_PEOPLE_MAX) }
  }
}
