import { failureMessage, type Failure, type ServerFrame } from '@glasshouse/contracts'

type ErrorFrame = Extract<ServerFrame, { type: 'error' }>

/** A refusal as a frame; `answers` says to what. */
export function errorFrame(refusal: Failure, answers: Pick<ErrorFrame, 'stream' | 'client_id'> = {}): ErrorFrame {
  return {
    type: 'error',
    code: refusal.code,
    message: failureMessage(refusal),
    ...answers,
    ...(refusal.path === undefined ? {} : { path: refusal.path }),
    ...(refusal.retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(refusal.retryAfterMs) }),
  }
}
