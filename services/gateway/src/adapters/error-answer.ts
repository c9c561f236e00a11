import { ERRORS, failureMessage, type ErrorBody, type Failure } from '@glasshouse/contracts'

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ErrorBody
}

/** A refusal as HTTP has it: status, headers and the body that is the same everywhere. */
export function errorAnswer(refusal: Failure, requestId: string): ErrorAnswer {
  const status = ERRORS[refusal.code].http
  const headers: Record<string, string> = {}
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  const retryAfterMs = refusal.retryAfterMs ?? (status === 429 || status === 503 ? 1_000 : undefined)
  if (retryAfterMs !== undefined && (status === 429 || status === 503)) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))
  }
  const details = {
    ...(refusal.path === undefined ? {} : { path: refusal.path }),
    ...(refusal.retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(refusal.retryAfterMs) }),
  }
  const error = {
    code: refusal.code,
    message: failureMessage(refusal),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    request_id: requestId,
  }
  return { status, headers, body: { error } }
}
