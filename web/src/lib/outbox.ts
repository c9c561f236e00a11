import { newId, type ClientId } from '@glasshouse/kernel'
import { SvelteMap } from 'svelte/reactivity'
import { browserStore, type TextStore } from './browser-store.ts'

/** A message on its way. */
export interface Outgoing {
  readonly clientId: ClientId
  readonly channelId: string
  readonly content: string
  /** The message to which it is a reply. */
  readonly threadId?: string
  /** When it was written, milliseconds since 1970. */
  readonly writtenAtMs: number
  /** Set when the server refused it: it waits for the person to retry or to discard it. */
  readonly failed?: { readonly reason: string; readonly retryAtMs?: number | undefined }
}

/** What the server made of a message. */
export interface Receipt {
  readonly id: string
  readonly seq: number
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
 * message. Each is kept under a name of its own, for two tabs of one person must not overwrite what the other one keeps.
 */
export class Outbox {
  /** Of the names under which they are kept. */
  readonly #prefix: string
  readonly #send: Send
  readonly #store: TextStore
  readonly #messages = new SvelteMap<ClientId, Outgoing>()
  /** Told before a message that was sent leaves, so that it can be shown as what it became. */
  onsent: ((message: Outgoing, receipt: Receipt) => void) | undefined

  constructor(userId: string, send: Send, store: TextStore = browserStore) {
    this.#prefix = `glasshouse:outbox:${userId}:`
    this.#send = send
    this.#store = store
  }

  /** In the order in which they were written. */
  ofChannel(channelId: string): Outgoing[] {
    return [...this.#messages.values()].filter((message) => message.channelId === channelId)
  }

  get(clientId: string | undefined): Outgoing | undefined {
    return clientId === undefined ? undefined : this.#messages.get(clientId as ClientId)
  }

  /** Returns false when too many wait already: the text must stay where it was typed. */
  add(message: Pick<Outgoing, 'channelId' | 'content' | 'threadId'>): boolean {
    if (this.#messages.size >= OUTGOING_MAX) return false
    const outgoing: Outgoing = { clientId: newId<ClientId>(), ...message, writtenAtMs: Date.now() }
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
  }

  /** Takes up what an earlier page left behind, in the browser. The connection keeps it until it can be sent. */
  resume(): void {
    const kept = this.#store.keys(this.#prefix).flatMap((key) => parseOutgoing(this.#store.read(key)))
    for (const message of kept.toSorted((a, b) => a.writtenAtMs - b.writtenAtMs)) {
      this.#messages.set(message.clientId, message)
      if (!message.failed) void this.#attempt(message)
    }
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
    this.#messages.set(message.clientId, message)
    this.#store.write(this.#prefix + message.clientId, JSON.stringify(message))
  }
}

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
  const { clientId, channelId, content, threadId, writtenAtMs } = value as Partial<Record<keyof Outgoing, unknown>>
  return (
    typeof clientId === 'string' &&
    typeof channelId === 'string' &&
    typeof content === 'string' &&
    (threadId === undefined || typeof threadId === 'string') &&
    typeof writtenAtMs === 'number'
  )
}
