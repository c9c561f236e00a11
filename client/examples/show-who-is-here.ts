import { PresenceWatch, TypingIndicator, type LiveConnection } from '@glasshouse/client'
import type { ChannelId } from '@glasshouse/kernel'

/** Prints who is here, of these people, and who types in the channel; until the returned function is called. */
export function showWhoIsHere(
  live: LiveConnection,
  channelId: ChannelId,
  userIds: readonly string[],
  print: (line: string) => void,
): () => void {
  const presence = new PresenceWatch(live, {
    onChange: (userId, now) => print(`${userId} is ${now?.state ?? 'unknown'}`),
  })
  presence.show(userIds)
  const typing = new TypingIndicator(live, {
    channelId,
    threadId: undefined,
    onChange: (people) => print(`typing: ${people.map(({ username }) => username).join(', ')}`),
  })
  return () => {
    presence.end()
    typing.end()
  }
}
