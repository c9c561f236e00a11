export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export const THEME_COOKIE = 'glasshouse_theme'
export const TIME_ZONE_COOKIE = 'glasshouse_time_zone'
/** A year, in seconds. */
export const PREFERENCE_AGE_S = 365 * 24 * 3600

export function parseTheme(text: unknown): Theme {
  return THEMES.find((theme) => theme === text) ?? 'system'
}
