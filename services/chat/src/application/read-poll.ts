import { failure, type Failure, type NewPoll } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { parsePoll, type Poll, type PollFault } from '../domain/poll.ts'
import { parseTime } from './parse-time.ts'

/** What a request asks to ask. Whether it has ended already is for whoever knows whether it was asked before. */
export function readPoll(given: NewPoll | undefined): Result<Poll | undefined, Failure> {
  if (given === undefined) return ok(undefined)
  const { question, options, multiple = false, anonymous = false, ends_at: endsAt } = given
  const poll = parsePoll({ question, options, multiple, anonymous, endsAtMs: parseTime(endsAt) })
  if (poll.ok) return poll
  const path = `poll.${poll.error.field}`
  return err(failure('request.invalid', { path, message: `${path}: ${explain(poll.error)}.` }))
}

function explain(fault: PollFault): string {
  switch (fault.kind) {
    case 'unreadable':
      return 'must be a line of text'
    case 'repeated_option':
      return 'is there already'
    case 'no_time':
      return 'must be a time like 2026-11-20T09:30:00.000Z'
  }
}

export function pollInPast(): Failure {
  return failure('request.invalid', { path: 'poll.ends_at', message: 'poll.ends_at: must be in the future.' })
}
