/** One's own messages that a view shows before the stream brings them: on their way, acknowledged, or refused. */
import type { Message } from '@glasshouse/contracts'
import type { ApiError } from './api-error.ts'
import type { Ack } from './live-types.ts'

export interface PendingMessage {
  readonly client_id: string
  readonly content: string
  readonly thread_id?: string
  readonly state: 'sending' | 'sent' | 'failed'
  /** Where it was stored; of one that was sent. */
  readonly ack?: Ack
  /** Why it was refused; of one that failed. */
  readonly failure?: ApiError
}

export class PendingMessages {
  readonly #selfUserId: string
  readonly #pending = new Map<string, PendingMessage>()

  constructor(selfUserId: string) {
    this.#selfUserId = selfUserId
  }

  /** Those that were stored, in their order, then the others in the order of writing. */
  get all(): readonly PendingMessage[] {
    const seqOf = ({ ack }: PendingMessage): number => ack?.seq ?? Number.MAX_SAFE_INTEGER
    return [...this.#pending.values()].toSorted((a, b) => seqOf(a) - seqOf(b))
  }

  /** Begins, and begins again after a failure: with the same client_id it is the same message. */
  sending(message: { readonly client_id: string; readonly content: string; readonly thread_id?: string }): void {
    this.#pending.set(message.client_id, { ...message, state: 'sending' })
  }

  /** The server has stored it. `known`: the stream brought it already. */
  acked(ack: Ack, known: boolean): void {
    const pending = this.#pending.get(ack.client_id)
    if (pending === undefined) return
    if (known) this.#pending.delete(ack.client_id)
    else this.#pending.set(ack.client_id, { ...withoutFailure(pending), state: 'sent', ack })
  }

  failed(clientId: string, failure: ApiError): void {
    const pending = this.#pending.get(clientId)
    if (pending !== undefined) this.#pending.set(clientId, { ...pending, state: 'failed', failure })
  }

  discard(clientId: string): void {
    this.#pending.delete(clientId)
  }

  /** The stream, or a page, has brought a message. Somebody else may have used the same client_id. */
  arrived(message: Pick<Message, 'id' | 'user_id' | 'client_id'>): void {
    if (this.#pending.size === 0 || message.user_id !== this.#selfUserId) return
    if (message.client_id !== undefined) this.#pending.delete(message.client_id)
    else this.gone(message.id)
  }

  /** The stream says that the message of this id is no more, perhaps before the view ever had it. */
  gone(id: string): void {
    for (const { client_id, ack } of this.#pending.values()) if (ack?.id === id) this.#pending.delete(client_id)
  }
}

function withoutFailure({ failure: _failure, ...pending }: PendingMessage): PendingMessage {
  return pending
}
