import type { Poll } from '@glasshouse/contracts'

/** Names that an option carries at most. */
const USERNAMES_MAX = 20

interface Vote {
  readonly username: string
  /** What they voted for until now, by place. */
  readonly before: readonly number[]
  /** All that they vote for from now on. */
  readonly after: readonly number[]
}

/** The poll as it is once this person has voted so. */
export function votedPoll(poll: Poll, { username, before, after }: Vote): Poll {
  const options = poll.options.map((option, place) => {
    const [had, has] = [before.includes(place), after.includes(place)]
    if (had === has) return option
    const others = option.usernames.filter((name) => name !== username)
    if (had) return { ...option, votes: Math.max(0, option.votes - 1), usernames: others }
    const usernames = poll.anonymous ? others : [...others, username].slice(0, USERNAMES_MAX)
    return { ...option, votes: option.votes + 1, usernames }
  })
  const voted = Number(after.length > 0) - Number(before.length > 0)
  return { ...poll, options, voters: Math.max(0, poll.voters + voted) }
}

/** What this person votes for once they chose this option: again takes it back; of a poll for one, the other one goes. */
export function chosenVotes(poll: Poll, votes: readonly number[], place: number): number[] {
  if (votes.includes(place)) return votes.filter((each) => each !== place)
  return poll.multiple ? [...votes, place].toSorted((a, b) => a - b) : [place]
}

/** What this person voted for, where the poll says it itself: named, and no option with more names than are told. */
export function votesByName(poll: Poll, username: string): number[] | undefined {
  const tellsAll = !poll.anonymous && poll.options.every(({ votes, usernames }) => votes === usernames.length)
  if (!tellsAll) return undefined
  return poll.options.flatMap(({ usernames }, place) => (usernames.includes(username) ? [place] : []))
}
