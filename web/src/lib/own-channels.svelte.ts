import { MembershipList, type MembershipSnapshot } from '@glasshouse/client'
import { userStream, type ChangeFrame, type Channel } from '@glasshouse/contracts'
import type { UserId } from '@glasshouse/kernel'
import { browserApi } from './browser-api.ts'
import { isConversation, titled } from './channel-title.ts'
import type { LiveState } from './live.svelte.ts'
import { readChannels } from './read-channels.ts'

/** What the list beside the chat is made of: one's own channels, and the Lobby, which is everybody's. */
export interface OwnSnapshot extends MembershipSnapshot {
  readonly lobby: Channel
}

/** The list beside the chat, live: whoever is added somewhere sees it at once. */
export class OwnChannels {
  readonly #list = new MembershipList()
  readonly #lobby: Channel
  readonly #userId: string | undefined
  readonly #listeners = new Set<(change: ChangeFrame) => void>()
  #seq = 0
  /** Told of all that one's own stream brings; and that too much was missed to be brought. */
  onown: { changes(changes: readonly ChangeFrame[]): void; reset(): void } | undefined
  /** Conversations under their titles, after the channels. */
  channels = $state.raw<readonly Channel[]>([])

  constructor(snapshot: OwnSnapshot, userId: string | undefined) {
    this.#lobby = snapshot.lobby
    this.#userId = userId
    this.take(snapshot)
  }

  /** A snapshot that was read again; one from before what is known already is left alone. */
  take(snapshot: MembershipSnapshot): void {
    if (snapshot.seq < this.#seq) return
    this.#seq = snapshot.seq
    this.#list.replace(snapshot)
    this.#publish()
  }

  /** Follows the person's own stream from what is known on. Returns what ends it. */
  follow(live: LiveState, userId: string): () => void {
    return live.follow({ stream: userStream(userId as UserId) }, this.#seq, {
      changes: (changes) => {
        for (const change of changes) {
          this.#seq = Math.max(this.#seq, change.changed_seq)
          this.#list.apply(change)
          for (const listener of this.#listeners) listener(change)
        }
        this.#publish()
        this.onown?.changes(changes)
      },
      reset: async () => {
        this.onown?.reset()
        const read = await readChannels((query) => browserApi.listChannels({ query }), { joined: true })
        if (!read.ok) throw new Error(read.error.message)
        this.take(read.value)
        return read.value.seq
      },
      // Without it the list stands as it was read; the page's own stream tells of what matters there.
      refused: () => {},
    })
  }

  /** Hears each change of the person's own stream. Returns what ends that. */
  onChange(listener: (change: ChangeFrame) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #publish(): void {
    const own = this.#list.channels
    const named = own.filter((channel) => !isConversation(channel))
    const conversations = own
      .filter((channel) => isConversation(channel))
      .map((channel) => titled(channel, this.#userId))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    const lobby = named.some(({ is_lobby: isLobby }) => isLobby) ? [] : [this.#lobby]
    this.channels = [...lobby, ...named, ...conversations]
  }
}
