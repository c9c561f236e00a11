import { parseId, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import type { StreamName } from './fields.ts'

const CHANNEL = 'channel:'
const USER = 'user:'
const TYPING = 'typing:'

/** Stands for the caller's own streams, wherever a client names a stream. Answers carry the canonical names. */
export const OWN_STREAMS = 'me'

export function channelStream(channelId: ChannelId): StreamName {
  return (CHANNEL + channelId) as StreamName
}

/** What a person has of their own: so far, which channels they are in. Nobody else may watch it. */
export function userStream(userId: UserId): StreamName {
  return (USER + userId) as StreamName
}

/** The channel of a stream's name, or undefined when it is the name of no channel's stream. */
export function channelOfStream(name: string): ChannelId | undefined {
  return name.startsWith(CHANNEL) ? parseId<ChannelId>(name.slice(CHANNEL.length)) : undefined
}

/** The person of a stream's name, or undefined when it is the name of no person's stream. */
export function userOfStream(name: string): UserId | undefined {
  return name.startsWith(USER) ? parseId<UserId>(name.slice(USER.length)) : undefined
}

/** The canonical name of a stream, or undefined for a name of no kind that there is. */
export function parseStreamName(name: string): StreamName | undefined {
  const channelId = channelOfStream(name)
  if (channelId !== undefined) return channelStream(channelId)
  const userId = userOfStream(name)
  return userId === undefined ? undefined : userStream(userId)
}

/** What `me` stands for. A position that comes with `me` is one of the first. */
export function ownStreams(userId: UserId): readonly [StreamName, ...StreamName[]] {
  return [userStream(userId)]
}

/** Whether what comes on the stream is of the moment: at most once, without a position, never replayed. */
export function isEphemeralStream(name: string): boolean {
  return name.startsWith(TYPING)
}

/** Where somebody types: in a channel, or in one of its threads. */
export interface TypingPlace {
  readonly channelId: ChannelId
  readonly threadId: MessageId | undefined
}

/** Who types in a channel, or in one of its threads: ephemeral, at most once, without a position. */
export function typingStream({ channelId, threadId }: TypingPlace): StreamName {
  return (TYPING + channelId + (threadId === undefined ? '' : `:${threadId}`)) as StreamName
}

/** The place of a stream's name, or undefined when it is the name of no typing stream. */
export function placeOfTypingStream(name: string): TypingPlace | undefined {
  if (!name.startsWith(TYPING)) return undefined
  const [channel = '', thread, ...rest] = name.slice(TYPING.length).split(':')
  const channelId = parseId<ChannelId>(channel)
  const threadId = thread === undefined ? undefined : parseId<MessageId>(thread)
  if (channelId === undefined || rest.length > 0 || (thread !== undefined && threadId === undefined)) return undefined
  return { channelId, threadId }
}
