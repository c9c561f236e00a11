/** Which messages of a moderated channel wait for a moderator. What a text is judged by is the text alone; who wrote it, by the caller. */
import { codePointCount } from './channel-name.ts'
import type { Poll } from './poll.ts'

/** Why a message is held. */
export type HoldRule = 'too_long' | 'link' | 'word' | 'new_account'

const HELD_ABOVE_CODE_POINTS = 300
/** An account is new for a day. */
export const NEW_ACCOUNT_MS = 24 * 60 * 60 * 1_000

/**
 * What would be shown as a link: an address with a scheme, or one of Markdown's own ways to write one. Each part starts at a character that
 * the rest of it does not cross, so that the time grows with the length and not with its square.
 */
const LINK = /[a-z][0-9+.-]*:\/\/|\bmailto:|\bwww\.\p{L}|\]\(\s*\S|<https?:|<[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9]/iu

/** What a message says: its text and, when it asks something, the question and its options. */
export function textsOf({
  content,
  poll,
}: {
  readonly content: string
  readonly poll?: Poll | undefined
}): readonly string[] {
  return poll === undefined ? [content] : [content, poll.question, ...poll.options]
}

/**
 * The rules that a message's texts break together, in the order in which they are told. In what is too long nothing else is looked for: it
 * is read anyway, and nobody makes the server search long texts.
 */
export function rulesBroken(texts: readonly string[], words: WordMatcher): readonly HoldRule[] {
  if (isTooLong(texts)) return ['too_long']
  const broken: HoldRule[] = []
  if (texts.some(hasLink)) broken.push('link')
  if (texts.some((text) => words.matches(text))) broken.push('word')
  return broken
}

export function hasLink(text: string): boolean {
  return LINK.test(text)
}

function isTooLong(texts: readonly string[]): boolean {
  const units = texts.reduce((sum, { length }) => sum + length, 0)
  // A code point is one or two UTF-16 units: most texts need no counting.
  if (units <= HELD_ABOVE_CODE_POINTS) return false
  if (units > 2 * HELD_ABOVE_CODE_POINTS) return true
  return texts.reduce((sum, text) => sum + codePointCount(text), 0) > HELD_ABOVE_CODE_POINTS
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
