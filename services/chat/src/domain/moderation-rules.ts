/** Which messages of a moderated channel wait for a moderator. What a text is judged by is the text alone; who wrote it, by the caller. */
import { codePointCount } from './channel-name.ts'

/** Why a message is held. */
export type HoldRule = 'too_long' | 'link' | 'word' | 'new_account'

const HELD_ABOVE_CODE_POINTS = 300
/** An account is new for a day. */
export const NEW_ACCOUNT_MS = 24 * 60 * 60 * 1_000

/** What would be shown as a link: an address with a scheme, or Markdown's own way to write one. */
const LINK = /\b[a-z][a-z0-9+.-]*:\/\/|\bmailto:|\bwww\.\p{L}|\]\(\s*\S/iu

/** All rules that a text breaks, in the order in which they are told. */
export function rulesBroken(content: string, words: WordMatcher): readonly HoldRule[] {
  const broken: HoldRule[] = []
  if (content.length > HELD_ABOVE_CODE_POINTS && codePointCount(content) > HELD_ABOVE_CODE_POINTS)
    broken.push('too_long')
  if (LINK.test(content)) broken.push('link')
  if (words.matches(content)) broken.push('word')
  return broken
}

const TOKEN = /[\p{L}\p{N}\p{M}]+/gu
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu
/** Scripts that put no space between words: there a word is found wherever it stands. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** A text as words are compared in: without case, width and characters that show nothing, one space between words. */
function wordsOf(text: string): readonly string[] {
  return text.normalize('NFKC').replaceAll(IGNORED, '').toLowerCase().match(TOKEN) ?? []
}

/** What a word of the list is kept as; undefined for one that has neither letter nor digit. */
export function wordKey(word: string): string | undefined {
  const words = wordsOf(word)
  return words.length === 0 ? undefined : words.join(' ')
}

/** Looks for whole words, and for several in a row. */
export class WordMatcher {
  readonly #single = new Set<string>()
  readonly #several: string[] = []
  readonly #anywhere: string[] = []

  constructor(words: readonly string[]) {
    for (const word of words) {
      const key = wordKey(word)
      if (key === undefined) continue
      if (UNSPACED.test(key)) this.#anywhere.push(key)
      else if (key.includes(' ')) this.#several.push(` ${key} `)
      else this.#single.add(key)
    }
  }

  matches(text: string): boolean {
    if (this.#single.size + this.#several.length + this.#anywhere.length === 0) return false
    const words = wordsOf(text)
    if (words.some((word) => this.#single.has(word))) return true
    const line = ` ${words.join(' ')} `
    return [...this.#several, ...this.#anywhere].some((wanted) => line.includes(wanted))
  }
}
