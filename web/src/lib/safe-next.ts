/** Longer paths are no page of this site. */
const NEXT_LENGTH_MAX = 2048
/** Only its origin matters: it never equals that of a link. */
const NOWHERE = 'http://nowhere.invalid'

/**
 * Where to go after signing in: `next` when it is a path of this site, else `fallback`.
 *
 * A browser reads `//host` and `/\host` as another site, and drops tabs and line ends before it reads, so that `/<tab>/host` is
 * one too. So backslashes and control characters are refused wherever they stand, and what is left is parsed as a browser would.
 */
export function safeNext(next: unknown, fallback: string): string {
  if (typeof next !== 'string' || next.length > NEXT_LENGTH_MAX) return fallback
  if (!next.startsWith('/') || next.startsWith('//')) return fallback
  if (hasForbiddenCharacter(next)) return fallback
  const parsed = URL.parse(next, NOWHERE)
  if (parsed?.origin !== NOWHERE) return fallback
  // `/./` and `/x/../` can leave a path that begins with two slashes.
  if (parsed.pathname.startsWith('//')) return fallback
  return parsed.pathname + parsed.search + parsed.hash
}

/** `path` with `next` as its query, left out when it would only say the default. */
export function withNext(path: string, next: string | null | undefined): string {
  const safe = safeNext(next, '')
  return safe === '' ? path : `${path}?next=${encodeURIComponent(safe)}`
}

function hasForbiddenCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (character === '\\' || code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true
  }
  return false
}
