/**
 * What is unread for one person, in each channel and in each thread that they follow: from a read (`getUnread`), from the changes of
 * their own stream after the read's `seq`, and from those of the channels' streams after the read's heads.
 *
 * It counts nothing: it keeps the places of the oldest unread messages, as the server tells them. So a message that comes twice is one, a
 * deletion takes away what was there or nothing, a read position that only grows cuts the list from its front, and the order in which
 * the streams come makes no difference. In each stream what is not beyond the known place is no news.
 *
 * Some changes say that there is more than what is known here: a mark of unread goes back behind messages that were let go, a channel was
 * joined, of a full list something was taken. Then it is `stale`: it must be read again, and stands as it was until then.
 *
 * A read takes its time, and changes come meanwhile. `beginRead` says that one is about to be asked for: from then on changes are kept,
 * and are taken once more after the `replace` that it ends in. What came before was committed before the read, which so has it.
 */
import {
  channelStream,
  type ChangeFrame,
  type Message,
  type OwnChannel,
  type OwnThread,
  type ReadMark,
  type Unread,
  type UnreadChannel,
  type UnreadThread,
} from '@glasshouse/contracts'
import type { ChannelId } from '@glasshouse/kernel'
import { after, positionOf, unreadTotal, withMessage, type SeqsOutcome, type UnreadTotal } from './unread-place.ts'

/** Changes that are kept while a read is on its way; beyond it one more read is needed. */
const KEPT_MAX = 2_000

type MessageChange = Extract<ChangeFrame, { type: 'new_message' | 'message_updated' | 'message_deleted' }>

export class UnreadCounts {
  readonly #userId: string
  readonly #channels = new Map<string, UnreadChannel>()
  readonly #threads = new Map<string, UnreadThread>()
  /** Up to which place of its stream each channel is counted. */
  readonly #heads = new Map<string, number>()
  #groupIds: ReadonlySet<string> = new Set()
  #ownSeq = 0
  /** Places of one's own stream were left out since the read, as a replay does: what stood there is not known. */
  #skipped = false
  #stale = true
  /** Since `beginRead`; undefined while nothing is being read. */
  #kept: ChangeFrame[] | undefined
  #keptAll = true

  constructor(userId: string) {
    this.#userId = userId
  }

  /** Whether something is not known here: read it again. True until the first `replace`. */
  get stale(): boolean {
    return this.#stale
  }

  /** The place of one's own stream up to which this is counted. */
  get seq(): number {
    return this.#ownSeq
  }

  /** In the order of the read. */
  get channels(): readonly UnreadChannel[] {
    return [...this.#channels.values()]
  }

  get threads(): readonly UnreadThread[] {
    return [...this.#threads.values()]
  }

  channel(channelId: string): UnreadChannel | undefined {
    return this.#channels.get(channelId)
  }

  /** Undefined for a thread that one does not follow. */
  thread(rootId: string): UnreadThread | undefined {
    return this.#threads.get(rootId)
  }

  /** Up to which place of its stream a channel is counted: what comes after it is wanted. */
  headOf(channelId: string): number | undefined {
    return this.#heads.get(channelId)
  }

  get total(): UnreadTotal {
    return unreadTotal(this.#channels, this.#threads)
  }

  /** A read is about to be asked for. Once for each: what it ends in is `replace`, or `endRead` when it failed. */
  beginRead(): void {
    this.#kept = []
    this.#keptAll = true
  }

  endRead(): void {
    this.#kept = undefined
    this.#stale = true
  }

  /** Begins anew with a read. */
  replace(read: Unread): void {
    const kept = this.#kept ?? []
    this.#kept = undefined
    this.#stale = !this.#keptAll
    this.#keptAll = true
    this.#ownSeq = read.seq
    this.#skipped = false
    this.#groupIds = new Set(read.group_ids)
    this.#channels.clear()
    this.#threads.clear()
    this.#heads.clear()
    // All of one moment: the heads of a channel's threads are its own.
    for (const each of [...read.threads, ...read.channels]) this.#heads.set(each.channel_id, each.head)
    for (const each of read.channels) this.#channels.set(each.channel_id, each)
    for (const each of read.threads) this.#threads.set(each.thread_id, each)
    for (const change of kept) this.apply(change)
  }

  /** A change of one's own stream or of a channel's, in the order of its stream. Returns whether anything is different now. */
  apply(change: ChangeFrame): boolean {
    if (this.#kept !== undefined) {
      if (this.#kept.length < KEPT_MAX) this.#kept.push(change)
      else this.#keptAll = false
    }
    if (change.stream.startsWith('user:')) return this.#applyOwn(change)
    const { channel_id: channelId, changed_seq: changedSeq } = change
    const head = this.#heads.get(channelId)
    if (head === undefined || changedSeq <= head || change.stream !== channelStream(channelId as ChannelId))
      return false
    this.#heads.set(channelId, changedSeq)
    switch (change.type) {
      case 'new_message':
      case 'message_updated':
      case 'message_deleted':
        return this.#message(change)
      default:
        return false
    }
  }

  #applyOwn(change: ChangeFrame): boolean {
    if (change.changed_seq <= this.#ownSeq) return false
    this.#skipped ||= change.changed_seq > this.#ownSeq + 1
    this.#ownSeq = change.changed_seq
    const wasStale = this.#stale
    switch (change.type) {
      case 'own_channel_changed':
        return this.#ownChannel(change) || this.#stale !== wasStale
      case 'own_thread_changed':
        return this.#ownThread(change) || this.#stale !== wasStale
      case 'member_changed':
        return this.#membership(change) || this.#stale !== wasStale
      default:
        return false
    }
  }

  #membership(change: Extract<ChangeFrame, { type: 'member_changed' }>): boolean {
    const { channel_id: channelId, membership } = change
    const known = this.#channels.has(channelId)
    if (membership === 'joined') {
      // Where one joined, and what was said since, is the server's to say. Whoever was in it may have left and joined again meanwhile.
      if (!known || this.#skipped) this.#stale = true
      return false
    }
    this.#channels.delete(channelId)
    this.#heads.delete(channelId)
    for (const [rootId, thread] of this.#threads) if (thread.channel_id === channelId) this.#threads.delete(rootId)
    return known
  }

  #ownChannel(own: OwnChannel): boolean {
    const { channel_id: channelId, read_seq, mark, muted, favourite, section } = own
    const known = this.#channels.get(channelId)
    if (known === undefined) {
      this.#stale = true
      return false
    }
    const moved = { ...known, ...this.#moved(known, { read_seq, mark }), muted, favourite, section }
    this.#channels.set(channelId, moved)
    return true
  }

  #ownThread(own: OwnThread): boolean {
    const { channel_id: channelId, thread_id: rootId, following, read_seq, mark } = own
    const known = this.#threads.get(rootId)
    if (!following) return this.#threads.delete(rootId)
    if (known !== undefined) {
      this.#threads.set(rootId, { ...known, ...this.#moved(known, { read_seq, mark }) })
      return true
    }
    const head = this.#heads.get(channelId)
    // Who comes to follow it by a reply of their own has read up to there; what others wrote before they did is not known here.
    if (head === undefined || positionOf({ read_seq, mark }) < head) {
      this.#stale = true
      return false
    }
    const place = { channel_id: channelId, thread_id: rootId, read_seq, mark }
    this.#threads.set(rootId, { ...place, head, unread: [], mentions: [] })
    return true
  }

  /** A place after one's own position in it has changed. */
  #moved(
    known: UnreadChannel | UnreadThread,
    read: { readonly read_seq: number; readonly mark: ReadMark | null },
  ): { read_seq: number; mark: ReadMark | null; unread: number[]; mentions: number[] } {
    const position = positionOf(read)
    const { unread, mentions } = known
    const back = position < positionOf(known)
    const outcome = back ? 'incomplete' : after(known, position, this.#heads.get(known.channel_id) ?? Infinity)
    return { ...read, ...this.#outcome(outcome, { unread, mentions }) }
  }

  #message(change: MessageChange): boolean {
    const rootId = change.thread_id
    const place = rootId === undefined ? this.#channels.get(change.channel_id) : this.#threads.get(rootId)
    if (place === undefined) return false
    const isOthers = change.user_id !== this.#userId && change.type !== 'message_deleted'
    const standing = {
      unread: isOthers && change.seq > positionOf(place),
      mention: change.type !== 'message_deleted' && this.#mentionsMe(change),
    }
    const wasStale = this.#stale
    const { unread, mentions } = this.#outcome(withMessage(place, change.seq, standing), place)
    if (unread === place.unread && mentions === place.mentions) return this.#stale !== wasStale
    if ('thread_id' in place) this.#threads.set(place.thread_id, { ...place, unread, mentions })
    else this.#channels.set(place.channel_id, { ...place, unread, mentions })
    return true
  }

  #outcome(
    outcome: SeqsOutcome,
    before: Pick<UnreadChannel, 'unread' | 'mentions'>,
  ): Pick<UnreadChannel, 'unread' | 'mentions'> {
    if (outcome === 'incomplete') this.#stale = true
    return outcome === 'incomplete' || outcome === 'same' ? before : outcome
  }

  #mentionsMe({ mentions = [] }: Pick<Message, 'mentions'>): boolean {
    return mentions.some(({ kind, id }) => {
      if (kind === 'channel' || kind === 'here') return true
      return id !== undefined && (kind === 'user' ? id === this.#userId : this.#groupIds.has(id))
    })
  }
}
