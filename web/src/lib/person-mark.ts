/** How many colours people are told apart by. */
const HUE_COUNT = 14

/** One or two letters that stand for a person: the first of the first and of the last word, upper case; `?` for an empty name. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word))
  const first = firstLetter(words[0])
  const last = words.length > 1 ? firstLetter(words.at(-1)) : ''
  return first + last || '?'
}

/** A hue in degrees, the same for the same id wherever and whenever it is shown (FNV-1a over its characters). */
export function hueDegrees(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  }
  // The low bits of FNV change most between ids that differ in one character.
  const step = ((hash ^ (hash >>> 15)) >>> 0) % HUE_COUNT
  return Math.round((step * 360) / HUE_COUNT)
}

function firstLetter(word: string | undefined): string {
  const letter = word?.match(/[\p{L}\p{N}]/u)?.[0] ?? ''
  // Some letters grow when raised, as the sharp s does.
  return [...letter.toUpperCase()][0] ?? ''
}
