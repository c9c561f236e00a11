import { describe, expect, test } from 'vitest'
import { ERROR_CODES, errorDefinition, failure, failureMessage } from './errors.ts'
import { CLOSE_CODES } from './protocol.ts'

const REST_STATUSES = [400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 428, 429, 431, 500, 503]
const TRY_AGAIN_STATUSES = [408, 429, 500, 503]

describe.each(ERROR_CODES)('%s', (code) => {
  const { http, close, retryable, message } = errorDefinition(code)

  test('has a name of lower-case words, with dots between the parts', () => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?$/)
  })

  test('has an HTTP status that its kind of failure has', () => {
    expect(REST_STATUSES).toContain(http)
    expect(retryable && !TRY_AGAIN_STATUSES.includes(http)).toBe(false)
    expect(http >= 500 && !retryable).toBe(false)
  })

  test('closes with a code that is known, if it closes', () => {
    expect([undefined, 1009, ...Object.values(CLOSE_CODES)]).toContain(close)
  })

  test('tells a person what is wrong, in a sentence', () => {
    expect(message).toMatch(/^[A-Z].*\.$/)
    expect(failureMessage(failure(code))).toBe(message)
  })
})

test('a failure can say more than the table', () => {
  expect(failureMessage(failure('not_found', { message: 'No channel of that name.' }))).toBe('No channel of that name.')
})

test('each close code of ours but one ends a connection for an error of the table', () => {
  const used = new Set(ERROR_CODES.map((code) => errorDefinition(code).close))
  // A newer socket took the session: no error, and nobody is told of one.
  const expected = Object.values(CLOSE_CODES).filter((code) => code !== CLOSE_CODES.replaced)
  expect(expected.filter((code) => !used.has(code))).toEqual([])
})
