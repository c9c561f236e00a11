/** A list of words as a person edits it: one to a line. */
import { HELD_WORD_LENGTH_MAX, HELD_WORDS_MAX } from '@glasshouse/contracts'

/** So many are named at once. */
const NAMED_MAX = 3
const QUOTE_LENGTH = 30

export interface WordLines {
  readonly words: readonly string[]
  /** Those that stood there more than once. */
  readonly repeated: readonly string[]
  /** What is wrong with them, for the person; undefined when nothing is. */
  readonly problem: string | undefined
}

/** The words of a text, trimmed, without empty lines, each once. */
export function readWordLines(text: string): WordLines {
  const lines = text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const words = [...new Set(lines)]
  const repeated = [...new Set(lines.filter((line, at) => lines.indexOf(line) !== at))]
  return { words, repeated, problem: problemOf(words) }
}

/** What becomes of the list when it was `seen`, has become `now` meanwhile, and `wanted` is sent: nobody's change is undone unseen. */
export function mergeWords(
  now: readonly string[],
  { seen, wanted }: { readonly seen: readonly string[]; readonly wanted: readonly string[] },
): readonly string[] {
  const before = new Set(seen)
  const after = new Set(wanted)
  const stay = now.filter((word) => after.has(word) || !before.has(word))
  return [...new Set([...stay, ...wanted.filter((word) => !before.has(word))])]
}

/** Some of them by name, and how many there are besides. */
export function namesOf(words: readonly string[]): string {
  const named = words.slice(0, NAMED_MAX).map(quoted).join(', ')
  return words.length > NAMED_MAX ? `${named} and ${words.length - NAMED_MAX} more` : named
}

function problemOf(words: readonly string[]): string | undefined {
  if (words.length > HELD_WORDS_MAX) return `These are ${words.length} words: at most ${HELD_WORDS_MAX} are kept.`
  const long = words.filter((word) => [...word].length > HELD_WORD_LENGTH_MAX)
  const empty = words.filter((word) => !/[\p{L}\p{N}\p{M}]/u.test(word))
  const problems = [
    long.length === 0 ? '' : `Longer than ${HELD_WORD_LENGTH_MAX} characters: ${namesOf(long)}.`,
    empty.length === 0 ? '' : `Without a letter or a digit: ${namesOf(empty)}.`,
  ]
  return problems.filter((problem) => problem !== '').join(' ') || undefined
}

function quoted(word: string): string {
  const characters = [...word]
  return `“${characters.length > QUOTE_LENGTH ? `${characters.slice(0, QUOTE_LENGTH).join('')}…` : word}”`
}
