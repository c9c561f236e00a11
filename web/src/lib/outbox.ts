import { newId, type ClientId } from '@glasshouse/kernel'
import { SvelteMap } from 'svelte/reactivity'
import { browserStore, type TextStore } from './browser-store.ts'
import { tabLocks, type TabLocks } from './tab-locks.ts'

/** A message on its way. */
export interface Outgoing {
  readonly clientId: ClientId
  readonly channelId: string
  readonly content: string
  /** The message to which it is a reply. */
  readonly threadId?: string
  /** Of the draft that it was written as, where the server has one. */
  readonly draftVersion?: number | undefined
  /** When it was written, milliseconds since 1970. */
  readonly writtenAtMs: number
  /** The tab that sends it: no other does while that one is open. */
  readonly tabId?: string
  /** Set when the server refused it: it waits for the person to retry or to discard it. */
  readonly failed?: { readonly reason: string; readonly retryAtMs?: number | undefined }
}

/** What the server made of a message. */
export interface Receipt {
  readonly id: string
  /** Null for one that waits for a moderator: it is not in the channel. */
  readonly seq: number | null
  readonly timestamp: string
}

/** What became of one attempt to send. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly receipt: Receipt }
  /** The connection has ended for good: the message stays, and goes out from the next page with the same client_id. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'refused'; readonly reason: string; readonly retryAfterMs?: number | undefined }

type Send = (message: Outgoing) => Promise<SendOutcome>

/** More messages than a person writes while offline. */
const OUTGOING_MAX = 500

/**
 * Messages that were written and are not confirmed; this is the one place that holds them. They outlive a reload and a crash: they are
 * kept by person in the browser until the server has them, and each keeps its client_id, so that a second attempt makes no second
 * message. Each is kept under a name of its own, for two tabs of one person must not overwrite what the other one keeps. A tab that has
 * some holds a lock; when it is gone, another tab takes them up.
 */
export class Outbox {
  /** Of the names under which they are kept. */
  readonly #prefix: string
  readonly #send: Send
  readonly #store: TextStore
  readonly #locks: TabLocks
  readonly #tabId: string = newId<ClientId>()
  #release: (() => void) | undefined
  /** By tab: what ends the wait for it to be gone. */
  readonly #awaited = new Map<string, () => void>()
  readonly #messages = new SvelteMap<ClientId, Outgoing>()
  /** Told before a message that was sent leaves, so that it can be shown as what it became. */
  onsent: ((message: Outgoing, receipt: Receipt) => void) | undefined

  constructor(userId: string, send: Send, browser: { readonly store: TextStore; readonly locks: TabLocks } = BROWSER) {
    this.#prefix = `glasshouse:outbox:${userId}:`
    this.#send = send
    this.#store = browser.store
    this.#locks = browser.locks
  }

  /** In the order in which they were written. */
  ofChannel(channelId: string): Outgoing[] {
    return [...this.#messages.values()].filter((message) => message.channelId === channelId)
  }

  get(clientId: string | undefined): Outgoing | undefined {
    return clientId === undefined ? undefined : this.#messages.get(clientId as ClientId)
  }

  /** Returns false when too many wait already: the text must stay where it was typed. */
  add(message: Pick<Outgoing, 'channelId' | 'content' | 'threadId' | 'draftVersion'>): boolean {
    if (this.#messages.size >= OUTGOING_MAX) return false
    const outgoing: Outgoing = { clientId: newId<ClientId>(), ...message, writtenAtMs: Date.now(), tabId: this.#tabId }
    this.#put(outgoing)
    void this.#attempt(outgoing)
    return true
  }

  retry(clientId: ClientId): void {
    const message = this.#messages.get(clientId)
    if (!message) return
    const { failed: _failed, ...fresh } = message
    this.#put(fresh)
    void this.#attempt(fresh)
  }

  /** Lets go of it: the person does not want it any more, or the server has it. */
  discard(clientId: ClientId): void {
    this.#messages.delete(clientId)
    this.#store.write(this.#prefix + clientId, null)
    if (this.#messages.size > 0) return
    this.#release?.()
    this.#release = undefined
  }

  /**
   * In the browser: takes up what earlier pages left behind, and what other tabs leave. The connection keeps it until it can be sent.
   * Returns what leaves all of it to other tabs.
   */
  resume(): () => void {
    for (const { tabId } of this.#kept()) this.#takeOver(tabId ?? '')
    const unwatch = this.#store.watch(this.#prefix, (key) => {
      const [message] = parseOutgoing(this.#store.read(key))
      if (message !== undefined) this.#takeOver(message.tabId ?? '')
    })
    return () => {
      unwatch()
      for (const end of this.#awaited.values()) end()
      this.#awaited.clear()
      this.#release?.()
      this.#release = undefined
    }
  }

  /** Once that tab is gone. */
  #takeOver(tabId: string): void {
    if (tabId === this.#tabId || this.#awaited.has(tabId)) return
    let taken = false
    const end = this.#locks.whenFree(this.#lockOf(tabId), () => {
      taken = true
      this.#awaited.delete(tabId)
      for (const message of this.#kept().filter((each) => (each.tabId ?? '') === tabId)) {
        const mine = { ...message, tabId: this.#tabId }
        this.#put(mine)
        if (!mine.failed) void this.#attempt(mine)
      }
    })
    if (!taken) this.#awaited.set(tabId, end)
  }

  /** Of all tabs, in the order in which they were written. */
  #kept(): Outgoing[] {
    const kept = this.#store.keys(this.#prefix).flatMap((key) => parseOutgoing(this.#store.read(key)))
    return kept.toSorted((a, b) => a.writtenAtMs - b.writtenAtMs)
  }

  #lockOf(tabId: string): string {
    return `${this.#prefix}tab:${tabId}`
  }

  async #attempt(message: Outgoing): Promise<void> {
    const outcome = await this.#send(message)
    if (outcome.kind === 'sent') {
      this.onsent?.(message, outcome.receipt)
      this.discard(message.clientId)
    }
    if (outcome.kind === 'refused' && this.#messages.has(message.clientId)) {
      const retryAtMs = outcome.retryAfterMs === undefined ? undefined : Date.now() + outcome.retryAfterMs
      this.#put({ ...message, failed: { reason: outcome.reason, retryAtMs } })
    }
  }

  #put(message: Outgoing): void {
    // Not held without need: a browser leaves a tab that holds a lock awake.
    this.#release ??= this.#locks.hold(this.#lockOf(this.#tabId))
    this.#messages.set(message.clientId, message)
    this.#store.write(this.#prefix + message.clientId, JSON.stringify(message))
  }
}

const BROWSER = { store: browserStore, locks: tabLocks }

function parseOutgoing(text: string | null): Outgoing[] {
  if (text === null) return []
  try {
    const stored: unknown = JSON.parse(text)
    return isOutgoing(stored) ? [stored] : []
  } catch {
    return []
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  if (typeof value !== 'object' || value === null) return false
  const { clientId, channelId, content, threadId, draftVersion, tabId, writtenAtMs } = value as Partial<
    Record<keyof Outgoing, unknown>
  >
  return (
    typeof clientId === 'string' &&
    typeof channelId === 'string' &&
    typeof content === 'string' &&
    (threadId === undefined || typeof threadId === 'string') &&
    (draftVersion === undefined || Number.isSafeInteger(draftVersion)) &&
    (tabId === undefined || typeof tabId === 'string') &&
    typeof writtenAtMs === 'number'
  )
}
