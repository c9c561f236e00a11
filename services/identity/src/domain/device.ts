/**
 * What signed in, in the words of its own user agent. It is a hint for the person whose session it is and nothing more: any program can
 * send any text. So there is a short list of what people use, and `null` for the rest, instead of a guess.
 */
export interface Device {
  /** The browser's name, or the first word of a program's. */
  readonly client: string | null
  readonly system: string | null
}

/** In this order: most browsers name, after themselves, those whose pages they can show. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|HeadlessChrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bVersion\/\S+ (?:Mobile\/\S+ )?Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]
/** `curl/8.5.0`, `python-requests/2.32`, `node`. */
const PROGRAM = /^([A-Za-z][A-Za-z0-9._+-]{0,39})(?=[/ ]|$)/
const EVERY_BROWSER = 'Mozilla'

export function describeDevice(userAgent: string): Device {
  const program = PROGRAM.exec(userAgent)?.[1] ?? null
  const client = nameIn(BROWSERS, userAgent) ?? (program === EVERY_BROWSER ? null : program)
  return { client, system: nameIn(SYSTEMS, userAgent) }
}

function nameIn(names: readonly (readonly [RegExp, string])[], userAgent: string): string | null {
  return names.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null
}
