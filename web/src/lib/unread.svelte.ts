import { unreadTotal, type UnreadTotal } from '@glasshouse/client'
import {
  UNREAD_SEQS_MAX,
  type Unread as UnreadRead,
  type UnreadChannel,
  type UnreadThread,
} from '@glasshouse/contracts'

type Shown = Pick<UnreadRead, 'channels' | 'threads'>

/** What the list of channels shows beside a name. */
interface Badge {
  /** Unread messages, of followed threads too. */
  readonly unread: number
  readonly mentions: number
  readonly muted: boolean
}

const NO_BADGE: Badge = { unread: 0, mentions: 0, muted: false }
const NOTHING: Shown = { channels: [], threads: [] }

/** What is unread for the one who looks: from the server's page, and then live. Nothing for a visitor. */
export class Unread {
  #channels = $state.raw<ReadonlyMap<string, UnreadChannel>>(new Map())
  #threads = $state.raw<ReadonlyMap<string, UnreadThread>>(new Map())
  #badges = $state.raw<ReadonlyMap<string, Badge>>(new Map())
  total = $state.raw<UnreadTotal>({ unread: 0, mentions: 0 })

  constructor(read: Shown | undefined) {
    this.show(read ?? NOTHING)
  }

  show({ channels, threads }: { readonly [Key in keyof Shown]: readonly Shown[Key][number][] }): void {
    this.#channels = new Map(channels.map((each) => [each.channel_id, each]))
    this.#threads = new Map(threads.map((each) => [each.thread_id, each]))
    this.total = unreadTotal(this.#channels, this.#threads)
    const badges = new Map<string, Badge>()
    for (const { channel_id: id, unread, mentions } of [...channels, ...threads]) {
      const { unread: others, mentions: calls } = badges.get(id) ?? NO_BADGE
      const muted = this.#channels.get(id)?.muted ?? false
      badges.set(id, { unread: others + unread.length, mentions: calls + mentions.length, muted })
    }
    this.#badges = badges
  }

  /** Undefined for a channel that one is not in. */
  channel(channelId: string): UnreadChannel | undefined {
    return this.#channels.get(channelId)
  }

  /** Undefined for a thread that one does not follow. */
  thread(rootId: string | undefined): UnreadThread | undefined {
    return this.#threads.get(rootId ?? '')
  }

  get channels(): readonly UnreadChannel[] {
    return [...this.#channels.values()]
  }

  /** Unread replies in all threads that one follows. */
  get replies(): number {
    return [...this.#threads.values()].reduce((sum, { unread }) => sum + unread.length, 0)
  }

  badge(channelId: string): Badge {
    return this.#badges.get(channelId) ?? NO_BADGE
  }

  /** What the tab's title begins with. */
  get titlePrefix(): string {
    const { unread, mentions } = this.total
    return mentions > 0 ? `(${countLabel(mentions)}) ` : unread > 0 ? '• ' : ''
  }
}

/** A list that is full may leave some out. */
export function countLabel(count: number): string {
  return count >= UNREAD_SEQS_MAX ? `${UNREAD_SEQS_MAX - 1}+` : `${count}`
}
