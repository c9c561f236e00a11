import type { ErrorCode } from '@glasshouse/contracts'

/** Faults that only the SDK can see; the server's own are `ErrorCode`. */
export type ClientErrorCode =
  /** No answer came: no connection, a broken one, or none in time. Whether the request took effect is not known. */
  | 'network'
  /** What answered is no Glasshouse: a proxy's page, a captive portal, another program. */
  | 'client.unreadable_answer'
  /** The address or the token cannot be used, or whoever gives the token failed. */
  | 'client.cannot_open'
  /** The caller's own signal ended it. */
  | 'client.cancelled'
  /** As many messages wait to be sent as may. */
  | 'client.queue_full'
  /** The connection has ended for good, before the message was acknowledged. */
  | 'client.closed'
  /** The server took the message several times and never answered. */
  | 'client.unanswered'

/** Open at the end: a newer server may know codes that this SDK does not. */
export type ApiErrorCode = ErrorCode | ClientErrorCode | (string & Record<never, never>)

/** Why a request was refused, over REST or a live connection. */
export interface ApiError {
  readonly code: ApiErrorCode
  /** For a person: says what was wrong and what to do. */
  readonly message: string
  /** HTTP status; 0 when no HTTP answer came. */
  readonly status: number
  /** The field at fault, as a dotted path into the request. */
  readonly path?: string
  readonly retryAfterMs?: number
  /** Under which the server's log has it. */
  readonly requestId?: string
}

/** Drops what is undefined, so that optional fields are absent and not empty. */
export function apiError(fields: {
  readonly code: ApiErrorCode
  readonly message: string
  readonly status?: number | undefined
  readonly path?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly requestId?: string | undefined
}): ApiError {
  const { code, message, status, path, retryAfterMs, requestId } = fields
  return {
    code,
    message,
    status: status ?? 0,
    ...(path === undefined ? {} : { path }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(requestId === undefined ? {} : { requestId }),
  }
}
