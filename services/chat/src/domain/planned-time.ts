/** What is planned for longer is more likely a slip. */
const AHEAD_MS_MAX = 366 * 86_400_000

export const PLANNED_TIME_RULE = 'Give a time in the future, within a year, such as 2026-11-20T09:30:00.000Z.'

/** Whether something may be planned for then. */
export function isPlannable(timeMs: number, nowMs: number): boolean {
  return timeMs > nowMs && timeMs - nowMs <= AHEAD_MS_MAX
}
