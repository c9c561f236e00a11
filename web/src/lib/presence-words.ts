import type { Presence } from '@glasshouse/contracts'

/** How a person is, in words. */
export const STATE_WORDS: Readonly<Record<Presence['state'], string>> = {
  active: 'Active',
  away: 'Away',
  do_not_disturb: 'Do not disturb',
  offline: 'Offline',
}

/** What somebody says of themselves, in one line; empty when nothing. */
export function statusLine(presence: Presence | undefined): string {
  const { status } = presence ?? {}
  return status === undefined ? '' : [status.emoji, status.text].filter(Boolean).join(' ')
}

/** `Ana is typing…`; the names of two, and how many more. Empty for nobody. */
export function typingLine(names: readonly string[]): string {
  const [first, second, ...rest] = names
  if (first === undefined) return ''
  if (second === undefined) return `${first} is typing…`
  if (rest.length === 0) return `${first} and ${second} are typing…`
  return `${first}, ${second} and ${rest.length === 1 ? 'one other' : `${rest.length} others`} are typing…`
}
