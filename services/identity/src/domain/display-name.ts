import { err, ok, type Branded, type Result } from '@glasshouse/kernel'

/** How a person is shown: need not be unique, the user name is. */
export type DisplayName = Branded<string, 'DisplayName'>

const DISPLAY_NAME_LENGTH_MAX = 80

export type DisplayNameError =
  | { readonly kind: 'empty' }
  | { readonly kind: 'too_long'; readonly max: number; readonly actual: number }
  | { readonly kind: 'character_not_allowed'; readonly code: string }

/** Control characters, other ends of a line, halves of surrogate pairs, and what turns the direction of the text around it. */
const NOT_ALLOWED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
/** A name of blanks and joiners alone would be shown as nothing. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** The name as it is kept: without blanks around it, and one blank where there were several. */
export function parseDisplayName(text: string): Result<DisplayName, DisplayNameError> {
  const actual = [...text].length
  if (actual > DISPLAY_NAME_LENGTH_MAX) return err({ kind: 'too_long', max: DISPLAY_NAME_LENGTH_MAX, actual })
  const kept = text.trim()
  const wrong = NOT_ALLOWED.exec(kept)?.[0]
  if (wrong !== undefined) {
    const hex = (wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return err({ kind: 'character_not_allowed', code: `U+${hex}` })
  }
  if (!VISIBLE.test(kept)) return err({ kind: 'empty' })
  return ok(kept.replaceAll(/\s+/gu, ' ') as DisplayName)
}
