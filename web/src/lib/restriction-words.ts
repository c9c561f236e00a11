import type { Restriction } from '@glasshouse/contracts'
import { clockTime, dayKey, dayLabel } from './message-time.ts'
import type { Viewer } from './viewer.svelte.ts'

/** `until 18:30`, `until tomorrow, 18:30`, `until Monday 23 November, 18:30`, `until a moderator lifts it`. */
export function endWords(until: string | null, { timeZone, nowMs }: Pick<Viewer, 'timeZone' | 'nowMs'>): string {
  if (until === null) return 'until a moderator lifts it'
  const clock = clockTime(until, timeZone)
  if (dayKey(until, timeZone) === dayKey(nowMs, timeZone)) return `until ${clock}`
  const day = dayLabel(until, timeZone, nowMs)
  return `until ${day === 'Tomorrow' ? 'tomorrow' : day}, ${clock}`
}

export interface RestrictionLength {
  /** Minutes; empty: until it is lifted. */
  readonly value: string
  readonly label: string
}

export const RESTRICTION_LENGTHS: readonly RestrictionLength[] = [
  { value: '15', label: '15 minutes' },
  { value: '60', label: '1 hour' },
  { value: '1440', label: '1 day' },
  { value: '10080', label: '1 week' },
  { value: '', label: 'Until it is lifted' },
]

/** When it ends, as the API has it; undefined for what is none of the lengths. */
export function endOf(length: string, nowMs: number): string | null | undefined {
  if (!RESTRICTION_LENGTHS.some(({ value }) => value === length)) return undefined
  return length === '' ? null : new Date(nowMs + Number(length) * 60_000).toISOString()
}

/** What became of it, by whoever did it: `Ann is muted until 18:30.` */
export function outcomeWords(restriction: Restriction, viewer: Pick<Viewer, 'timeZone' | 'nowMs'>): string {
  const { kind, state, until, display_name: name } = restriction
  const done = kind === 'mute' ? 'muted' : 'banned'
  return state === 'lifted' ? `${name} is no longer ${done}.` : `${name} is ${done} ${endWords(until, viewer)}.`
}
