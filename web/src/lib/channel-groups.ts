import type { Channel, UnreadChannel } from '@glasshouse/contracts'
import { isConversation } from './channel-title.ts'
import type { Unread } from './unread.svelte.ts'

/** A part of the list of one's channels, under a heading. */
interface ChannelGroup {
  readonly kind: 'favourites' | 'section' | 'channels' | 'direct'
  readonly title: string
  readonly channels: readonly Channel[]
}

/** Favourites, one's own sections by name, then channels and conversations, which are there also when they are empty. */
export function channelGroups(
  channels: readonly Channel[],
  own: (channelId: string) => Pick<UnreadChannel, 'favourite' | 'section'> | undefined,
): readonly ChannelGroup[] {
  const favourites: Channel[] = []
  const sections = new Map<string, Channel[]>()
  const named: Channel[] = []
  const direct: Channel[] = []
  for (const channel of channels) {
    const { favourite = false, section = null } = own(channel.id) ?? {}
    if (favourite) favourites.push(channel)
    else if (section !== null) sections.set(section, [...(sections.get(section) ?? []), channel])
    else (isConversation(channel) ? direct : named).push(channel)
  }
  return [
    ...(favourites.length > 0 ? [{ kind: 'favourites', title: 'Favourites', channels: favourites } as const] : []),
    ...[...sections]
      .toSorted(([a], [b]) => a.localeCompare(b, 'en'))
      .map(([title, of]) => ({ kind: 'section', title, channels: of }) as const),
    { kind: 'channels', title: 'Channels', channels: named },
    { kind: 'direct', title: 'Direct messages', channels: direct },
  ]
}

interface From {
  /** The channel that is open. */
  readonly id: string | undefined
  readonly step: number
  /** Only where something is new: unread messages that are not muted, or a mention. */
  readonly unreadOnly: boolean
}

/** The next or the previous one in the order of the list, from its end to its beginning again. */
export function channelBeside(
  channels: readonly Channel[],
  unread: Pick<Unread, 'channel' | 'badge'>,
  { id, step, unreadOnly }: From,
): Channel | undefined {
  const all = channelGroups(channels, (each) => unread.channel(each)).flatMap((group) => group.channels)
  const isNew = (channel: Channel): boolean => {
    const badge = unread.badge(channel.id)
    return badge.mentions > 0 || (badge.unread > 0 && !badge.muted)
  }
  const wanted = all.filter((channel) => channel.id === id || !unreadOnly || isNew(channel))
  const at = wanted.findIndex((channel) => channel.id === id)
  const next = wanted.at((at < 0 && step < 0 ? 0 : at) + (step > 0 && at === wanted.length - 1 ? -at : step))
  return next?.id === id ? undefined : next
}
