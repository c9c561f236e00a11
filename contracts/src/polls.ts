import Type, { type Static } from 'typebox'
import { CLOSED, Timestamp } from './fields.ts'
import { POLL_OPTIONS_MAX, POLL_OPTIONS_MIN, POLL_OPTION_LENGTH_MAX, POLL_QUESTION_LENGTH_MAX } from './limits.ts'

export const NewPoll = Type.Object(
  {
    question: Type.String({ minLength: 1, maxLength: POLL_QUESTION_LENGTH_MAX }),
    options: Type.Array(Type.String({ minLength: 1, maxLength: POLL_OPTION_LENGTH_MAX }), {
      minItems: POLL_OPTIONS_MIN,
      maxItems: POLL_OPTIONS_MAX,
    }),
    /** Whether one may vote for several. */
    multiple: Type.Optional(Type.Boolean()),
    /** Whether nobody is told who voted for what. */
    anonymous: Type.Optional(Type.Boolean()),
    ends_at: Type.Optional(Timestamp),
  },
  CLOSED,
)
export type NewPoll = Static<typeof NewPoll>

export const PollOption = Type.Object({
  text: Type.String(),
  votes: Type.Integer({ minimum: 0 }),
  /** Some of those who voted for it, first come first, at most 20; none of an anonymous poll. */
  usernames: Type.Array(Type.String()),
})
export type PollOption = Static<typeof PollOption>

export const Poll = Type.Object({
  question: Type.String(),
  options: Type.Array(PollOption),
  multiple: Type.Boolean(),
  anonymous: Type.Boolean(),
  ends_at: Type.Optional(Timestamp),
  /** People who voted. */
  voters: Type.Integer({ minimum: 0 }),
})
export type Poll = Static<typeof Poll>

/** Options by their place in the poll, from 0: all that the caller votes for; none takes their votes back. */
export const PollVotes = Type.Object(
  { options: Type.Array(Type.Integer({ minimum: 0, maximum: POLL_OPTIONS_MAX - 1 }), { maxItems: POLL_OPTIONS_MAX }) },
  CLOSED,
)
export type PollVotes = Static<typeof PollVotes>
