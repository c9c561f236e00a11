/**
 * Times as people read them. The server renders in the zone that the viewer's cookie names, or in UTC; the browser then renders in
 * its own. Both use one locale and 24 hours, so that a time keeps its width when its zone becomes known and nothing jumps.
 */
const LOCALE = 'en-GB'

interface ZoneFormats {
  readonly clock: Intl.DateTimeFormat
  readonly day: Intl.DateTimeFormat
  readonly dayLabel: Intl.DateTimeFormat
  readonly dayLabelWithYear: Intl.DateTimeFormat
  readonly full: Intl.DateTimeFormat
}

const formatsByZone = new Map<string, ZoneFormats>()
/** A server sees the zones of all its visitors; there are about 600 names in the world. */
const ZONES_MAX = 700

function formats(timeZone: string): ZoneFormats {
  const known = formatsByZone.get(timeZone)
  if (known) return known
  const made: ZoneFormats = {
    clock: new Intl.DateTimeFormat(LOCALE, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    day: new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
    dayLabel: new Intl.DateTimeFormat(LOCALE, { timeZone, weekday: 'long', day: 'numeric', month: 'long' }),
    dayLabelWithYear: new Intl.DateTimeFormat(LOCALE, { timeZone, day: 'numeric', month: 'long', year: 'numeric' }),
    full: new Intl.DateTimeFormat(LOCALE, { timeZone, dateStyle: 'full', timeStyle: 'long' }),
  }
  if (formatsByZone.size < ZONES_MAX) formatsByZone.set(timeZone, made)
  return made
}

/** The zone's name when this machine knows it, else `UTC`. */
export function knownTimeZone(name: string | undefined): string {
  if (name === undefined || name.length > 64) return 'UTC'
  try {
    formats(name)
    return name
  } catch {
    return 'UTC'
  }
}

/** `10:02` */
export function clockTime(timestamp: string, timeZone: string): string {
  return formats(timeZone).clock.format(new Date(timestamp))
}

/** `2026-11-20`: the day in that zone, to compare and to sort by. */
export function dayKey(timestamp: string | number, timeZone: string): string {
  return formats(timeZone).day.format(new Date(timestamp))
}

/** `Today`, `Yesterday`, `Tomorrow`, `Monday 16 November` within the year, `16 November 2024` else. */
export function dayLabel(timestamp: string, timeZone: string, nowMs: number): string {
  const key = dayKey(timestamp, timeZone)
  const today = dayKey(nowMs, timeZone)
  if (key === today) return 'Today'
  // Noon of today less a day is yesterday even where a day has 23 or 25 hours.
  const dayFromToday = (days: number): string =>
    new Date(Date.parse(`${today}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
  if (key === dayFromToday(-1)) return 'Yesterday'
  if (key === dayFromToday(1)) return 'Tomorrow'
  const sameYear = key.slice(0, 4) === today.slice(0, 4)
  return (sameYear ? formats(timeZone).dayLabel : formats(timeZone).dayLabelWithYear).format(new Date(timestamp))
}

/** `Today, 10:02`, `Monday 16 November, 10:02`: where the day is not said beside it. */
export function dayTime(timestamp: string, timeZone: string, nowMs: number): string {
  return `${dayLabel(timestamp, timeZone, nowMs)}, ${clockTime(timestamp, timeZone)}`
}

/** The whole time with its zone, for a title. */
export function fullTime(timestamp: string, timeZone: string): string {
  return formats(timeZone).full.format(new Date(timestamp))
}

/** `just now`, `4 min ago`, `3 h ago`, `2 days ago`, then the date. */
export function timeAgo(timestamp: string, timeZone: string, nowMs: number): string {
  const minutes = Math.floor((nowMs - Date.parse(timestamp)) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`
  const days = Math.floor(minutes / (24 * 60))
  if (days < 7) return days === 1 ? 'a day ago' : `${days} days ago`
  return formats(timeZone).dayLabelWithYear.format(new Date(timestamp))
}
