import type { Channel } from '@glasshouse/contracts'

type Named = Pick<Channel, 'type' | 'name' | 'people'>

/** What a channel is called for the one who looks: a conversation by the others in it. */
export function channelTitle({ name, people }: Named, viewerId: string | undefined): string {
  if (people === undefined) return name
  const others = people.filter(({ id }) => id !== viewerId)
  const called = others.length > 0 ? others : people
  const names = called.map(({ display_name }) => display_name).toSorted((a, b) => a.localeCompare(b, 'en'))
  return others.length > 0 ? names.join(', ') : `${names.join(', ')} (you)`
}

/** A channel with its title as its name, for the one who looks. */
export function titled<Titled extends Named>(channel: Titled, viewerId: string | undefined): Titled {
  return channel.people === undefined ? channel : { ...channel, name: channelTitle(channel, viewerId) }
}

export function isConversation({ type }: Pick<Channel, 'type'>): boolean {
  return type === 'direct' || type === 'group'
}

/** As it is written where it is named: `# general`, or the people. */
export function channelLabel(channel: Pick<Channel, 'type' | 'name'>): string {
  return isConversation(channel) ? channel.name : `# ${channel.name}`
}

/** The label of the channel with this id, among those that one is in. */
export function labelOf(channels: readonly Pick<Channel, 'id' | 'type' | 'name'>[], id: string): string {
  const channel = channels.find((each) => each.id === id)
  return channel === undefined ? 'a channel' : channelLabel(channel)
}
