/** Times as a person chooses them: of the clock on their wall, in their zone. */

const MINUTE_MS = 60_000

/** `2026-11-21T09:00`, as a field for a time takes and gives it. */
export function toWallTime(timeMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(timeMs)
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

/**
 * The moment at which that is on the wall; undefined for what is no time. Where a clock was set back and shows it twice, one of them;
 * where it was set forward over it, an hour beside it.
 */
export function fromWallTime(text: string, timeZone: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return undefined
  const asIfUtcMs = Date.parse(`${text.slice(0, 16)}Z`)
  if (Number.isNaN(asIfUtcMs)) return undefined
  // How far the zone is from UTC depends on the moment, which is what is asked: a second look settles it.
  let timeMs = asIfUtcMs
  for (let look = 0; look < 2; look++) {
    timeMs = asIfUtcMs - (Date.parse(`${toWallTime(timeMs, timeZone)}Z`) - timeMs + (timeMs % MINUTE_MS))
  }
  return timeMs
}

/** That many days later, at this hour. */
function atHour(nowMs: number, timeZone: string, { days, hour }: { days: number; hour: number }): number {
  const [date = ''] = toWallTime(nowMs, timeZone).split('T')
  const day = new Date(Date.parse(`${date}T12:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
  return fromWallTime(`${day}T${String(hour).padStart(2, '0')}:00`, timeZone) ?? nowMs
}

export interface TimeChoice {
  readonly label: string
  readonly timeMs: number
}

/** What most people choose. */
export function timeChoices(nowMs: number, timeZone: string): readonly TimeChoice[] {
  return [
    { label: 'In 20 minutes', timeMs: nowMs + 20 * MINUTE_MS },
    { label: 'In 1 hour', timeMs: nowMs + 60 * MINUTE_MS },
    { label: 'Tomorrow at 9:00', timeMs: atHour(nowMs, timeZone, { days: 1, hour: 9 }) },
    { label: 'In a week at 9:00', timeMs: atHour(nowMs, timeZone, { days: 7, hour: 9 }) },
  ]
}
