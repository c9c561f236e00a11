import { describe, expect, test } from 'vitest'
import { decideVote, hasEnded, parsePoll, type Poll, type PollState } from './poll.ts'

const poll: Poll = {
  question: ' When? ',
  options: ['Monday', ' Tuesday '],
  multiple: false,
  anonymous: false,
  endsAtMs: 2_000,
}
const state: PollState = { optionCount: 3, multiple: false, endsAtMs: 2_000, mine: [1] }
const faultOf = (more: Partial<Poll>) => {
  const parsed = parsePoll({ ...poll, ...more })
  return parsed.ok ? undefined : parsed.error
}

test('PO-1: a question and its options are trimmed, readable, and different', () => {
  expect(parsePoll(poll)).toEqual({
    ok: true,
    value: { ...poll, question: 'When?', options: ['Monday', 'Tuesday'] },
  })
  expect(faultOf({ question: ' \u200b ' })).toMatchObject({ kind: 'unreadable', field: 'question' })
  for (const text of ['', 'a\0', 'a\nb', '\ud800']) {
    expect(faultOf({ options: ['a', text] })).toMatchObject({ kind: 'unreadable', field: 'options.1' })
  }
  expect(faultOf({ options: ['a', 'b', 'a '] })).toMatchObject({ kind: 'repeated_option', field: 'options.2' })
  expect(faultOf({ endsAtMs: Number.NaN })).toMatchObject({ kind: 'no_time' })
  expect([1_999, 2_000].map((nowMs) => hasEnded(poll, nowMs))).toEqual([false, true])
  expect(hasEnded({ endsAtMs: undefined }, 9_999)).toBe(false)
})

describe('PO-2: a vote', () => {
  const decide = (options: readonly number[], more: Partial<PollState> = {}, nowMs = 1_999) =>
    decideVote({ ...state, ...more }, { options, nowMs })

  test('is for an option that there is, and for one only unless several may be', () => {
    expect(decide([3])).toEqual({ ok: false, error: 'no_such_option' })
    expect(decide([0, 2])).toEqual({ ok: false, error: 'one_option_only' })
    expect(decide([0, 2], { multiple: true })).toEqual({ ok: true, value: true })
    expect(decideVote(undefined, { options: [0], nowMs: 0 })).toEqual({ ok: false, error: 'no_poll' })
  })

  test('may be taken back or changed until the poll ends, and is no change when it is the same', () => {
    expect(decide([])).toEqual({ ok: true, value: true })
    expect(decide([0])).toEqual({ ok: true, value: true })
    expect(decide([1])).toEqual({ ok: true, value: false })
    expect(decide([0], {}, 2_000)).toEqual({ ok: false, error: 'poll_ended' })
    expect(decide([0], { endsAtMs: undefined }, 9_999)).toEqual({ ok: true, value: true })
  })
})
