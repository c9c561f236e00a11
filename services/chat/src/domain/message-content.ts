import { err, ok, type Branded, type Result } from '@glasshouse/kernel'
import { codePointCount } from './channel-name.ts'

/** What somebody may send: kept exactly as it came. */
export type MessageContent = Branded<string, 'MessageContent'>

const MESSAGE_CODE_POINTS_MAX = 10_000

export type MessageContentFault =
  | { readonly kind: 'blank' }
  | { readonly kind: 'too_long'; readonly maxCodePoints: number; readonly actualCodePoints: number }
  | { readonly kind: 'nul' }
  | { readonly kind: 'malformed' }

/** Neither a blank, nor one of the characters that show nothing: zero-width spaces, joiners, marks of direction. */
const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]/u

export function parseMessageContent(text: string): Result<MessageContent, MessageContentFault> {
  if (!VISIBLE.test(text)) return err({ kind: 'blank' })
  if (!text.isWellFormed()) return err({ kind: 'malformed' })
  if (text.includes('\0')) return err({ kind: 'nul' })
  // A code point is one or two UTF-16 units: most texts need no counting.
  if (text.length > MESSAGE_CODE_POINTS_MAX) {
    const actualCodePoints = codePointCount(text)
    if (actualCodePoints > MESSAGE_CODE_POINTS_MAX) {
      return err({ kind: 'too_long', maxCodePoints: MESSAGE_CODE_POINTS_MAX, actualCodePoints })
    }
  }
  return ok(text as MessageContent)
}

export function explainMessageContentFault(fault: MessageContentFault): string {
  switch (fault.kind) {
    case 'blank':
      return 'A message needs a text.'
    case 'too_long':
      return `A message has at most ${fault.maxCodePoints} characters; this one has ${fault.actualCodePoints}.`
    case 'nul':
      return 'A message cannot have the character U+0000.'
    case 'malformed':
      return 'The text is not well-formed Unicode: it has half of a surrogate pair.'
  }
}
