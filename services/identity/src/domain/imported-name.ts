/**
 * People who come in by an import keep the name that they had elsewhere, so what may not be chosen here (two letters, dots, blanks)
 * is kept. Only what no name can be is mended.
 */
import { storableText } from './name-key.ts'

export const IMPORTED_NAME_LENGTH_MAX = 80
const NAMELESS = 'user'

/** The name as it is when its length is 1 to 80 characters; control characters are dropped, the rest is cut, nothing becomes `user`. */
export function importedName(text: string): string {
  const kept = storableText(text)
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
  return cut(kept, IMPORTED_NAME_LENGTH_MAX) || NAMELESS
}

/** The same name with `-2`, `-3`, ...: `attempt` 1 is the name itself. Never longer than a name may be. */
export function numberedName(name: string, attempt: number): string {
  if (attempt === 1) return name
  const suffix = `-${attempt}`
  return cut(name, IMPORTED_NAME_LENGTH_MAX - suffix.length) + suffix
}

function cut(text: string, lengthMax: number): string {
  const characters = [...text]
  return characters.length <= lengthMax ? text : characters.slice(0, lengthMax).join('').trim()
}
