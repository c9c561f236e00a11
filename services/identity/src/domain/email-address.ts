import { err, ok, type Branded, type Result } from '@glasshouse/kernel'

export type EmailAddress = Branded<string, 'EmailAddress'>

/** The longest that a mail server takes: RFC 5321, 4.5.3.1.3, without the angle brackets. */
const EMAIL_LENGTH_MAX = 254

export type EmailError =
  | { readonly kind: 'too_long'; readonly max: number; readonly actual: number }
  | { readonly kind: 'malformed'; readonly expected: 'name@host.domain' }

/** One `@`, something before it, a host with a dot after it, no blanks or control characters. Only a mail can prove more. */
const SHAPE = /^[^\s@\p{Cc}\p{Cs}]+@[^\s@.\p{Cc}\p{Cs}]+(\.[^\s@.\p{Cc}\p{Cs}]+)+$/u

export function parseEmail(text: string): Result<EmailAddress, EmailError> {
  if (text.length > EMAIL_LENGTH_MAX) return err({ kind: 'too_long', max: EMAIL_LENGTH_MAX, actual: text.length })
  if (!SHAPE.test(text)) return err({ kind: 'malformed', expected: 'name@host.domain' })
  return ok(text as EmailAddress)
}
