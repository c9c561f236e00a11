import { err, ok, type Result } from '@glasshouse/kernel'
import { parseMessageContent, type MessageContentFault } from './message-content.ts'

/** What is kept of a draft; without text there is none. */
export interface DraftState {
  readonly content: string
  /** Grows with each change; 0 where there never was one. */
  readonly version: number
}

export interface DraftWrite {
  readonly content: string
  /** Which version its writer knew; undefined for who replaces whatever is there. */
  readonly follows: number | undefined
}

/** A text as a draft keeps it: exactly as it came, but a blank one is none. */
export function parseDraftContent(text: string): Result<string, MessageContentFault> {
  const parsed = parseMessageContent(text)
  return parsed.ok || parsed.error.kind !== 'blank' ? parsed : ok('')
}

/**
 * The last writer wins, unless they did not know of the text that they would replace: then nothing is changed, and they read it first.
 * So each text is replaced by somebody who has seen it.
 */
export function decideDraft(
  draft: DraftState,
  write: DraftWrite,
  others: { readonly count: number; readonly max: number },
): Result<'changed' | 'unchanged', 'draft_changed' | 'too_many'> {
  if (write.content === draft.content) return ok('unchanged')
  if (draft.content !== '' && write.follows !== undefined && write.follows !== draft.version)
    return err('draft_changed')
  if (write.content !== '' && others.count >= others.max) return err('too_many')
  return ok('changed')
}
