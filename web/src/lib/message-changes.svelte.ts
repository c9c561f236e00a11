import type { Api, ApiError, TimelineMessage } from '@glasshouse/client'
import type { Message } from '@glasshouse/contracts'
import type { Result } from '@glasshouse/kernel'
import { SvelteMap } from 'svelte/reactivity'
import { toggledReactions } from './toggled-reactions.ts'

/** A change that the server has not confirmed. */
interface UnderWay {
  readonly messageId: string
  readonly show: (message: TimelineMessage) => TimelineMessage
}

/** Why a change was not made. */
export interface ChangeProblem {
  readonly reason: string
  /** When it may be tried again, milliseconds since 1970. */
  readonly retryAtMs?: number | undefined
  readonly retry: () => void
}

interface MessageChangesInput {
  readonly channelId: string
  /** Of the person who makes them. */
  readonly username: string
  readonly api: Api
  /** Takes what the server answered. */
  readonly onstored: (message: Message) => void
}

/**
 * What a person changes of messages that are there. It is shown at once; when the server refuses, the message is again what it was,
 * with the reason beside it.
 */
export class MessageChanges {
  readonly #input: MessageChangesInput
  #underWay = $state.raw<readonly UnderWay[]>([])
  readonly #problems = new SvelteMap<string, ChangeProblem>()

  constructor(input: MessageChangesInput) {
    this.#input = input
  }

  /** The message as it will be when all that is under way is done. */
  shown(message: TimelineMessage): TimelineMessage {
    return this.#underWay.reduce((now, { messageId, show }) => (messageId === message.id ? show(now) : now), message)
  }

  problem(messageId: string): ChangeProblem | undefined {
    return this.#problems.get(messageId)
  }

  dismiss(messageId: string): void {
    this.#problems.delete(messageId)
  }

  react(message: TimelineMessage, emoji: string, on: boolean): Promise<boolean> {
    const { username, api } = this.#input
    const params = { ...this.#path(message), emoji }
    return this.make(
      message,
      (now) => ({ ...now, reactions: toggledReactions(now.reactions ?? [], emoji, { username, on }) }),
      () => (on ? api.addReaction({ params }) : api.removeReaction({ params })),
    )
  }

  edit(message: TimelineMessage, content: string): Promise<boolean> {
    const edited_at = new Date().toISOString()
    return this.make(
      message,
      (now) => ({ ...now, content, edited_at }),
      () => this.#input.api.editMessage({ params: this.#path(message), body: { content } }),
    )
  }

  pin(message: TimelineMessage, on: boolean): Promise<boolean> {
    const { username, api } = this.#input
    const params = this.#path(message)
    const pinned_at = new Date().toISOString()
    return this.make(
      message,
      ({ pinned_at: _at, pinned_by: _by, ...rest }) => (on ? { ...rest, pinned_at, pinned_by: username } : rest),
      () => (on ? api.pinMessage({ params }) : api.unpinMessage({ params })),
    )
  }

  /** For oneself, or no more: nothing is seen of it in the message, but for a refusal. */
  async save(message: TimelineMessage, on: boolean): Promise<boolean> {
    const { api } = this.#input
    const params = this.#path(message)
    const answer = await (on ? api.saveMessage({ params }) : api.unsaveMessage({ params }))
    if (answer.ok) this.#problems.delete(message.id)
    else this.#problems.set(message.id, { reason: answer.error.message, retry: () => void this.save(message, on) })
    return answer.ok
  }

  /** For oneself, from this message on. */
  async markUnread(message: TimelineMessage): Promise<boolean> {
    const { seq, thread_id: rootId } = message
    const thread = rootId === undefined ? {} : { thread_id: rootId }
    const params = { channel_id: this.#input.channelId }
    const answer = await this.#input.api.markUnread({ params, body: { seq, ...thread } })
    if (answer.ok) this.#problems.delete(message.id)
    else this.#problems.set(message.id, { reason: answer.error.message, retry: () => void this.markUnread(message) })
    return answer.ok
  }

  delete(message: TimelineMessage): Promise<boolean> {
    return this.make(
      message,
      ({ reactions: _reactions, ...rest }) => ({ ...rest, content: '', deleted: true }),
      () => this.#input.api.deleteMessage({ params: this.#path(message) }),
    )
  }

  /** Shows a change at once, and makes it. Resolves to whether the server took it. */
  async make(
    message: TimelineMessage,
    show: UnderWay['show'],
    call: () => Promise<Result<Message | undefined, ApiError>>,
  ): Promise<boolean> {
    const change = { messageId: message.id, show }
    this.#problems.delete(message.id)
    this.#underWay = [...this.#underWay, change]
    const answer = await call()
    if (answer.ok) {
      // The stream says what a deletion left; until then it is shown as this page knows it.
      if (answer.value === undefined) return true
      this.#input.onstored(answer.value)
    } else {
      const { message: reason, retryAfterMs } = answer.error
      const retryAtMs = retryAfterMs === undefined ? undefined : Date.now() + retryAfterMs
      this.#problems.set(message.id, { reason, retryAtMs, retry: () => void this.make(message, show, call) })
    }
    this.#underWay = this.#underWay.filter((each) => each !== change)
    return answer.ok
  }

  #path(message: TimelineMessage): { channel_id: string; message_id: string } {
    return { channel_id: this.#input.channelId, message_id: message.id }
  }
}
