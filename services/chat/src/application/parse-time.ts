/** With a zone: a time without one would mean another moment on each machine. Years of four digits. */
const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+\- ]\d{2}:\d{2})$/

/** Milliseconds since 1970; NaN for what is no time. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [matched, year, month, day] = RFC_3339.exec(text) ?? []
  // Date.parse makes the 2nd of March of the 30th of February.
  if (matched === undefined || Number(day) > daysOfMonth(Number(year), Number(month))) return Number.NaN
  // A plus sign that was not escaped in an address arrives as a blank; so does the one that may stand for the T.
  const spelled = `${matched.slice(0, 10)}T${matched.slice(11).replace(' ', '+')}`
  return Date.parse(spelled.toUpperCase())
}

function daysOfMonth(year: number, month: number): number {
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  if (month === 2) return isLeapYear ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}
