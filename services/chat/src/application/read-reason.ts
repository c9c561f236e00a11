import { failure, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'

/** Why somebody did something, trimmed; null for no reason. */
export function readReason(text: string | undefined): Result<string | null, Failure> {
  const reason = text?.trim() ?? ''
  if (!reason.includes('\0') && reason.isWellFormed()) return ok(reason === '' ? null : reason)
  const message = 'reason: is not well-formed Unicode, or has the character U+0000.'
  return err(failure('request.invalid', { path: 'reason', message }))
}
