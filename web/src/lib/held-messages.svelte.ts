import type { TimelineMessage } from '@glasshouse/client'
import type { ModeratedMessage, User } from '@glasshouse/contracts'
import type { ClientId } from '@glasshouse/kernel'
import type { Outgoing } from './outbox.ts'

interface Held {
  readonly message: TimelineMessage
  /** Why it is not in the channel. */
  readonly note: string
}

const WAITS = 'Waits for a moderator. Until then only you see it.'

/** One's own messages that are not in the channel: they wait for a moderator, or one removed them. */
export class HeldMessages {
  readonly #user: User | null
  readonly #asMessage: (outgoing: Outgoing, user: User) => TimelineMessage
  #held = $state.raw<ReadonlyMap<string, Held>>(new Map())

  constructor(user: User | null, asMessage: (outgoing: Outgoing, user: User) => TimelineMessage) {
    this.#user = user
    this.#asMessage = asMessage
  }

  /** Undefined for one that is in the channel. */
  note(messageId: string): string | undefined {
    return this.#held.get(messageId)?.note
  }

  /** The server has it, and holds it. */
  add(message: TimelineMessage): void {
    if (!this.#held.has(message.id)) this.#put({ message, note: WAITS })
  }

  moderated(told: ModeratedMessage): void {
    const { id, status, reason, channel_id: channelId, client_id: clientId, content, poll, thread_id: threadId } = told
    if (this.#user === null || told.user_id !== this.#user.id) return
    if ((status !== 'pending' && status !== 'removed') || told.deleted) {
      this.#held = new Map([...this.#held].filter(([known]) => known !== id))
      return
    }
    const thread = threadId === undefined ? {} : { threadId }
    const outgoing = { clientId: (clientId ?? id) as ClientId, channelId, content, writtenAtMs: 0, ...thread }
    const by = told.decided_by?.display_name ?? 'a moderator'
    const removed = `Removed by ${by}${reason === undefined ? '.' : `: ${sentence(reason)}`} Only you and the moderators see it.`
    const asked = poll === undefined ? {} : { poll }
    const message = { ...this.#asMessage(outgoing, this.#user), id, timestamp: told.timestamp, ...asked }
    this.#put({ message, note: status === 'pending' ? WAITS : removed })
  }

  /** Each where its time is. A reply is in its thread, and there only once it is approved. */
  among(messages: readonly TimelineMessage[], fromStart: boolean): readonly TimelineMessage[] {
    const from = messages[0]?.timestamp ?? ''
    const shown = [...this.#held.values()].filter(
      ({ message }) => message.thread_id === undefined && (fromStart || message.timestamp >= from),
    )
    return shown.reduce<readonly TimelineMessage[]>(
      (list, { message }) => {
        const at = list.findLastIndex(({ timestamp }) => timestamp <= message.timestamp)
        return list.toSpliced(at + 1, 0, message)
      },
      messages.filter(({ id }) => !this.#held.has(id)),
    )
  }

  #put(held: Held): void {
    this.#held = new Map([...this.#held, [held.message.id, held]])
  }
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)
