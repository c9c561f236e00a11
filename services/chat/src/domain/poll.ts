/** What a message may ask, and what may be answered. */
import { err, ok, type Result } from '@glasshouse/kernel'

export interface Poll {
  readonly question: string
  readonly options: readonly string[]
  readonly multiple: boolean
  readonly anonymous: boolean
  /** Milliseconds since 1970. */
  readonly endsAtMs: number | undefined
}

export type PollFault =
  | { readonly kind: 'unreadable'; readonly field: string }
  | { readonly kind: 'repeated_option'; readonly field: string }
  | { readonly kind: 'no_time'; readonly field: 'ends_at' }

/** A text of a poll shows something, on one line, and is well-formed. */
const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]/u

function isReadable(text: string): boolean {
  return VISIBLE.test(text) && text.isWellFormed() && !/\p{Cc}/u.test(text)
}

/** `endsAtMs` is NaN when what was given is no time. Lengths and numbers are the contract's. */
export function parsePoll(given: Poll): Result<Poll, PollFault> {
  const question = given.question.trim()
  if (!isReadable(question)) return err({ kind: 'unreadable', field: 'question' })
  const options = given.options.map((option) => option.trim())
  for (const [index, option] of options.entries()) {
    const field = `options.${index}`
    if (!isReadable(option)) return err({ kind: 'unreadable', field })
    if (options.indexOf(option) < index) return err({ kind: 'repeated_option', field })
  }
  const { endsAtMs } = given
  if (endsAtMs !== undefined && Number.isNaN(endsAtMs)) return err({ kind: 'no_time', field: 'ends_at' })
  return ok({ ...given, question, options })
}

export function hasEnded(poll: Pick<Poll, 'endsAtMs'> | undefined, nowMs: number): boolean {
  return poll?.endsAtMs !== undefined && nowMs >= poll.endsAtMs
}

export interface PollState {
  readonly optionCount: number
  readonly multiple: boolean
  readonly endsAtMs: number | undefined
  /** What the one who asks has voted for, ascending. */
  readonly mine: readonly number[]
}

export interface Vote {
  /** Ascending, each once; none takes the votes back. */
  readonly options: readonly number[]
  readonly nowMs: number
}

export type VoteFault = 'no_poll' | 'poll_ended' | 'no_such_option' | 'one_option_only'

/** Whether the vote changes anything. */
export function decideVote(poll: PollState | undefined, { options, nowMs }: Vote): Result<boolean, VoteFault> {
  if (poll === undefined) return err('no_poll')
  if (options.some((option) => option >= poll.optionCount)) return err('no_such_option')
  if (!poll.multiple && options.length > 1) return err('one_option_only')
  if (hasEnded(poll, nowMs)) return err('poll_ended')
  return ok(options.length !== poll.mine.length || options.some((option, index) => option !== poll.mine[index]))
}
