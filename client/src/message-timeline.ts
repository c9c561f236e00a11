/**
 * The messages of one channel as a view holds them: a window of the history without gaps, and the replies of threads.
 *
 * Everything that comes in (pages, live changes, replays, repeats, the ack of one's own message) is one operation: an upsert by id that
 * ignores an older `changed_seq`.
 * So the order of arrival makes no difference, and the state is that of a fresh read of the same window. Four things need care:
 *
 * - A change of a message outside of the window is not shown, since that would make a gap; but it is kept, for a page that was read
 *   before the change may arrive after it. What is kept is bounded. The newest change that was let go is remembered as `forgotten
 *   through`, and a page that was read before it is refused as stale: it could be older than what we knew. Reading again is right then.
 * - `reply_count` is what the server counted, up to `last_reply_seq`; replies with a greater seq that came in by themselves are added.
 *   A reply that comes twice, or by two ways, is one entry, so it is counted once.
 * - A change of reactions says nothing of the rest of its message. When the rest is not known, or may lack a change that was let go, the
 *   entry is `doubtful`, and takes the rest from the next page that has it.
 * - The window is bounded. Growing at the head lets go of its oldest part; growing into the past lets go of its newest, and then it is
 *   `detached`: live messages are not shown until `replace` brings the newest page again.
 */
import type { ChangeFrame, Message, MessageList, Reaction } from '@glasshouse/contracts'
import {
  bySeq,
  isMessageChange,
  tombstone,
  withReactions,
  type MessageChange,
  type TimelineMessage,
} from './timeline-message.ts'

export type MergeOutcome =
  | 'merged'
  /** The page was read before changes that are known no more: read it again. */
  | 'stale'
  /** The page does not end where the window begins (any more): read the one before `fromSeq`. */
  | 'gap'

/** What `listMessages` answers. */
interface Page extends Pick<MessageList, 'next' | 'seq'> {
  readonly items: readonly Message[]
}

export interface TimelineOptions {
  /** Messages in the window, replies among them; 5,000. */
  readonly windowMax?: number
  /** Changes outside of it that are kept; 2,000. */
  readonly outsideMax?: number
}

interface Entry {
  readonly id: string
  readonly seq: number
  readonly changedSeq: number
  /** Undefined for a deleted one that was never seen, and for one of which only the reactions are known. */
  readonly message: TimelineMessage | undefined
  /** All but the reactions may be older than `changedSeq`. */
  readonly doubtful?: boolean
  /** Those of `changedSeq`, of a doubtful one. */
  readonly reactions?: readonly Reaction[] | undefined
}

export class MessageTimeline {
  readonly #windowMax: number
  readonly #outsideMax: number
  readonly #entries = new Map<string, Entry>()
  /** Ids of known replies by the id of their thread's root. */
  readonly #replies = new Map<string, Set<string>>()
  /** Roots with the replies added that the server had not counted, as they were last shown. */
  readonly #shownRoots = new Map<string, { readonly from: TimelineMessage; readonly shown: TimelineMessage }>()
  #heldThreadId: string | undefined
  #fromSeq: number | undefined
  #throughSeq = Infinity
  #forgottenThrough = 0
  /** The head at which `replace` read: what changed until then is in what was read, or is no more. */
  #startedAt = 0
  /** How many entries there may be until the bounds are looked at. */
  #boundAt = 0
  #messages: readonly TimelineMessage[] | undefined

  constructor(options: TimelineOptions = {}) {
    this.#windowMax = options.windowMax ?? 5_000
    this.#outsideMax = options.outsideMax ?? 2_000
  }

  /** The window, oldest first, without replies. What did not change is identical to what it was. */
  get messages(): readonly TimelineMessage[] {
    this.#messages ??= this.#window()
      .flatMap(({ message }) => (message === undefined || message.thread_id !== undefined ? [] : this.#shown(message)))
      .toSorted(bySeq)
    return this.#messages
  }

  /** A message that is known, in the window or not. */
  get(id: string): TimelineMessage | undefined {
    const message = this.#entries.get(id)?.message
    return message === undefined ? undefined : this.#shown(message)
  }

  /** The replies to a message that are known, oldest first: those of the window, those of `mergeThread`, and what came since. */
  replies(rootId: string): readonly TimelineMessage[] {
    const ids = [...(this.#replies.get(rootId) ?? [])]
    return ids.flatMap((id) => this.#entries.get(id)?.message ?? []).toSorted(bySeq)
  }

  /** The `before` of the next older page; undefined when nothing was read yet. */
  get fromSeq(): number | undefined {
    return this.#fromSeq
  }

  /** Whether the window begins with the first message of the channel. */
  get reachesStart(): boolean {
    return this.#fromSeq === 0
  }

  /** Whether the newest messages were let go. */
  get detached(): boolean {
    return this.#throughSeq !== Infinity
  }

  /**
   * Begins anew with the newest page, as the first view and a `reset` do. With the page that was read with this `before`, the window is
   * `detached`. A thread that is open must be merged again.
   */
  replace(page: Page, before?: number): void {
    this.#entries.clear()
    this.#replies.clear()
    this.#shownRoots.clear()
    this.#throughSeq = before === undefined ? Infinity : before - 1
    // What was read before this page may lack what changed until then, and nothing will bring that again.
    this.#forgottenThrough = page.seq
    this.#startedAt = page.seq
    this.#fromSeq = startOf(page, before ?? page.seq + 1)
    for (const message of page.items) this.#put(message)
    this.#changed()
  }

  /** Adds the page that was read with this `before`. */
  mergeOlder(page: Page, before: number): MergeOutcome {
    if (this.#fromSeq === undefined || before !== this.#fromSeq) return 'gap'
    if (page.seq < this.#forgottenThrough) return 'stale'
    this.#fromSeq = startOf(page, before)
    for (const message of page.items) this.#put(message)
    this.keepOldest(this.#windowMax)
    this.#changed()
    return 'merged'
  }

  /** Adds a page of a thread: its root and replies. Returns false for one that must be read again. */
  mergeThread(thread: { readonly root: Message; readonly items: readonly Message[]; readonly seq: number }): boolean {
    if (thread.seq < this.#forgottenThrough) return false
    for (const message of [thread.root, ...thread.items]) this.#put(message)
    this.#changed()
    return true
  }

  /** While a thread is open its messages are not let go, wherever the window is. One thread at most: `undefined` ends it. */
  holdThread(rootId: string | undefined): void {
    this.#heldThreadId = rootId
  }

  /** A change of the stream. Returns whether anything was new. */
  apply(change: ChangeFrame): boolean {
    if (!isMessageChange(change)) return false
    const known = this.#entries.get(change.id)
    if (change.changed_seq <= (known?.changedSeq ?? this.#startedAt)) return false
    if (change.type === 'message_deleted') this.#delete(change, known)
    else if (change.type === 'reaction_changed') this.#react(change, known)
    else {
      const { type: _type, ...message } = change
      this.#put(message, change.changed_seq <= this.#forgottenThrough)
    }
    if (this.#entries.size >= this.#boundAt) this.#bound()
    this.#changed()
    return true
  }

  /** Lets the oldest of the window go until `count` are left. */
  keepNewest(count: number): void {
    const window = this.#window()
    if (window.length <= count) return
    const kept = window.toSorted((a, b) => b.seq - a.seq).slice(0, count)
    this.#fromSeq = kept.at(-1)?.seq ?? this.#fromSeq
    this.#bound()
    this.#changed()
  }

  /** Lets the newest of the window go until `count` are left: it is `detached` then. */
  keepOldest(count: number): void {
    const window = this.#window()
    if (window.length <= count) return
    const kept = window.toSorted((a, b) => a.seq - b.seq).slice(0, count)
    this.#throughSeq = kept.at(-1)?.seq ?? this.#throughSeq
    this.#bound()
    this.#changed()
  }

  #window(): Entry[] {
    return [...this.#entries.values()].filter(({ seq }) => this.#inWindow(seq))
  }

  #inWindow(seq: number): boolean {
    return this.#fromSeq !== undefined && seq >= this.#fromSeq && seq <= this.#throughSeq
  }

  #put(given: Message, doubtful = false): void {
    const known = this.#entries.get(given.id)
    const message = known === undefined ? given : newer(given, known)
    if (message === undefined) return
    const { id, seq, changed_seq: changedSeq, thread_id: threadId } = message
    this.#entries.set(id, { id, seq, changedSeq, message, doubtful })
    if (threadId === undefined) return
    const replies = this.#replies.get(threadId)
    if (replies === undefined) this.#replies.set(threadId, new Set([id]))
    else replies.add(id)
  }

  #delete(change: Extract<MessageChange, { type: 'message_deleted' }>, known: Entry | undefined): void {
    const { id, seq, changed_seq: changedSeq } = change
    // One that nobody saw is shown for the sake of its replies only, as a fresh read has it.
    const isShown = known?.message !== undefined || change.reply_count !== undefined
    this.#entries.set(id, { id, seq, changedSeq, message: isShown ? tombstone(change) : undefined })
  }

  #react(change: Extract<MessageChange, { type: 'reaction_changed' }>, known: Entry | undefined): void {
    const { id, seq, changed_seq: changedSeq, reactions } = change
    const message = known?.message && withReactions(known.message, { reactions, changedSeq })
    const doubtful = message === undefined || known?.doubtful === true
    this.#entries.set(id, { id, seq, changedSeq, message, doubtful, reactions: doubtful ? reactions : undefined })
  }

  /** A root with its count brought up to date by the replies that came after the server counted. */
  #shown(root: TimelineMessage): TimelineMessage {
    const uncounted = this.#uncounted(root)
    const last = uncounted.at(-1)
    if (last === undefined) return root
    const count = (root.reply_count ?? 0) + uncounted.length
    const before = this.#shownRoots.get(root.id)
    if (before?.from === root && before.shown.reply_count === count) return before.shown
    const shown = { ...root, reply_count: count, last_reply_at: last.timestamp, last_reply_seq: last.seq }
    this.#shownRoots.set(root.id, { from: root, shown })
    return shown
  }

  #uncounted(root: TimelineMessage): TimelineMessage[] {
    const countedThrough = root.last_reply_seq ?? 0
    return this.replies(root.id).filter(({ seq, deleted }) => seq > countedThrough && deleted === undefined)
  }

  /**
   * Keeps the window and what lies outside of it within their bounds, or a tenth above: each time more goes than has to, and looking is
   * put off until enough has come, so that a message costs little on average.
   */
  #bound(): void {
    this.#letGo()
    this.#boundAt = this.#entries.size + Math.ceil(Math.min(this.#windowMax, this.#outsideMax) / 10)
  }

  #letGo(): void {
    const entries = [...this.#entries.values()]
    const inside = entries.filter(({ seq }) => this.#inWindow(seq))
    if (inside.length > this.#windowMax) {
      this.keepNewest(Math.ceil(this.#windowMax * 0.9))
      return
    }
    const outside = entries.filter((entry) => !this.#inWindow(entry.seq) && !this.#isHeld(entry))
    if (outside.length <= this.#outsideMax) return
    const oldestFirst = outside.toSorted((a, b) => a.changedSeq - b.changedSeq)
    for (const entry of oldestFirst.slice(0, outside.length - Math.ceil(this.#outsideMax * 0.9))) this.#forget(entry)
  }

  #isHeld({ id, message }: Entry): boolean {
    return this.#heldThreadId !== undefined && (id === this.#heldThreadId || message?.thread_id === this.#heldThreadId)
  }

  #forget(entry: Entry): void {
    this.#countInRoot(entry)
    this.#entries.delete(entry.id)
    this.#shownRoots.delete(entry.id)
    this.#forgottenThrough = Math.max(this.#forgottenThrough, entry.changedSeq)
    const threadId = entry.message?.thread_id
    if (threadId === undefined) return
    const replies = this.#replies.get(threadId)
    replies?.delete(entry.id)
    if (replies?.size === 0) this.#replies.delete(threadId)
  }

  /**
   * A reply that is about to be forgotten, and was counted here only, goes into its root's own count, with all before it. Should it be
   * deleted later, the count is one too high until the root is read again.
   */
  #countInRoot({ seq, message }: Entry): void {
    const root = message?.thread_id === undefined ? undefined : this.#entries.get(message.thread_id)
    if (root?.message === undefined) return
    const counted = this.#uncounted(root.message).filter((reply) => reply.seq <= seq)
    const last = counted.at(-1)
    if (last === undefined) return
    const count = (root.message.reply_count ?? 0) + counted.length
    const fields = { reply_count: count, last_reply_at: last.timestamp, last_reply_seq: last.seq }
    this.#entries.set(root.id, { ...root, message: { ...root.message, ...fields } })
  }

  #changed(): void {
    this.#messages = undefined
  }
}

/** From where on a page holds everything. */
function startOf(page: Page, before: number): number {
  return page.next === null ? 0 : page.items.reduce((least, { seq }) => Math.min(least, seq), before)
}

/** What is known of a message after this state of it came in; undefined when that tells nothing new. */
function newer(given: Message, known: Entry): TimelineMessage | undefined {
  if (given.changed_seq > known.changedSeq) return given
  if (known.doubtful !== true) return undefined
  if (given.changed_seq === known.changedSeq) return given
  return known.reactions && withReactions(given, { reactions: known.reactions, changedSeq: known.changedSeq })
}
