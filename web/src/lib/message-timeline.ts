import type { ChangeFrame, Message } from '@glasshouse/contracts'

/** A message as the page shows it. A deleted one that the reader saw keeps its place and its author, and loses its content. */
export type TimelineMessage = Message & { readonly deleted?: true }

type MessageChange = Extract<ChangeFrame, { type: 'new_message' | 'message_updated' | 'message_deleted' }>

/** Changes of messages that are not in the window, kept for the page that may bring an older state of them. */
const OUTSIDE_MAX = 2_000

/**
 * The messages of one channel that a page holds: a window of its history without gaps, oldest first, replies of threads left out.
 *
 * What comes in (pages read over REST, live changes, the answer to one's own send) is applied as an upsert that ignores an older
 * `changed_seq`; so the order of arrival makes no difference. A change of a message outside of the window is not shown, for that
 * would make a gap; it is remembered, since a page that was read before it may arrive after it.
 *
 * The window reaches up to the newest message unless `detached`: then its newest part was let go to bound what is held.
 */
export class MessageTimeline {
  /** Ascending by seq. */
  #messages: TimelineMessage[] = []
  #known = new Map<string, TimelineMessage>()
  #outside = new Map<string, MessageChange>()
  /** Everything from here on is held. */
  #fromSeq = Number.POSITIVE_INFINITY
  #reachesStart = false
  #detached = false

  get messages(): readonly TimelineMessage[] {
    return this.#messages
  }

  /** Whether the first message of the channel is held. */
  get reachesStart(): boolean {
    return this.#reachesStart
  }

  get detached(): boolean {
    return this.#detached
  }

  /** The `before` of the next older page; undefined when nothing was read yet. */
  get fromSeq(): number | undefined {
    return Number.isFinite(this.#fromSeq) ? this.#fromSeq : undefined
  }

  /** Begins anew with the newest page of the history, as the first view and a `reset` do. */
  replace(page: readonly Message[], reachesStart: boolean): void {
    this.#messages = []
    this.#known.clear()
    this.#fromSeq = Number.POSITIVE_INFINITY
    this.#detached = false
    this.mergeOlder(page, reachesStart)
    // An empty channel is held from its beginning.
    if (reachesStart) this.#fromSeq = 0
  }

  /** Adds the page before the window. `reachesStart`: there is no older one. */
  mergeOlder(page: readonly Message[], reachesStart: boolean): void {
    for (const message of page) this.#fromSeq = Math.min(this.#fromSeq, message.seq)
    const newer: MessageChange[] = []
    const added: TimelineMessage[] = []
    for (const message of page) {
      const change = this.#outside.get(message.id)
      if (change) newer.push(change)
      this.#outside.delete(message.id)
      if (this.#put(message) === 'added') added.push(message)
    }
    // One new array for the page: the view compares by identity.
    if (added.length > 0) this.#messages = [...added, ...this.#messages]
    this.#sort()
    if (reachesStart) this.#reachesStart = true
    for (const change of newer) this.apply(change)
  }

  /** A live change. Returns whether what is shown differs. */
  apply(change: MessageChange): boolean {
    const known = this.#known.get(change.id)
    if (known && known.changed_seq >= change.changed_seq) return false
    if (!known && !this.#inWindow(change.seq)) {
      this.#rememberOutside(change)
      return false
    }
    if (change.type === 'message_deleted') {
      if (!known) {
        this.#rememberOutside(change)
        return false
      }
      this.#put({ ...known, changed_seq: change.changed_seq, content: '', deleted: true, reactions: [] })
    } else {
      const { type: _type, ...message } = change
      if (message.thread_id !== undefined) return false
      if (this.#put(message) === 'added') this.#messages = [...this.#messages, message]
      this.#sort()
    }
    return true
  }

  /** Lets the oldest go until `count` are left, so that a page that stays open for days holds a bounded part. */
  keepNewest(count: number): void {
    if (this.#messages.length <= count) return
    const dropped = this.#messages.slice(0, -count)
    this.#messages = this.#messages.slice(-count)
    this.#forget(dropped)
    this.#fromSeq = this.#messages[0]?.seq ?? this.#fromSeq
    this.#reachesStart = false
  }

  /** Lets the newest go until `count` are left. The window is detached then: `replace` brings the newest back. */
  keepOldest(count: number): void {
    if (this.#messages.length <= count) return
    const dropped = this.#messages.slice(count)
    this.#messages = this.#messages.slice(0, count)
    this.#forget(dropped)
    this.#detached = true
  }

  #inWindow(seq: number): boolean {
    if (seq < this.#fromSeq) return false
    return !this.#detached || seq <= (this.#messages.at(-1)?.seq ?? 0)
  }

  /** Replaces what is held of this message. One that is `added` is left to the caller to put into the list. */
  #put(message: TimelineMessage): 'ignored' | 'replaced' | 'added' {
    if (message.thread_id !== undefined) return 'ignored'
    const known = this.#known.get(message.id)
    if (known && known.changed_seq >= message.changed_seq) return 'ignored'
    this.#known.set(message.id, message)
    if (!known) return 'added'
    const at = this.#messages.findLastIndex((each) => each.id === message.id)
    this.#messages = this.#messages.with(at, message)
    return 'replaced'
  }

  #sort(): void {
    for (let index = 1; index < this.#messages.length; index++) {
      const before = this.#messages[index - 1]
      const after = this.#messages[index]
      if (before && after && before.seq > after.seq) {
        this.#messages = this.#messages.toSorted((a, b) => a.seq - b.seq)
        return
      }
    }
  }

  #forget(dropped: readonly TimelineMessage[]): void {
    for (const message of dropped) this.#known.delete(message.id)
  }

  #rememberOutside(change: MessageChange): void {
    const known = this.#outside.get(change.id)
    if (known && known.changed_seq >= change.changed_seq) return
    this.#outside.delete(change.id)
    this.#outside.set(change.id, change)
    if (this.#outside.size <= OUTSIDE_MAX) return
    const oldest = this.#outside.keys().next()
    if (!oldest.done) this.#outside.delete(oldest.value)
  }
}
