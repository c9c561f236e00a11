import type { Api } from '@glasshouse/client'
import type { ChangeFrame, Message } from '@glasshouse/contracts'
import { SvelteMap } from 'svelte/reactivity'

/** What a person is told quietly: a reminder that is due, or a scheduled message that could not be sent. */
export type DueNotice =
  | { readonly kind: 'reminder'; readonly key: string; readonly message: Message }
  | { readonly kind: 'failed'; readonly key: string; readonly content: string; readonly reason: string }

type NoticeApi = Pick<Api, 'findMessage' | 'finishReminder' | 'listReminders' | 'setReminder'>

/** More at once are a list, and there is a page for that. */
const SHOWN_MAX = 3

/** What is due, as the person's own stream tells of it. What was due before the page came is read once. */
export class DueNotices {
  readonly #api: NoticeApi
  readonly #notices = new SvelteMap<string, DueNotice>()
  /** Those that were closed here, or are over: an answer that comes late must not bring them back. */
  readonly #over = new Set<string>()

  constructor(api: NoticeApi) {
    this.#api = api
  }

  /** The newest. */
  get shown(): readonly DueNotice[] {
    return [...this.#notices.values()].slice(-SHOWN_MAX)
  }

  get count(): number {
    return this.#notices.size
  }

  async load(): Promise<void> {
    const read = await this.#api.listReminders()
    if (!read.ok) return
    for (const { state, message } of read.value.items) {
      if (state === 'due' && !this.#over.has(message.id)) this.#show(message)
    }
  }

  apply(changes: readonly ChangeFrame[]): void {
    for (const change of changes) {
      if (change.type === 'reminder_changed') {
        if (change.state === 'due') void this.#due(change.message_id)
        else this.close(change.message_id)
      }
      if (change.type === 'scheduled_changed') {
        const { id: key, content, reason } = change
        if (change.state !== 'failed') this.close(key)
        else this.#notices.set(key, { kind: 'failed', key, content, reason: reason?.message ?? '' })
      }
    }
  }

  /** It is no more shown here; what it tells of stays. */
  close(key: string): void {
    this.#notices.delete(key)
    this.#over.add(key)
  }

  /** Resolves to whether the server took it. */
  async finish(messageId: string): Promise<boolean> {
    const done = await this.#api.finishReminder({ params: { message_id: messageId } })
    if (done.ok) this.close(messageId)
    return done.ok
  }

  async snooze({ id, channel_id }: Message, untilMs: number): Promise<boolean> {
    const params = { channel_id, message_id: id }
    const set = await this.#api.setReminder({ params, body: { remind_at: new Date(untilMs).toISOString() } })
    if (set.ok) this.close(id)
    return set.ok
  }

  async #due(messageId: string): Promise<void> {
    this.#over.delete(messageId)
    // The stream tells which message it is; what it says is asked for by whoever may read it still.
    const found = await this.#api.findMessage({ params: { message_id: messageId } })
    if (found.ok && !this.#over.has(messageId)) this.#show(found.value)
  }

  #show(message: Message): void {
    this.#notices.set(message.id, { kind: 'reminder', key: message.id, message })
  }
}
