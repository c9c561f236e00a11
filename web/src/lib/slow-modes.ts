import type { Channel } from '@glasshouse/contracts'

export interface SlowMode {
  /** `count/seconds`; empty: as everywhere in the house; `keep`: as it is. */
  readonly value: string
  readonly label: string
  readonly isCurrent: boolean
}

const WAITS: readonly (readonly [windowS: number, label: string])[] = [
  [10, 'One message each 10 seconds'],
  [30, 'One message each 30 seconds'],
  [60, 'One message a minute'],
  [300, 'One message each 5 minutes'],
  [900, 'One message each 15 minutes'],
  [3_600, 'One message an hour'],
]

/** What a channel may be slowed down to, with the one that it has now. */
export function slowModes(now: Channel['rate_limit']): SlowMode[] {
  const known = now.count === 1 && WAITS.some(([windowS]) => windowS === now.window_s)
  const asItIs = `As it is: ${now.count} in ${now.window_s} seconds`
  return [
    ...(known ? [] : [{ value: 'keep', label: asItIs, isCurrent: true }]),
    { value: '', label: 'Off: as everywhere here', isCurrent: false },
    ...WAITS.map(([windowS, label]) => {
      return { value: `1/${windowS}`, label, isCurrent: known && now.window_s === windowS }
    }),
  ]
}

/** What was chosen: null for as everywhere, undefined for as it is. */
export function parseSlowMode(value: string): Channel['rate_limit'] | null | undefined {
  if (value === '') return null
  const [count, windowS] = value.split('/').map(Number)
  return WAITS.some(([known]) => known === windowS) && count === 1 ? { count, window_s: windowS ?? 1 } : undefined
}
