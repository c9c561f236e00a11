import type { Poll } from '@glasshouse/contracts'
import { describe, expect, test } from 'vitest'
import { chosenVotes, votedPoll, votesByName } from './voted-poll.ts'

const poll: Poll = {
  question: 'When?',
  options: [
    { text: 'Monday', votes: 1, usernames: ['ben'] },
    { text: 'Tuesday', votes: 0, usernames: [] },
  ],
  multiple: false,
  anonymous: false,
  voters: 1,
}

describe('votedPoll', () => {
  test('a first vote counts, one that moves does not count twice, and one that is taken back is gone', () => {
    const first = votedPoll(poll, { username: 'ana', before: [], after: [0] })
    expect(first).toMatchObject({ voters: 2, options: [{ votes: 2, usernames: ['ben', 'ana'] }, { votes: 0 }] })
    const moved = votedPoll(first, { username: 'ana', before: [0], after: [1] })
    expect(moved).toMatchObject({ voters: 2, options: [{ votes: 1, usernames: ['ben'] }, { votes: 1 }] })
    expect(votedPoll(moved, { username: 'ana', before: [1], after: [] })).toEqual(poll)
  })

  test('an anonymous one names nobody', () => {
    const voted = votedPoll({ ...poll, anonymous: true }, { username: 'ana', before: [], after: [1] })
    expect(voted.options[1]).toEqual({ text: 'Tuesday', votes: 1, usernames: [] })
  })
})

test('choosing moves the one vote, or adds to several; choosing again takes it back', () => {
  expect(chosenVotes(poll, [0], 1)).toEqual([1])
  expect(chosenVotes(poll, [1], 1)).toEqual([])
  expect(chosenVotes({ ...poll, multiple: true }, [1], 0)).toEqual([0, 1])
})

test('the names say what one voted for, as long as all of them are told', () => {
  expect(votesByName(poll, 'ben')).toEqual([0])
  expect(votesByName(poll, 'ana')).toEqual([])
  expect(votesByName({ ...poll, anonymous: true }, 'ben')).toBeUndefined()
  const crowded = { ...poll, options: [{ text: 'Monday', votes: 30, usernames: ['ben'] }, ...poll.options] }
  expect(votesByName(crowded, 'ben')).toBeUndefined()
})
