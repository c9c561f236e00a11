import { err, ok, type Branded, type Result } from '@glasshouse/kernel'
import { codePointCount } from './channel-name.ts'
import { parseEmoji, type Emoji } from './emoji.ts'

/** One line that shows something. */
export type StatusText = Branded<string, 'StatusText'>

export interface CustomStatus {
  readonly emoji: Emoji | undefined
  readonly text: StatusText
  /** Wall clock; undefined: until it is changed. */
  readonly untilMs: number | undefined
}

const STATUS_TEXT_CODE_POINTS_MAX = 100
/** What is set for longer is more likely a slip. */
const UNTIL_MS_MAX = 366 * 86_400_000

export interface StatusFault {
  readonly field: 'text' | 'emoji' | 'until'
  readonly message: string
}

/** Controls, line breaks, lone surrogates, and the marks that turn the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}]/u

export function parseCustomStatus(
  given: { readonly emoji: string | undefined; readonly text: string; readonly untilMs: number | undefined },
  nowMs: number,
): Result<CustomStatus, StatusFault> {
  const text = given.text.trim().normalize('NFC')
  const fault = (field: StatusFault['field'], message: string) => err({ field, message })
  if (!VISIBLE.test(text)) return fault('text', 'A status needs a text.')
  if (UNPRINTABLE.test(text)) return fault('text', 'A status is one line, without control characters.')
  if (codePointCount(text) > STATUS_TEXT_CODE_POINTS_MAX) {
    return fault('text', `A status has at most ${STATUS_TEXT_CODE_POINTS_MAX} characters.`)
  }
  const emoji = given.emoji === undefined ? undefined : parseEmoji(given.emoji)
  if (emoji?.ok === false) return fault('emoji', 'Give exactly one emoji.')
  if (given.untilMs !== undefined && !isEndOfSomething(given.untilMs, nowMs)) return fault('until', END_RULE)
  return ok({ emoji: emoji?.value, text: text as StatusText, untilMs: given.untilMs })
}

export const END_RULE = 'Give a time in the future, within a year, such as 2026-11-20T09:30:00.000Z.'

/** Whether something may end then. */
export function isEndOfSomething(untilMs: number, nowMs: number): boolean {
  return untilMs > nowMs && untilMs - nowMs <= UNTIL_MS_MAX
}
