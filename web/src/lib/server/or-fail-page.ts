import type { ApiError } from '@glasshouse/client'
import type { Result } from '@glasshouse/kernel'
import { error } from '@sveltejs/kit'

/** Of a refusal that has none of HTTP, since no answer came. */
const NO_ANSWER_STATUS = 503

/** What was asked for; a refusal ends the `load` with the error page. */
export function orFailPage<Value>(answer: Result<Value, ApiError>): Value {
  return answer.ok ? answer.value : failPage(answer.error)
}

export function failPage(refusal: Pick<ApiError, 'status' | 'message'>): never {
  error(refusal.status || NO_ANSWER_STATUS, { message: refusal.message })
}
