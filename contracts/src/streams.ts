import { parseId, type ChannelId } from '@glasshouse/kernel'
import type { StreamName } from './fields.ts'

const CHANNEL = 'channel:'

export function channelStream(channelId: ChannelId): StreamName {
  return (CHANNEL + channelId) as StreamName
}

/** The channel of a stream's name, or undefined when it is the name of no channel's stream. */
export function channelOfStream(name: string): ChannelId | undefined {
  return name.startsWith(CHANNEL) ? parseId<ChannelId>(name.slice(CHANNEL.length)) : undefined
}
