import type { ChangeFrame, ChannelSnapshot, Message, MessageList, User } from '@glasshouse/contracts'
import { MessageTimeline, type TimelineMessage } from './message-timeline.ts'
import { messageRows, rowKey, type MessageRow } from './message-rows.ts'
import type { Outbox, Outgoing, Receipt } from './outbox.ts'
import type { Viewer } from './viewer.svelte.ts'

/** What the first view of a channel holds. */
export interface History {
  /** Newest first. */
  readonly items: readonly Message[]
  readonly reachesStart: boolean
  /** The stream's head when they were read: live changes are asked for after it. */
  readonly seq: number
}

/** Pages read for one scroll to the top: a page may hold replies only. */
const PAGES_PER_LOAD_MAX = 5
const PAGE_LIMIT = 100
/** Held while one reads the newest; above `trimAbove` the oldest go. */
const NEWEST_KEPT = 1_000
const NEWEST_TRIM_ABOVE = 3_000
/** Held at most while one reads far back. */
const HELD_MAX = 20_000

export interface ChannelViewInput {
  readonly channel: ChannelSnapshot
  readonly history: History
  readonly user: User | null
  readonly viewer: Viewer
  readonly outbox: Outbox | undefined
}

/** The messages of one channel as the page shows them: what the server has, and below it what is on its way there. */
export class ChannelView {
  readonly #timeline = new MessageTimeline()
  readonly #channelId: string
  readonly #user: User | null
  readonly #viewer: Viewer
  readonly #outbox: Outbox | undefined
  #rowsBefore: { readonly timeZone: string; readonly rows: ReadonlyMap<string, MessageRow> } = {
    timeZone: '',
    rows: new Map(),
  }

  #messages = $state.raw<readonly TimelineMessage[]>([])
  reachesStart = $state(false)
  detached = $state(false)
  loading = $state(false)
  /** Why older messages could not be read. */
  problem = $state<string>()
  /** Messages of others that came since the person looked at the newest. */
  unseen = $state(0)
  /** Name, description and members, as they are now. */
  channel: ChannelSnapshot
  /** What was said last, for those who hear the page. */
  announcement = $state('')

  readonly #waiting = $derived.by((): readonly Outgoing[] => this.#outbox?.ofChannel(this.#channelId) ?? [])

  readonly rows: readonly MessageRow[] = $derived.by(() => {
    const messages = this.#withWaiting(this.#messages, this.#waiting)
    const { timeZone, nowMs } = this.#viewer
    const before = this.#rowsBefore.timeZone === timeZone ? this.#rowsBefore.rows : undefined
    const rows = messageRows(messages, { timeZone, nowMs }, before)
    this.#rowsBefore = { timeZone, rows: new Map(rows.map((row) => [row.key, row])) }
    return rows
  })

  constructor(input: ChannelViewInput) {
    this.#channelId = input.channel.id
    this.channel = $state.raw(input.channel)
    this.#user = input.user
    this.#viewer = input.viewer
    this.#outbox = input.outbox
    this.replace(input.history)
  }

  replace(history: History): void {
    this.#timeline.replace(history.items, history.reachesStart)
    this.unseen = 0
    this.#publish()
  }

  apply(changes: readonly ChangeFrame[], atNewest: boolean): void {
    for (const change of changes) {
      if (change.type === 'channel_changed') this.channel = { ...this.channel, ...change.channel }
      if (change.type === 'member_changed') this.#countMember(change)
      if (change.type === 'channel_changed' || change.type === 'member_changed') continue
      const changed = this.#timeline.apply(change)
      if (!changed || change.type !== 'new_message' || change.user_id === this.#user?.id) continue
      this.announcement = `${change.display_name}: ${change.content.slice(0, 200)}`
      if (!atNewest) this.unseen++
    }
    this.#publish()
  }

  /** The server has a message of one's own: it is shown as stored, whether the stream has brought it already or not. */
  confirm(outgoing: Outgoing, receipt: Receipt): void {
    if (this.#user === null || outgoing.channelId !== this.#channelId) return
    const { id, seq, timestamp } = receipt
    const message = { ...asMessage(outgoing, this.#user), id, seq, changed_seq: seq, timestamp }
    if (this.#timeline.apply({ type: 'new_message', ...message })) this.#publish()
  }

  /** Reads the page before the oldest that is held. */
  async loadOlder(): Promise<void> {
    if (this.loading || this.reachesStart) return
    this.loading = true
    this.problem = undefined
    try {
      for (let page = 0; page < PAGES_PER_LOAD_MAX && !this.#timeline.reachesStart; page++) {
        const before = this.#messages.length
        const list = await readMessages(this.#channelId, this.#timeline.fromSeq)
        this.#timeline.mergeOlder(list.items, list.next === null)
        this.#publish()
        if (this.#messages.length > before) break
      }
    } catch (cause) {
      this.problem = cause instanceof Error ? cause.message : 'Older messages could not be loaded.'
    } finally {
      this.loading = false
    }
  }

  /** Begins anew at the newest messages. Resolves to the stream's head that they were read at. */
  async reload(): Promise<number> {
    const list = await readMessages(this.#channelId, undefined)
    this.replace({ items: list.items, reachesStart: list.next === null, seq: list.seq })
    return list.seq
  }

  /** Called when the list stands still: lets go of what is far away. */
  trim(atNewest: boolean): void {
    if (atNewest && this.#messages.length > NEWEST_TRIM_ABOVE) this.#timeline.keepNewest(NEWEST_KEPT)
    else if (!atNewest && this.#messages.length > HELD_MAX) this.#timeline.keepOldest(HELD_MAX - NEWEST_KEPT)
    else return
    this.#publish()
  }

  #countMember(change: Extract<ChangeFrame, { type: 'member_changed' }>): void {
    // The channel may have been read later than the history from which the stream goes on.
    if (change.changed_seq <= this.channel.seq) return
    const step = change.membership === 'joined' ? 1 : -1
    this.channel = {
      ...this.channel,
      seq: change.changed_seq,
      member_count: Math.max(0, this.channel.member_count + step),
    }
  }

  #publish(): void {
    this.#messages = this.#timeline.messages
    this.reachesStart = this.#timeline.reachesStart
    this.detached = this.#timeline.detached
  }

  #withWaiting(messages: readonly TimelineMessage[], waiting: readonly Outgoing[]): readonly TimelineMessage[] {
    const user = this.#user
    if (user === null || waiting.length === 0 || this.detached) return messages
    const shown = waiting.map((outgoing) => asMessage(outgoing, user))
    const keys = new Set(shown.map(rowKey))
    // The stream may bring a message before its acknowledgement does.
    const stored = new Set(
      messages
        .slice(-2 * waiting.length - 100)
        .map(rowKey)
        .filter((key) => keys.has(key)),
    )
    return [...messages, ...shown.filter((message) => !stored.has(rowKey(message)))]
  }
}

function asMessage(outgoing: Outgoing, user: User): TimelineMessage {
  return {
    id: outgoing.clientId,
    stream: `channel:${outgoing.channelId}`,
    channel_id: outgoing.channelId,
    seq: Number.MAX_SAFE_INTEGER,
    changed_seq: 0,
    user_id: user.id,
    username: user.username,
    display_name: user.display_name,
    content: outgoing.content,
    timestamp: new Date(outgoing.writtenAtMs).toISOString(),
    status: 'visible',
    client_id: outgoing.clientId,
  }
}

/** The page before `before`, or the newest one. Throws an Error that a person can read. */
async function readMessages(channelId: string, before: number | undefined): Promise<MessageList> {
  const query = new URLSearchParams({ limit: String(PAGE_LIMIT) })
  if (before !== undefined) query.set('before', String(before))
  const response = await fetch(`/api/channels/${channelId}/messages?${query}`).catch(() => {
    throw new Error('The server cannot be reached.')
  })
  if (response.status === 401) throw new Error('Your session has ended. Sign in again.')
  if (response.status === 429) throw new Error('Too many requests. Wait a moment.')
  if (!response.ok) throw new Error('The server could not load older messages.')
  // The server checks its answers against the same contract.
  return (await response.json()) as MessageList
}
