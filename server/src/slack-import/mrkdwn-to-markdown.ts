/**
 * Slack's text format ("mrkdwn") as Markdown that reads as the message read in Slack.
 *
 * The text is cut into fenced code and the rest, the rest into lines, and each line into what stands at its beginning (a quote,
 * a list, something that Markdown would take for a heading) and its content (inline-markdown.ts). What Slack shows as plain
 * characters and Markdown would act on is escaped; lists are kept as lists. Linear in the length of the text.
 */
import { inlineMarkdown } from './inline-markdown.ts'
import { codeText, decodeEntities, type SlackNames } from './slack-markup.ts'

export type { SlackNames } from './slack-markup.ts'

export function mrkdwnToMarkdown(text: string, names: SlackNames): string {
  const writer = new BlockWriter(names)
  for (const part of splitFences(text.replaceAll(/\r\n?/g, '\n'))) {
    if (part.kind === 'code') writer.writeCode(part.text)
    else writer.writeText(part.text)
  }
  return writer.finish()
}

interface Part {
  readonly kind: 'code' | 'text'
  readonly text: string
}

const FENCE = '```'

/** Three backticks that are followed by something and by three backticks are a block of code, wherever they stand. */
function splitFences(text: string): Part[] {
  const parts: Part[] = []
  let textStart = 0
  let open = text.indexOf(FENCE)
  while (open !== -1) {
    const close = text.indexOf(FENCE, open + FENCE.length)
    if (close === -1) break
    const code = text.slice(open + FENCE.length, close)
    if (code.trim() === '') {
      open = close
      continue
    }
    if (open > textStart) parts.push({ kind: 'text', text: text.slice(textStart, open) })
    parts.push({ kind: 'code', text: code })
    textStart = close + FENCE.length
    open = text.indexOf(FENCE, textStart)
  }
  if (textStart < text.length) parts.push({ kind: 'text', text: text.slice(textStart) })
  return parts
}

type LineKind = 'blank' | 'text' | 'list' | 'quote' | 'code'

const QUOTE = /^(?:&gt;|>) ?/
const QUOTE_REST = /^(?:&gt;|>){3} ?/
const LIST_ITEM = /^( *)([-*+]|(\d{1,9})([.)]))[ \t]+(?=\S)(.*)$/s
const LONE_MARKER = /^(?:[-*+]|\d{1,9}[.)])$/
/** A line of only these may underline a heading, rule a line off, or begin a table. Stars and underscores are escaped anyway. */
const RULE = /^[-=:|\s]+$/
const STARRED_RULE = /^[-=_*\s]+$/
const HEADING = /^#{1,6}(?:[ \t]|$)/
const NO_BREAK_SPACE = '\u00A0'

class BlockWriter {
  readonly #names: SlackNames
  readonly #lines: string[] = []
  #last: LineKind = 'blank'
  /** Number and delimiter of the last line that was not blank, when that was an item of a numbered list. */
  #lastItem: { readonly number: number; readonly delimiter: string } | undefined
  /** After `>>>`, everything is a quote. */
  #quoteRest = false
  /** The last line is a quote that is not at its end yet: code that follows is in it. */
  #quoteOpen = false
  #afterCode = false

  constructor(names: SlackNames) {
    this.#names = names
  }

  finish(): string {
    return this.#lines.join('\n')
  }

  writeText(text: string): void {
    // Code ends with its own line break, so the one that follows it in the text, and white space before that, is its end.
    const rest = this.#afterCode ? text.replace(/^[ \t]*\n?/, '') : text
    this.#afterCode = false
    if (rest === '') return
    const lines = rest.split('\n')
    // Code comes next, or nothing.
    const endsWithBreak = lines.length > 1 && lines.at(-1)?.trim() === ''
    if (endsWithBreak) lines.pop()
    for (const line of lines) this.#writeLine(line)
    if (endsWithBreak) this.#quoteOpen = false
  }

  writeCode(raw: string): void {
    const code = codeText(raw, this.#names)
      .replace(/^[ \t]*\n/, '')
      .replace(/\n[ \t]*$/, '')
    const prefix = this.#quoteRest || this.#quoteOpen ? '> ' : ''
    this.#lines.push(...[FENCE, ...code.split('\n'), FENCE].map((line) => prefix + line))
    this.#last = prefix === '' ? 'code' : 'quote'
    this.#lastItem = undefined
    this.#afterCode = true
  }

  #writeLine(line: string): void {
    if (!this.#quoteRest && QUOTE_REST.test(line)) {
      this.#quoteRest = true
      return this.#writeQuote(line.replace(QUOTE_REST, ''))
    }
    if (this.#quoteRest) return this.#writeQuote(line)
    if (QUOTE.test(line)) return this.#writeQuote(line.replace(QUOTE, ''))
    this.#quoteOpen = false
    if (line.trim() === '') {
      this.#lines.push('')
      this.#last = 'blank'
      return
    }
    const item = this.#listItem(line)
    if (item !== undefined) {
      if (this.#last === 'quote') this.#lines.push('')
      this.#lines.push(item)
      this.#last = 'list'
      return
    }
    // Without a blank line, Markdown takes a line after a quote or a list item for a part of it.
    if (this.#last === 'quote' || this.#last === 'list') this.#lines.push('')
    this.#lines.push(this.#plainLine(line))
    this.#last = 'text'
    this.#lastItem = undefined
  }

  #writeQuote(content: string): void {
    // Without a blank line, a quote that follows a list item on an indented line could become a part of it.
    if (this.#last === 'list') this.#lines.push('')
    this.#lines.push(content.trim() === '' ? '>' : `> ${this.#plainLine(content)}`)
    this.#last = 'quote'
    this.#lastItem = undefined
    this.#quoteOpen = true
  }

  /** The line as an item of a list, or undefined when it is none, or would get another number than it has. */
  #listItem(line: string): string | undefined {
    const match = LIST_ITEM.exec(line)
    if (match === null || STARRED_RULE.test(line)) return undefined
    const [, indent = '', marker = '', digits, delimiter = '', content = ''] = match
    // A plus at the start of a line is part of what was said.
    if (marker === '+' || (indent.length > 3 && this.#last !== 'list')) return undefined
    if (digits === undefined) {
      if (indent === '') this.#lastItem = undefined
    } else {
      const number = Number(digits)
      const last = this.#lastItem
      const continues = last !== undefined && last.delimiter === delimiter
      if (continues ? number !== last.number + 1 : number !== 1 && this.#last !== 'blank') return undefined
      this.#lastItem = { number, delimiter }
    }
    return `${indent}${marker} ${this.#contentAfterMarker(content)}`
  }

  #contentAfterMarker(content: string): string {
    const markdown = inlineMarkdown(content, this.#names)
    return startsBlock(content) ? escapeStart(markdown) : markdown
  }

  /** A line that is neither list nor quote: its indentation is kept visible, its beginning is kept from meaning something. */
  #plainLine(line: string): string {
    const content = line.trimStart()
    const indent = line.slice(0, line.length - content.length).replaceAll('\t', '    ')
    const markdown = inlineMarkdown(content, this.#names)
    if (indent !== '') return NO_BREAK_SPACE.repeat(indent.length) + markdown
    return startsBlock(content) ? escapeStart(markdown) : markdown
  }
}

/** Whether Markdown would take the beginning of this content for a heading, a quote, a list, a rule or a table. */
function startsBlock(content: string): boolean {
  const decoded = decodeEntities(content.slice(0, 200))
  return (
    HEADING.test(decoded) ||
    decoded.startsWith('>') ||
    LIST_ITEM.test(decoded) ||
    LONE_MARKER.test(decoded.trim()) ||
    RULE.test(content)
  )
}

/** `1.` cannot be escaped at its digit. */
function escapeStart(markdown: string): string {
  const numbered = /^(\d{1,9})([.)])/.exec(markdown)
  if (numbered !== null) return `${numbered[1] ?? ''}\\${markdown.slice((numbered[1] ?? '').length)}`
  return markdown.startsWith('\\') ? markdown : `\\${markdown}`
}
