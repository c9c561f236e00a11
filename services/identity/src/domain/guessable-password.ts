/**
 * Is a password among the first that an attacker tries? Guessing programs take lists of passwords that leaked elsewhere and vary
 * them: case, `p@ssw0rd`, a year or `123!` at the end, the word twice. They also walk the keyboard, count, and try the account's
 * own names. So a password is refused when, seen through these variations, it is one of
 *
 *   a listed word      `guessableForms` gives the forms, and whoever has the list looks them up
 *   a pattern          mostly runs along the alphabet, the digits or the keyboard, or few different characters
 *   the account's name with next to nothing besides
 *
 * What is left after taking off a decoration must be the whole word: `sunshine2026` is refused, `sunshine over kyoto` is not.
 */
import { nameKey } from './name-key.ts'

/** A year and some signs. A tail of more is no decoration, unless it is a pattern by itself. */
const DECORATION_DIGITS_MAX = 4
const DECORATION_LENGTH_MAX = 6
const RUN_LENGTH_MEAN_MIN = 3
const DIFFERENT_CHARACTERS_MIN = 4
/** Names shorter than this are inside too many words by chance. */
const NAME_LENGTH_MIN = 3
const BESIDES_NAME_LENGTH_MIN = 6

const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '!@#$%^&*()_+',
  '`1234567890-=',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
  'qwertzuiopü',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  'yxcvbnm',
  'йцукенгшщзхъ',
  'фывапролджэ',
  'ячсмитьбю',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'q2w3e4r5t6y7u8i9o0p',
].flatMap((row) => [row, [...row].toReversed().join('')])

/** Most pairs of letters stand in no row, and so most places of a password need no search. */
const ROWS_WITH_PAIR = rowsByPair()

const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '!': 'i',
  '|': 'i',
  '3': 'e',
  '4': 'a',
  '@': 'a',
  '5': 's',
  $: 's',
  '7': 't',
  '+': 't',
  '8': 'b',
}

/** The words that, when one of them is on the list, make the password a common one. Lower case, at most two dozen. */
export function guessableForms(password: string): readonly string[] {
  const whole = nameKey(password)
  const forms = new Set<string>()
  for (const text of [whole, repeatedUnit(whole)]) {
    if (text === undefined) continue
    for (const form of [text, withoutTail(text), withoutHead(text), withoutHead(withoutTail(text))]) {
      forms.add(form)
      forms.add(plainLetters(form, 'i'))
      forms.add(plainLetters(form, 'l'))
    }
  }
  forms.delete('')
  return [...forms]
}

/** Counting, walking the keyboard, or few different characters. */
export function isPattern(password: string): boolean {
  const characters = [...nameKey(password)]
  if (new Set(characters).size < DIFFERENT_CHARACTERS_MIN) return true
  if (runs(characters) * RUN_LENGTH_MEAN_MIN <= characters.length) return true
  // A short word before or after a pattern adds little: `abx1234567890`.
  const tail = /^(\p{L}{0,3})([^\p{L}]{6,})$/u.exec(characters.join(''))?.[2]
  return tail !== undefined && tail.length < characters.length && isPattern(tail)
}

/** The password is one of the names (of the account, the house) and next to nothing besides. */
export function isMostlyName(password: string, names: readonly string[]): boolean {
  const whole = nameKey(password)
  for (const name of names.map(nameKey)) {
    if ([...name].length < NAME_LENGTH_MIN || !whole.includes(name)) continue
    const besides = whole.replaceAll(name, '').replaceAll(/[^\p{L}\p{N}]/gu, '')
    if ([...besides].length < BESIDES_NAME_LENGTH_MIN || isPattern(besides)) return true
  }
  return false
}

function withoutTail(text: string): string {
  const tail = /[^\p{L}]+$/u.exec(text)?.[0] ?? ''
  return isDecoration(tail) ? text.slice(0, text.length - tail.length) : text
}

function withoutHead(text: string): string {
  const head = /^[^\p{L}]+/u.exec(text)?.[0] ?? ''
  return isDecoration(head) ? text.slice(head.length) : text
}

function isDecoration(text: string): boolean {
  const digits = text.replaceAll(/\P{N}/gu, '').length
  return (text.length <= DECORATION_LENGTH_MAX && digits <= DECORATION_DIGITS_MAX) || isPattern(text)
}

function plainLetters(text: string, one: 'i' | 'l'): string {
  let plain = ''
  for (const character of text) plain += character === '1' ? one : (LOOKALIKES[character] ?? character)
  return plain
}

/** `hunter2` of `hunter2hunter2`; undefined when nothing repeats. */
function repeatedUnit(text: string): string | undefined {
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (text.length % length === 0 && text.slice(0, length).repeat(text.length / length) === text) {
      return text.slice(0, length)
    }
  }
  return undefined
}

/** Into how many runs the characters fall, each taken as long as it goes. */
function runs(characters: readonly string[]): number {
  let count = 0
  for (let start = 0; start < characters.length; count += 1) start += runLength(characters, start)
  return count
}

function runLength(characters: readonly string[], start: number): number {
  let same = start + 1
  while (same < characters.length && characters[same] === characters[start]) same += 1
  let longest = same - start
  for (const row of ROWS_WITH_PAIR.get(characters.slice(start, start + 2).join('')) ?? []) {
    let end = start + longest + 1
    while (end <= characters.length && row.includes(characters.slice(start, end).join(''))) {
      longest = end - start
      end += 1
    }
  }
  return longest
}

function rowsByPair(): ReadonlyMap<string, readonly string[]> {
  const rows = new Map<string, string[]>()
  for (const row of ROWS) {
    const characters = [...row]
    for (const [index, character] of characters.entries()) {
      const pair = character + (characters[index + 1] ?? '')
      const found = rows.get(pair)
      if (found === undefined) rows.set(pair, [row])
      else if (!found.includes(row)) found.push(row)
    }
  }
  return rows
}
