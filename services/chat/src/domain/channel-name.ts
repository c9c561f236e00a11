import { err, ok, type Branded, type Result } from '@glasshouse/kernel'

/** A name that a channel may bear: trimmed, in NFC. */
export type ChannelName = Branded<string, 'ChannelName'>

const CHANNEL_NAME_CODE_POINTS_MAX = 80
const SECTION_NAME_CODE_POINTS_MAX = 40

export type ChannelNameFault =
  | { readonly kind: 'blank' }
  | { readonly kind: 'too_long'; readonly maxCodePoints: number; readonly actualCodePoints: number }
  | { readonly kind: 'leading_hash' }
  | { readonly kind: 'unprintable' }

/** Controls, line breaks, lone surrogates, and the marks that turn the direction of what follows (names that lie about themselves). */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** What shows nothing by itself, such as a zero-width space. Kept in a name, since emoji are joined with it; no difference between two. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu

export function parseChannelName(text: string): Result<ChannelName, ChannelNameFault> {
  const name = text.trim().normalize('NFC')
  if (isUnseen(name)) return err({ kind: 'blank' })
  if (UNPRINTABLE.test(name)) return err({ kind: 'unprintable' })
  if (name.startsWith('#')) return err({ kind: 'leading_hash' })
  const actualCodePoints = codePointCount(name)
  if (actualCodePoints > CHANNEL_NAME_CODE_POINTS_MAX) {
    return err({ kind: 'too_long', maxCodePoints: CHANNEL_NAME_CODE_POINTS_MAX, actualCodePoints })
  }
  return ok(name as ChannelName)
}

/** The name under which somebody lists channels for themselves: trimmed, in NFC. */
export type SectionName = Branded<string, 'SectionName'>

export type SectionNameFault = Exclude<ChannelNameFault['kind'], 'leading_hash'>

export function parseSectionName(text: string): Result<SectionName, SectionNameFault> {
  const name = text.trim().normalize('NFC')
  if (isUnseen(name)) return err('blank')
  if (UNPRINTABLE.test(name)) return err('unprintable')
  return codePointCount(name) > SECTION_NAME_CODE_POINTS_MAX ? err('too_long') : ok(name as SectionName)
}

export function explainChannelNameFault(fault: ChannelNameFault): string {
  switch (fault.kind) {
    case 'blank':
      return 'A channel needs a name.'
    case 'too_long':
      return `A channel's name has at most ${fault.maxCodePoints} characters; this one has ${fault.actualCodePoints}.`
    case 'leading_hash':
      return "A channel's name does not begin with #: that is put before it where it is shown."
    case 'unprintable':
      return "A channel's name has no control characters."
  }
}

function isUnseen(name: string): boolean {
  return name.replace(UNSEEN, '').trim() === ''
}

/** Two names with the same key are taken for the same name. The second NFKC: lower-casing may leave a sequence that composes. */
export function channelNameKey(name: ChannelName): string {
  return name.replace(UNSEEN, '').trim().normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** A name from elsewhere made fit to be one of ours: what may not be in it goes, what is too long is cut. */
export function toChannelName(text: string): ChannelName {
  const kept = [...text.normalize('NFC')].filter((char) => !UNPRINTABLE.test(char)).join('')
  const name = cut(kept.replace(/^[\s#]+/u, '').trim(), CHANNEL_NAME_CODE_POINTS_MAX)
  return name === undefined || isUnseen(name) ? ('channel' as ChannelName) : name
}

/** The name to try when others were taken: `general`, `general-2`, `general-3`. */
export function numberedChannelName(name: ChannelName, attempt: number): ChannelName {
  if (attempt <= 1) return name
  const suffix = `-${attempt}`
  return ((cut(name, CHANNEL_NAME_CODE_POINTS_MAX - suffix.length) ?? '') + suffix) as ChannelName
}

function cut(text: string, codePointsMax: number): ChannelName | undefined {
  const short = [...text].slice(0, codePointsMax).join('').trim()
  return short === '' ? undefined : (short as ChannelName)
}

export function codePointCount(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
