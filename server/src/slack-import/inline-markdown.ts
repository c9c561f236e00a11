/**
 * One line of Slack's text as Markdown.
 *
 * The line is read once into atoms: runs of plain text, code, links, emoji, and the three delimiters `*`, `_`, `~`. Then the
 * delimiters are paired by Slack's rule (a mark opens after a character that is no letter or digit and before one that is no space;
 * the next such mark after a character that is no space and before one that is no letter or digit closes it), as far as Markdown's
 * own rule about flanking agrees; so what is written as emphasis is also read as emphasis. Every other mark is escaped where a
 * Markdown reader could take it for one. Each step looks at each character a bounded number of times.
 */
import { beginsEntity, firstClass, lastClass, type CharacterClass } from './markdown-escape.ts'
import { codeText, emojiAt, markupToMarkdown, parseMarkup, type SlackNames } from './slack-markup.ts'

interface Atom {
  markdown: string
  readonly first: CharacterClass
  readonly last: CharacterClass
  /** Set for `*`, `_` and `~` that stand outside of code and links. */
  readonly delimiter?: Delimiter
}

type Delimiter = '*' | '_' | '~'
const MARKDOWN_OF = { '*': '**', _: '_', '~': '~~' } as const
const EDGE: Atom = { markdown: '', first: 'space', last: 'space' }

const PLAIN_RUN = /[^*_~`<&\\\]!:]+/y
const HAS_SPECIAL = /[*_~`<&\\\]!:]/

export function inlineMarkdown(line: string, names: SlackNames): string {
  if (!HAS_SPECIAL.test(line)) return line
  const atoms = new LineReader(line, names).read()
  pairDelimiters(atoms)
  return atoms.map((atom) => atom.markdown).join('')
}

class LineReader {
  readonly #line: string
  readonly #names: SlackNames
  readonly #atoms: Atom[] = []
  #at = 0
  /** Where the next `>` and the next backtick are, or the length of the line: found once, not once for each `<`. */
  #nextClose = -1
  #nextTick = -1

  constructor(line: string, names: SlackNames) {
    this.#line = line
    this.#names = names
  }

  read(): Atom[] {
    while (this.#at < this.#line.length) {
      PLAIN_RUN.lastIndex = this.#at
      const run = PLAIN_RUN.exec(this.#line)?.[0]
      if (run === undefined) this.#readSpecial()
      else this.#push(run, run.length)
    }
    return this.#atoms
  }

  #readSpecial(): void {
    const character = this.#line[this.#at] ?? ''
    const next = this.#line[this.#at + 1] ?? ''
    switch (character) {
      case '*':
      case '_':
      case '~':
        this.#atoms.push({ markdown: character, first: 'punctuation', last: 'punctuation', delimiter: character })
        this.#at++
        return
      case '`':
        return this.#readTick()
      case '<':
        return this.#readAngle()
      case '&':
        return this.#readAmpersand()
      case ':':
        return this.#readColon()
      case '\\':
        return this.#push('\\\\', 1)
      case ']':
        return this.#push(next === '(' || next === '[' || next === ':' ? '\\]' : ']', 1)
      default:
        return this.#push(next === '[' || next === '<' ? '\\!' : character, 1)
    }
  }

  #push(markdown: string, length: number): void {
    this.#atoms.push({ markdown, first: firstClass(markdown), last: lastClass(markdown) })
    this.#at += length
  }

  #readTick(): void {
    const line = this.#line
    const start = this.#at
    if (this.#nextTick <= start) this.#nextTick = indexOrEnd(line, '`', start + 1)
    const end = this.#nextTick
    const code = line.slice(start + 1, end)
    const isCode =
      end < line.length &&
      code.trim() !== '' &&
      lastClass(line.slice(Math.max(0, start - 2), start)) !== 'word' &&
      firstClass(line.slice(end + 1, end + 3)) !== 'word'
    if (!isCode) return this.#push('\\`', 1)
    this.#push(codeSpan(codeText(code, this.#names)), end + 1 - start)
  }

  #readAngle(): void {
    const line = this.#line
    const start = this.#at
    if (this.#nextClose <= start) this.#nextClose = indexOrEnd(line, '>', start + 1)
    const end = this.#nextClose
    const inner = end < line.length ? line.slice(start + 1, end) : ''
    const markup = inner === '' || inner.includes('<') ? undefined : parseMarkup(inner, this.#names)
    if (markup === undefined) return this.#pushLess(start + 1, 1)
    this.#push(markupToMarkdown(markup), end + 1 - start)
  }

  /** A `<` that is meant as one: escaped where a tag or an address in angle brackets could begin. */
  #pushLess(after: number, length: number): void {
    this.#push(/[A-Za-z/!?]/.test(this.#line[after] ?? '') ? '\\<' : '<', length)
  }

  #readAmpersand(): void {
    const line = this.#line
    const at = this.#at
    if (line.startsWith('&lt;', at)) return this.#pushLess(at + 4, 4)
    if (line.startsWith('&gt;', at)) return this.#push('>', 4)
    const length = line.startsWith('&amp;', at) ? 5 : 1
    this.#push(beginsEntity(line, at + length) ? '\\&' : '&', length)
  }

  #readColon(): void {
    // `12:100:30` is a time and no emoji.
    const within = /[0-9A-Za-z]/.test(this.#line[this.#at - 1] ?? '')
    const found = within ? undefined : emojiAt(this.#line, this.#at)
    if (found === undefined) this.#push(':', 1)
    else this.#push(found.emoji, found.end - this.#at)
  }
}

function indexOrEnd(text: string, searched: string, from: number): number {
  const index = text.indexOf(searched, from)
  return index === -1 ? text.length : index
}

/** `code` holds no backtick. One space at each end is taken off by readers, unless there is nothing else. */
function codeSpan(code: string): string {
  return code.startsWith(' ') && code.endsWith(' ') ? `\` ${code} \`` : `\`${code}\``
}

function pairDelimiters(atoms: Atom[]): void {
  const open = new Map<Delimiter, number>()
  const paired = new Set<Atom>()
  for (const [index, atom] of atoms.entries()) {
    const { delimiter } = atom
    if (delimiter === undefined) continue
    const before = atoms[index - 1] ?? EDGE
    const after = atoms[index + 1] ?? EDGE
    if (before.delimiter === delimiter || after.delimiter === delimiter) continue
    const opener = open.get(delimiter)
    if (opener !== undefined) {
      if (index > opener + 1 && closes(delimiter, before.last, after.first)) {
        paired.add(atom)
        const partner = atoms[opener]
        if (partner !== undefined) paired.add(partner)
        // A mark that was opened within and is still open would overlap with this pair: it is a character.
        for (const [other, at] of open) if (at >= opener) open.delete(other)
      }
    } else if (opens(delimiter, before.last, after.first)) {
      open.set(delimiter, index)
    }
  }
  const tildes = atoms.reduce((count, atom) => count + (atom.delimiter === '~' ? 1 : 0), 0)
  for (const [index, atom] of atoms.entries()) {
    if (atom.delimiter === undefined) continue
    if (paired.has(atom)) atom.markdown = MARKDOWN_OF[atom.delimiter]
    else if (needsEscape(atoms, index, tildes)) atom.markdown = `\\${atom.delimiter}`
  }
}

/** Slack's rule and Markdown's "left-flanking"; for `_` also "not right-flanking, or after punctuation". */
function opens(delimiter: Delimiter, before: CharacterClass, after: CharacterClass): boolean {
  if (before === 'word' || after === 'space') return false
  const boundary = before === 'space' || before === 'punctuation'
  if (delimiter === '_') return boundary
  return boundary || after === 'word'
}

function closes(delimiter: Delimiter, before: CharacterClass, after: CharacterClass): boolean {
  if (after === 'word' || before === 'space') return false
  const boundary = after === 'space' || after === 'punctuation'
  if (delimiter === '_') return boundary
  return boundary || before === 'word'
}

/** Whether a reader of Markdown could take a mark that is only a character for more. */
function needsEscape(atoms: readonly Atom[], index: number, tildes: number): boolean {
  const before = (atoms[index - 1] ?? EDGE).last
  const after = (atoms[index + 1] ?? EDGE).first
  switch (atoms[index]?.delimiter) {
    case '_':
      return !(before === 'word' && after === 'word')
    case '~':
      return tildes > 1
    default:
      // Between spaces a star multiplies; at the start of a line it would be a list.
      return index === 0 || before !== 'space' || after !== 'space'
  }
}
