import type { AuditEntry } from '@glasshouse/contracts'
import { fullTime } from './message-time.ts'

/** What was done, as it is said after the name of who did it. */
export const AUDIT_ACTIONS: Readonly<Record<string, string>> = {
  'message.approved': 'approved a message',
  'message.kept': 'kept a reported message',
  'message.removed': 'removed a message',
  'message.reported': 'reported a message',
  'moderation.undone': 'undid a decision',
  'moderation.turned_on': 'turned moderation on',
  'moderation.turned_off': 'turned moderation off',
  'words.set': 'set the list of words',
  'member.muted': 'muted',
  'member.mute_lifted': 'lifted the mute of',
  'member.mute_undone': 'undid a change of the mute of',
  'member.banned': 'banned',
  'member.ban_lifted': 'lifted the ban of',
  'member.ban_undone': 'undid a change of the ban of',
}

/** A newer server may write what this page has no words for. */
export function auditWords(action: string): string {
  return AUDIT_ACTIONS[action] ?? action
}

/** Some of them: the list itself is on another page. */
const WORDS_SHOWN_MAX = 10

function quoted(words: readonly unknown[]): string {
  const shown = words.slice(0, WORDS_SHOWN_MAX).map((word) => `“${String(word)}”`)
  return words.length > shown.length ? `${shown.join(', ')} and ${words.length - shown.length} more` : shown.join(', ')
}

/** What else is to be known of it: `until …`, `added “offer”`. */
export function auditDetails({ details = {} }: Pick<AuditEntry, 'details'>, timeZone: string): string | undefined {
  const { until, words, added, removed, in_force: inForce } = details
  if (Array.isArray(words)) return words.length === 1 ? '1 word' : `${words.length} words`
  if (Array.isArray(added) && Array.isArray(removed)) {
    const [more, fewer] = [quoted(added), quoted(removed)]
    return [more && `added ${more}`, fewer && `removed ${fewer}`].filter(Boolean).join('; ')
  }
  if (inForce === false) return 'it is in force no more'
  if (inForce !== true) return undefined
  return typeof until === 'string' ? `until ${fullTime(until, timeZone)}` : 'until it is lifted'
}
