import { MessageTimeline, type TimelineMessage } from '@glasshouse/client'
import type {
  ChangeFrame,
  ChannelSnapshot,
  Message,
  MessageList,
  ModeratedMessage,
  Restriction,
  User,
} from '@glasshouse/contracts'
import type { ClientId } from '@glasshouse/kernel'
import { untrack } from 'svelte'
import { browserApi } from './browser-api.ts'
import type RestrictionNotice from './components/restriction-notice.svelte'
import type { HeldMessages } from './held-messages.svelte.ts'
import type { MemberChange } from './member-list.ts'
import { titled } from './channel-title.ts'
import { MessageChanges } from './message-changes.svelte.ts'
import { messageRows, type MessageRow } from './message-rows.ts'
import type { Outbox, Outgoing, Receipt } from './outbox.ts'
import type { Viewer } from './viewer.svelte.ts'

/** What the first view of a channel holds. */
export interface History {
  /** Newest first. */
  readonly items: readonly Message[]
  /** Null when it reaches the first message of the channel. */
  readonly next: string | null
  /** The stream's head when they were read: live changes are asked for after it. */
  readonly seq: number
  /** Set for a page of the past: the messages before this seq. */
  readonly before?: number
  /** One's own that are not in the channel. */
  readonly held?: readonly ModeratedMessage[]
  /** What shows them, when there are some. */
  readonly Held?: typeof HeldMessages
}

/** That one is muted or banned, and what says so: loaded when it is needed. */
export interface Restricted {
  readonly restriction: Restriction
  readonly Notice: typeof RestrictionNotice
}

/** A thread as it was read. */
export interface ThreadSnapshot {
  readonly root: Message
  /** Oldest first. */
  readonly items: readonly Message[]
  /** Whether all replies are in it. */
  readonly complete: boolean
  /** Whether the reader follows it; undefined for a visitor. */
  readonly following: boolean | undefined
  readonly seq: number
}

/** Pages read for one scroll to the top: a page may hold replies only. */
const PAGES_PER_LOAD_MAX = 5
const PAGE_LIMIT = 100
/** Loads on the way back to the first unread message; beyond them a page of the past is opened. */
const LOADS_BACK_MAX = 20
/** Held while one reads the newest; above `trimAbove` the oldest go. */
const NEWEST_KEPT = 1_000
const NEWEST_TRIM_ABOVE = 3_000
/** Held at most while one reads far back. Letting go waits until the list stands still, so the timeline's own bound is beyond. */
const HELD_MAX = 20_000
const WINDOW_MAX = 25_000

export interface ChannelViewInput {
  readonly channel: ChannelSnapshot
  readonly history: History
  readonly user: User | null
  readonly viewer: Viewer
  readonly outbox: Outbox | undefined
  readonly restricted?: Restricted | undefined
}

/** The messages of one channel as the page shows them: what the server has, and below it what is on its way there. */
export class ChannelView {
  readonly #timeline = new MessageTimeline({ windowMax: WINDOW_MAX })
  readonly #channelId: string
  readonly user: User | null
  readonly #viewer: Viewer
  readonly #outbox: Outbox | undefined
  #threadId: string | undefined
  #rowsBefore: { readonly timeZone: string; readonly rows: ReadonlyMap<string, MessageRow> } = {
    timeZone: '',
    rows: new Map(),
  }

  #messages = $state.raw<readonly TimelineMessage[]>([])
  /** Counts what became of the timeline: replies are in no list that is compared. */
  #version = $state(0)
  reachesStart = $state(false)
  /** The messages before this one are older than what is held. */
  fromSeq = $state<number>()
  detached = $state(false)
  loading = $state(false)
  /** Why older messages could not be read. */
  problem = $state<string>()
  /** Messages of others that came since the person looked at the newest. */
  unseen = $state(0)
  /** Name, description and members, as they are now. */
  channel: ChannelSnapshot
  /** The last change of each member that the stream has brought. */
  memberChanges = $state.raw<ReadonlyMap<string, MemberChange>>(new Map())
  /** One's own messages that are not in the channel; undefined while there were none. */
  held = $state.raw<HeldMessages>()
  /** What keeps one from writing here. */
  restricted = $state.raw<Restricted>()
  #restrictionReads = 0
  /** What was said last, for those who hear the page. */
  announcement = $state('')
  /** The thread in which the person wants to write: its composer takes the focus. */
  replyTo: string | undefined
  /** The first message that is new: there the line stands, until what comes later is new or the channel is opened anew. */
  newFrom = $state<number>()
  /** How many were new then, while the line is out of sight. */
  newCount = $state(0)
  /** The message at which the channel was opened. */
  targetId = $state<string>()
  /** Undefined for a visitor, who changes nothing. */
  readonly changes: MessageChanges | undefined

  readonly #waiting = $derived.by((): readonly Outgoing[] => this.#outbox?.ofChannel(this.#channelId) ?? [])

  readonly rows: readonly MessageRow[] = $derived.by(() => {
    const messages = this.#withWaiting(this.#withHeld(), this.#waiting).map((message) => this.#shown(message))
    const { timeZone, nowMs } = this.#viewer
    const before = this.#rowsBefore.timeZone === timeZone ? this.#rowsBefore.rows : undefined
    const { newFrom, reachesStart } = this
    const rows = messageRows(messages, { timeZone, nowMs, newFrom, reachesStart }, before)
    this.#rowsBefore = { timeZone, rows: new Map(rows.map((row) => [row.key, row])) }
    return rows
  })

  constructor(input: ChannelViewInput) {
    this.#channelId = input.channel.id
    this.channel = $state.raw(input.channel)
    this.user = input.user
    this.#viewer = input.viewer
    this.#outbox = input.outbox
    this.restricted = input.restricted
    const { user } = input
    this.changes =
      user === null
        ? undefined
        : new MessageChanges({
            channelId: this.#channelId,
            username: user.username,
            api: browserApi,
            onstored: (message) => {
              if (this.#timeline.apply({ type: 'message_updated', ...message })) this.#publish()
            },
          })
    this.replace(input.history)
  }

  isMine(message: TimelineMessage): boolean {
    return this.user !== null && message.user_id === this.user.id
  }

  replace(history: History): void {
    this.#timeline.replace(history, history.before)
    if (history.held && history.Held) {
      this.held ??= new history.Held(this.user, asMessage)
      for (const message of history.held) this.held.moderated(message)
    }
    this.unseen = 0
    this.#publish()
  }

  /** Shows a thread from now on. Returns false for one that must be read again, since changes came between. */
  openThread({ root, items, seq }: ThreadSnapshot): boolean {
    this.#threadId = root.id
    this.#timeline.holdThread(root.id)
    const merged = this.#timeline.mergeThread({ root, items, seq })
    if (merged) this.#publish()
    return merged
  }

  /** Nothing when another one has been opened since. */
  closeThread(rootId: string): void {
    if (rootId !== this.#threadId) return
    this.#threadId = undefined
    this.#timeline.holdThread(undefined)
  }

  /** What is known of the thread now: its root, then its replies, oldest first. Empty when it is not known. */
  thread(rootId: string): readonly TimelineMessage[] {
    void this.#version
    const root = this.#timeline.get(rootId)
    if (root === undefined) return []
    const stored = [root, ...this.#timeline.replies(rootId)]
    const waiting = this.#asMessages(
      stored,
      this.#waiting.filter(({ threadId }) => threadId === rootId),
    )
    return [...stored, ...waiting].map((message) => this.#shown(message))
  }

  apply(changes: readonly ChangeFrame[], atNewest: boolean): void {
    for (const change of changes) {
      if (change.type === 'channel_changed')
        this.channel = titled({ ...this.channel, ...change.channel }, this.user?.id)
      if (change.type === 'member_changed') this.#memberChanged(change)
      const isNews = this.#timeline.apply(change) && change.type === 'new_message' && change.user_id !== this.user?.id
      if (!isNews) continue
      const place = change.thread_id === undefined ? '' : ' in a thread'
      this.announcement = `${change.display_name}${place}: ${change.content.slice(0, 200)}`
      if (!atNewest && change.thread_id === undefined) this.unseen++
    }
    this.#publish()
  }

  /** The pinned ones that are held, as one text that changes when they do. */
  get pinnedIds(): string {
    return this.#messages.flatMap(({ id, pinned_at }) => (pinned_at === undefined ? [] : id)).join(' ')
  }

  /** The server has a message of one's own: it is shown as stored, whether the stream has brought it already or not. */
  confirm(outgoing: Outgoing, receipt: Receipt): void {
    if (this.user === null || outgoing.channelId !== this.#channelId) return
    const { id, seq, timestamp } = receipt
    if (seq === null) {
      const message = { ...asMessage(outgoing, this.user), id, timestamp }
      if (!this.#timeline.get(id)) void this.#loadHeld().then((held) => held.add(message))
      return
    }
    // What the page made of it gives way to what the stream says: who is mentioned, what is quoted.
    const changed_seq = seq - 0.5
    const message = { ...asMessage(outgoing, this.user), id, seq, changed_seq, timestamp }
    if (this.#timeline.apply({ type: 'new_message', ...message })) this.#publish()
  }

  /** What became of a message that a moderator looks at, as one's own stream tells it. */
  async moderated(told: ModeratedMessage): Promise<void> {
    if (told.channel_id === this.#channelId) (await this.#loadHeld()).moderated(told)
  }

  /** Asks the server, after word of a change, and when the end has come: there may be another one. */
  async readRestriction(): Promise<void> {
    const mine = ++this.#restrictionReads
    const read = await browserApi.getChannel({ params: { channel_id: this.#channelId } })
    if (!read.ok) return
    const { restriction } = read.value
    const restricted = restriction && {
      restriction,
      Notice: (await import('./components/restriction-notice.svelte')).default,
    }
    if (mine === this.#restrictionReads) this.restricted = restricted
  }

  /** Seldom needed, so it is not loaded with the page. */
  async #loadHeld(): Promise<HeldMessages> {
    const { HeldMessages } = await import('./held-messages.svelte.ts')
    return (this.held ??= new HeldMessages(this.user, asMessage))
  }

  /** Reads the page before the oldest that is held. */
  async loadOlder(): Promise<void> {
    if (this.loading || this.reachesStart) return
    this.loading = true
    this.problem = undefined
    try {
      const first = this.#messages[0]?.id
      for (let page = 0; page < PAGES_PER_LOAD_MAX && !this.#timeline.reachesStart; page++) {
        const before = this.#timeline.fromSeq ?? 0
        // A page that became stale, or no longer fits, is read again in the next round.
        if (this.#timeline.mergeOlder(await readMessages(this.#channelId, before), before) !== 'merged') continue
        this.#publish()
        if (this.#messages[0]?.id !== first) break
      }
    } catch (cause) {
      this.problem = cause instanceof Error ? cause.message : 'Older messages could not be loaded.'
    } finally {
      this.loading = false
    }
  }

  /** Reads older messages until this one is held. Returns false where it is too far back. */
  async loadBack(seq: number): Promise<boolean> {
    const isHeld = (): boolean => this.reachesStart || (this.fromSeq ?? 0) <= seq
    for (let load = 0; load < LOADS_BACK_MAX && !isHeld(); load++) {
      await this.loadOlder()
      if (this.problem !== undefined) break
    }
    return isHeld()
  }

  /** Begins anew at the newest messages. Resolves to the stream's head that they were read at. */
  async reload(): Promise<number> {
    const list = await readMessages(this.#channelId, undefined)
    this.replace(list)
    return list.seq
  }

  /** Called when the list stands still: lets go of what is far away. */
  trim(atNewest: boolean): void {
    if (atNewest && this.#messages.length > NEWEST_TRIM_ABOVE) this.#timeline.keepNewest(NEWEST_KEPT)
    else if (!atNewest && this.#messages.length > HELD_MAX) this.#timeline.keepOldest(HELD_MAX - NEWEST_KEPT)
    else return
    this.#publish()
  }

  #memberChanged(change: MemberChange): void {
    const before = this.memberChanges.get(change.user_id)
    this.memberChanges = new Map([...this.memberChanges, [change.user_id, change]])
    // The channel may have been read later than the history from which the stream goes on.
    if (change.changed_seq <= this.channel.seq) return
    // Whoever comes as more than a member was one before: it is a new role, and no new member.
    const wasIn =
      before === undefined ? change.membership === 'left' || change.role !== 'member' : before.membership === 'joined'
    const step = Number(change.membership === 'joined') - Number(wasIn)
    const isMe = change.user_id === this.user?.id
    this.channel = {
      ...this.channel,
      seq: change.changed_seq,
      member_count: Math.max(0, this.channel.member_count + step),
      ...(isMe ? { joined: change.membership === 'joined', role: change.role } : {}),
    }
  }

  #publish(): void {
    this.#messages = this.#timeline.messages
    this.reachesStart = this.#timeline.reachesStart
    this.fromSeq = this.#timeline.fromSeq
    this.detached = this.#timeline.detached
    this.#version++
    // The stream may bring a message before its acknowledgement does, or instead of it.
    const waiting = untrack(() => this.#waiting)
    const replies = new Set(waiting.flatMap(({ threadId }) => threadId ?? []))
    const known = [...this.#messages, ...[...replies].flatMap((rootId) => this.#timeline.replies(rootId))]
    for (const clientId of this.#storedOf(known, waiting)) this.#outbox?.discard(clientId)
  }

  #withHeld(): readonly TimelineMessage[] {
    return this.detached || !this.held ? this.#messages : this.held.among(this.#messages, this.reachesStart)
  }

  #withWaiting(messages: readonly TimelineMessage[], waiting: readonly Outgoing[]): readonly TimelineMessage[] {
    const { user } = this
    const mine = waiting.filter(({ threadId }) => threadId === undefined)
    if (user === null || mine.length === 0 || this.detached) return messages
    return [...messages, ...this.#asMessages(messages, mine)]
  }

  /** Those that wait and are not stored yet, as messages. */
  #asMessages(messages: readonly TimelineMessage[], waiting: readonly Outgoing[]): TimelineMessage[] {
    const { user } = this
    if (user === null || waiting.length === 0) return []
    const stored = this.#storedOf(messages, waiting)
    return waiting.filter(({ clientId }) => !stored.has(clientId)).map((outgoing) => asMessage(outgoing, user))
  }

  #shown(message: TimelineMessage): TimelineMessage {
    return this.changes?.shown(message) ?? message
  }

  /** The client_ids of those that wait and are in the list already. Two people may use the same one. */
  #storedOf(messages: readonly TimelineMessage[], waiting: readonly Outgoing[]): ReadonlySet<ClientId> {
    const stored = new Set<ClientId>()
    if (waiting.length === 0) return stored
    const ids = new Map<string, ClientId>(waiting.map(({ clientId }) => [clientId, clientId]))
    for (const { user_id, client_id } of messages) {
      const id = client_id === undefined || user_id !== this.user?.id ? undefined : ids.get(client_id)
      if (id !== undefined) stored.add(id)
    }
    return stored
  }
}

/** Whether it is on its way: the server has given it no place yet. */
export function isWaiting(message: TimelineMessage): boolean {
  return message.changed_seq === 0
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
    ...(outgoing.threadId === undefined ? {} : { thread_id: outgoing.threadId }),
  }
}

/** The page before `before`, or the newest one. Throws an Error that a person can read. */
async function readMessages(channelId: string, before: number | undefined): Promise<MessageList> {
  const position = before === undefined ? {} : { before }
  const list = await browserApi.listMessages({
    params: { channel_id: channelId },
    query: { limit: PAGE_LIMIT, ...position },
  })
  if (!list.ok) throw new Error(list.error.message)
  return list.value
}
