import type { ApiError } from '@glasshouse/client'
import { fail, type ActionFailure } from '@sveltejs/kit'

/** What a form shows when it was refused. */
export interface FormProblem {
  /** What was typed, without secrets. */
  readonly values: Readonly<Record<string, string>>
  /** What is wrong, by field. */
  readonly fields: Readonly<Record<string, string>>
  /** What is wrong with the whole. */
  readonly message: string | undefined
  /** When to try again, milliseconds since 1970. */
  readonly retryAtMs: number | undefined
}

/** Which field an error belongs to that names none. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  'user.username_taken': 'username',
  'user.email_taken': 'email',
  'user.password_common': 'password',
  'setup.wrong_code': 'code',
  'channel.name_taken': 'name',
}

/** The API speaks to programs; a person reads what the field takes. */
const FIELD_RULES: Readonly<Record<string, string>> = {
  username: 'Use 3 to 32 letters, digits, _ or -.',
  email: 'This is no email address: it looks like name@example.org.',
  password: 'Use 10 to 200 characters.',
  current_password: 'Type the password that you sign in with.',
  new_password: 'Use 10 to 200 characters, and another password than now.',
  display_name: 'Use one line of 1 to 80 characters.',
  name: 'Use 1 to 80 characters.',
  topic: 'Use at most 250 characters.',
  description: 'Use at most 1,000 characters.',
  code: 'Type the code that the terminal shows.',
  content: 'Use 1 to 10,000 characters.',
  reason: 'Say why, in at most 300 characters.',
  send_at: 'Choose a time in the future, within a year.',
  remind_at: 'Choose a time in the future, within a year.',
  'status.text': 'Use one line of 1 to 100 characters.',
  'status.emoji': 'Use exactly one emoji, or none.',
}

type Refusal = Pick<ApiError, 'status' | 'code' | 'message' | 'path' | 'retryAfterMs'>

/** The answer of a form action that the API refused. `values` are given back to be shown again. */
export function formFailure(refusal: Refusal, values: Readonly<Record<string, string>>): ActionFailure<FormProblem> {
  const field = refusal.path ?? FIELD_OF_CODE[refusal.code]
  const known = field !== undefined && field in FIELD_RULES
  const text = (refusal.code === 'request.invalid' && field !== undefined && FIELD_RULES[field]) || refusal.message
  return fail(refusal.status || 503, {
    values,
    fields: known ? { [field]: text } : {},
    message: known ? undefined : text,
    retryAtMs: refusal.retryAfterMs === undefined ? undefined : Date.now() + refusal.retryAfterMs,
  })
}

/** A text field of a form as typed; empty when absent. A file where a text should be counts as absent. */
export function textField(data: FormData, name: string): string {
  const value = data.get(name)
  return typeof value === 'string' ? value : ''
}
