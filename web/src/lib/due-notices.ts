import type { Api } from '@glasshouse/client'
import { userOfStream, type ChangeFrame, type Message } from '@glasshouse/contracts'
import { SvelteMap } from 'svelte/reactivity'

/** What a person is told quietly: a reminder that is due, or a scheduled message that could not be sent. */
export type DueNotice =
  | { readonly kind: 'reminder'; readonly key: string; readonly message: Message }
  | { readonly kind: 'failed'; readonly key: string; readonly content: string; readonly reason: string }

type NoticeApi = Pick<Api, 'finishReminder' | 'listReminders' | 'listScheduled' | 'setReminder'>

/** More at once are a list, and there is a page for that. */
const SHOWN_MAX = 3
/** So many are remembered as over. */
const OVER_MAX = 500

interface Known {
  /** Of the message of the reminder, or of the scheduled message. */
  readonly id: string
  /** The place in the person's stream that told of it. */
  readonly seq: number
  readonly notice: DueNotice
}

/** What is due, as the person's own stream tells of it. What was due before the page came is read with it. */
export class DueNotices {
  readonly #api: NoticeApi
  readonly #userId: string
  readonly #known = new SvelteMap<string, Known>()
  /** Those that were closed here, or are over: an answer that comes late must not bring them back. Each time is one of its own. */
  readonly #over = new Set<string>()
  readonly #readTo = { reminder: 0, failed: 0 }
  #reading: Promise<void> | undefined
  #isWanted = false

  constructor(api: NoticeApi, userId: string) {
    this.#api = api
    this.#userId = userId
  }

  /** The newest. */
  get shown(): readonly DueNotice[] {
    return [...this.#known.values()].slice(-SHOWN_MAX).map(({ notice }) => notice)
  }

  get count(): number {
    return this.#known.size
  }

  /** Reads what is due, once more when it is asked for meanwhile. */
  load(): Promise<void> {
    this.#isWanted = true
    this.#reading ??= this.#readWhileWanted().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  apply(changes: readonly ChangeFrame[]): void {
    let isToRead = false
    for (const change of changes) {
      if (change.type === 'reminder_changed') {
        const key = keyOf(change.message_id, change.remind_at)
        // A list that is on its way may still have it as it was.
        if (change.state === 'due' || this.#reading !== undefined) isToRead = true
        if (change.state !== 'due') this.#end(change.message_id, change.state === 'done' ? key : undefined)
      }
      if (change.type === 'scheduled_changed') {
        const { id, content, reason, send_at, changed_seq: seq } = change
        const key = keyOf(id, send_at)
        this.#end(id)
        if (change.state !== 'failed') continue
        this.#over.delete(key)
        this.#known.set(key, { id, seq, notice: { kind: 'failed', key, content, reason: reason?.message ?? '' } })
      }
    }
    // The stream tells which messages they are; what those say is asked for by whoever may read them still, for all at once.
    if (isToRead) void this.load()
  }

  /** It is no more shown here; what it tells of stays. */
  close(key: string): void {
    this.#known.delete(key)
    this.#over.add(key)
    const [oldest] = this.#over
    if (oldest !== undefined && this.#over.size > OVER_MAX) this.#over.delete(oldest)
  }

  /** Resolves to whether the server took it. */
  async finish(messageId: string): Promise<boolean> {
    const done = await this.#api.finishReminder({ params: { message_id: messageId } })
    if (done.ok) this.#end(messageId)
    return done.ok
  }

  async snooze({ id, channel_id }: Message, untilMs: number): Promise<boolean> {
    const params = { channel_id, message_id: id }
    const set = await this.#api.setReminder({ params, body: { remind_at: new Date(untilMs).toISOString() } })
    if (set.ok) this.#end(id)
    return set.ok
  }

  #end(id: string, alsoKey?: string): void {
    for (const [key, known] of this.#known) if (known.id === id) this.close(key)
    if (alsoKey !== undefined) this.close(alsoKey)
  }

  async #readWhileWanted(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false
      // What changed meanwhile is read after it.
      await this.#read()
    }
  }

  async #read(): Promise<void> {
    const [reminders, scheduled] = await Promise.all([this.#api.listReminders(), this.#api.listScheduled()])
    if (reminders.ok && this.#isOwn(reminders.value)) {
      const { items, seq } = reminders.value
      const due = items.filter(({ state }) => state === 'due')
      const known = due.map(({ message, remind_at }): Known => {
        const key = keyOf(message.id, remind_at)
        return { id: message.id, seq, notice: { kind: 'reminder', key, message } }
      })
      this.#replace('reminder', known, seq)
    }
    if (scheduled.ok && this.#isOwn(scheduled.value)) {
      const { items, seq } = scheduled.value
      const failed = items.filter(({ state }) => state === 'failed')
      const known = failed.map(({ id, content, reason, send_at }): Known => {
        const key = keyOf(id, send_at)
        return { id, seq, notice: { kind: 'failed', key, content, reason: reason?.message ?? '' } }
      })
      this.#replace('failed', known, seq)
    }
  }

  /** Somebody else may have signed in in another tab: what is due for them is theirs. */
  #isOwn({ stream }: { readonly stream: string }): boolean {
    return userOfStream(stream) === this.#userId
  }

  /** Those of the list are all there were then. What the stream has told of since stands. */
  #replace(kind: DueNotice['kind'], all: readonly Known[], seq: number): void {
    if (seq < this.#readTo[kind]) return
    this.#readTo[kind] = seq
    const keys = new Set(all.map(({ notice }) => notice.key))
    for (const [key, known] of this.#known) {
      if (known.notice.kind === kind && known.seq <= seq && !keys.has(key)) this.#known.delete(key)
    }
    for (const known of all) {
      const { key } = known.notice
      if (!this.#over.has(key) && !this.#known.has(key)) this.#known.set(key, known)
    }
  }
}

/** The same message may be due again, at another time. */
function keyOf(id: string, time: string): string {
  return `${id}@${Date.parse(time)}`
}
