import type { Reaction } from '@glasshouse/contracts'

/** Names that a reaction carries at most. */
const USERNAMES_MAX = 20

/** Whether this person is among those who are named. */
export function hasReacted(reaction: Reaction, username: string | undefined): boolean {
  return username !== undefined && reaction.usernames.includes(username)
}

/** The reactions as they are once this person has reacted, or taken it back. What is so already stays as it is. */
export function toggledReactions(
  reactions: readonly Reaction[],
  emoji: string,
  { username, on }: { readonly username: string; readonly on: boolean },
): Reaction[] {
  const known = reactions.find((reaction) => reaction.emoji === emoji)
  if (known === undefined) return on ? [...reactions, { emoji, count: 1, usernames: [username] }] : [...reactions]
  if (hasReacted(known, username) === on) return [...reactions]
  const others = known.usernames.filter((name) => name !== username)
  const changed = on
    ? { ...known, count: known.count + 1, usernames: [...others, username].slice(0, USERNAMES_MAX) }
    : { ...known, count: known.count - 1, usernames: others }
  return reactions.flatMap((reaction) => (reaction !== known ? reaction : changed.count > 0 ? changed : []))
}
