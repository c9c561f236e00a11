/**
 * The channels that one is in, as a list that follows them live: from a snapshot (`listChannels` with `joined: true`, all its pages)
 * and from the changes of one's own stream (`me`) after the snapshot's seq.
 *
 * Everything that comes in is one operation: an upsert by channel that ignores what is older than what is known. So repeats and the
 * order of arrival make no difference, and the state is that of a fresh read.
 */
import type { ChangeFrame, Channel } from '@glasshouse/contracts'

/** All pages of the list; the seq is that of the first, since what changed after it comes again. */
export interface MembershipSnapshot {
  readonly items: readonly Channel[]
  readonly seq: number
}

interface Entry {
  /** Of the last change, or of the snapshot. */
  readonly changedSeq: number
  /** Undefined for a channel that was left: what is older must not bring it back. */
  readonly channel: Channel | undefined
}

export class MembershipList {
  /** As many as there are channels, and those that were left since the snapshot. */
  readonly #entries = new Map<string, Entry>()
  #startedAt = 0
  #channels: readonly Channel[] | undefined

  /** The Lobby first, then by name. */
  get channels(): readonly Channel[] {
    this.#channels ??= [...this.#entries.values()].flatMap(({ channel }) => channel ?? []).toSorted(byName)
    return this.#channels
  }

  get(channelId: string): Channel | undefined {
    return this.#entries.get(channelId)?.channel
  }

  /** Begins anew, as the first view and a `reset` do. */
  replace({ items, seq }: MembershipSnapshot): void {
    this.#entries.clear()
    this.#startedAt = seq
    for (const channel of items) this.#entries.set(channel.id, { changedSeq: seq, channel })
    this.#channels = undefined
  }

  /** A change of one's own stream; changes of other kinds are left alone. Returns whether it was news. */
  apply(change: ChangeFrame): boolean {
    if (change.type !== 'member_changed' || change.stream.startsWith('channel:')) return false
    const { channel_id: id, changed_seq: changedSeq, channel } = change
    if (changedSeq <= (this.#entries.get(id)?.changedSeq ?? this.#startedAt)) return false
    this.#entries.set(id, { changedSeq, channel: change.membership === 'joined' ? channel : undefined })
    this.#channels = undefined
    return true
  }
}

function byName(a: Channel, b: Channel): number {
  return Number(b.is_lobby) - Number(a.is_lobby) || a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1)
}
