/** What a character is to the rules about where emphasis may begin and end. */
export type CharacterClass = 'space' | 'punctuation' | 'word' | 'other'

const ASCII: readonly CharacterClass[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/\s/.test(character)) return 'space'
  if (/[0-9A-Za-z]/.test(character)) return 'word'
  return code > 0x20 && code < 0x7f ? 'punctuation' : 'other'
})

function classOf(character: string): CharacterClass {
  const code = character.codePointAt(0) ?? 0x20
  const ascii = ASCII[code]
  if (ascii !== undefined) return ascii
  if (/^\s/.test(character)) return 'space'
  if (/^[\p{L}\p{N}]/u.test(character)) return 'word'
  // Beyond U+FFFF, Markdown readers differ on whether a symbol (so an emoji) is punctuation: only what holds for both is used.
  return code <= 0xffff && /^[\p{P}\p{S}]/u.test(character) ? 'punctuation' : 'other'
}

/** The class of the first character; of nothing: the edge of a line counts as space. */
export function firstClass(text: string): CharacterClass {
  return text === '' ? 'space' : classOf(text)
}

export function lastClass(text: string): CharacterClass {
  if (text === '') return 'space'
  const low = text.charCodeAt(text.length - 1)
  const pair = low >= 0xdc00 && low <= 0xdfff && text.length > 1
  return classOf(text.slice(pair ? -2 : -1))
}

const ENTITY_LIKE = /#?[0-9A-Za-z]{1,32};/y

/** Whether an ampersand before this place would be read as the beginning of an entity. */
export function beginsEntity(text: string, afterAmpersand: number): boolean {
  ENTITY_LIKE.lastIndex = afterAmpersand
  return ENTITY_LIKE.test(text)
}

/** Short text (a name, a link's label) that reads in Markdown as it is, wherever it stands but at the start of a line. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*~[\]<>!|&]/g, '\\$&')
    .replaceAll(/(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])/g, '\\_')
    .replaceAll(/\s+/g, ' ')
}

const BREAKS_ADDRESS = /[\s<>\\"\p{Cc}]/gu

/** An address without characters that would end it in Markdown. */
export function safeAddress(url: string): string {
  return url.replaceAll(BREAKS_ADDRESS, (character) => encodeURIComponent(character))
}

/** `[label](url)`; the label is Markdown already. */
export function markdownLink(label: string, url: string): string {
  const target = safeAddress(url).replaceAll(/[()]/g, '\\$&')
  return `[${label}](${escapeEntities(target)})`
}

function escapeEntities(url: string): string {
  return url.replaceAll(/&(?=#?[0-9A-Za-z]{1,32};)/g, '\\&')
}
