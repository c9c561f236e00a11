/**
 * What a message's Markdown refers to: people, groups and other messages. One pure reading for the server, which stores it, and for
 * those who show it. What stands in code refers to nobody.
 *
 * Fenced code and code spans are found as CommonMark has them. Code that is only indented is not looked for: it depends on the lists and
 * quotes around it, and costs a whole parser.
 */

/** `@name` as it stands in a text. */
export interface MentionToken {
  /** Without the `@`, in lower case: names are unique without case. */
  readonly name: string
  /** Where the `@` is, and how long it is with its name, in UTF-16 units. */
  readonly index: number
  readonly length: number
}

/** Different names that one message can mention; what follows them is text. */
export const MENTIONS_MAX = 50
/** Messages that one message can quote by their permalinks. */
export const QUOTES_MAX = 3

/** Everybody in the channel; those of them who are there now. No person and no group can have these names. */
export const MENTIONS_OF_ALL = ['channel', 'here'] as const

/** Not in an address (`ada@example.org`, `https://example.org/@ada`), nor the end of a longer word. */
const MENTION = /(?<![\p{L}\p{N}_@./\\-])@([A-Za-z0-9_-]{2,32})(?![\p{L}\p{N}_-])/gu

/** The mentions of a text, in order: all places of the first MENTIONS_MAX different names. */
export function mentionsIn(content: string): readonly MentionToken[] {
  if (!content.includes('@')) return []
  const names = new Set<string>()
  const tokens: MentionToken[] = []
  for (const match of withoutCode(content).matchAll(MENTION)) {
    const name = (match[1] ?? '').toLowerCase()
    if (!names.has(name) && names.size >= MENTIONS_MAX) continue
    names.add(name)
    tokens.push({ name, index: match.index, length: match[0].length })
  }
  return tokens
}

const PERMALINK = /https?:\/\/[^\s<>()[\]"'`]+?\/m\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z_-])/gi

/** A message's address in the browser, below the house's own. */
export function permalinkPath(messageId: string): string {
  return `/m/${messageId}`
}

/**
 * The messages to which a text links, in order, at most QUOTES_MAX. Whatever house the address names: an id of another one is found
 * nowhere in this one.
 */
export function quotesIn(content: string): readonly string[] {
  if (!content.includes('/m/')) return []
  const ids = new Set<string>()
  for (const match of withoutCode(content).matchAll(PERMALINK)) {
    if (match[1] !== undefined) ids.add(match[1].toLowerCase())
    if (ids.size === QUOTES_MAX) break
  }
  return [...ids]
}

const FENCE = /^ {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$/

/** The text with blanks in the place of code, so that all else stays where it is. */
function withoutCode(content: string): string {
  if (!content.includes('`') && !content.includes('~~~')) return content
  const shown: string[] = []
  let block: string[] = []
  let closing: RegExp | undefined
  const endBlock = (): void => {
    if (block.length > 0) shown.push(withoutCodeSpans(block.join('\n')))
    block = []
  }
  for (const line of content.split('\n')) {
    if (closing !== undefined) {
      if (closing.test(line)) closing = undefined
      shown.push(blank(line))
      continue
    }
    const fence = FENCE.exec(line)
    const mark = fence?.[1] ?? fence?.[2]
    if (mark !== undefined) {
      endBlock()
      closing = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}[ \\t\\r]*$`)
      shown.push(blank(line))
    } else if (line.trim() === '') {
      // A code span ends with its paragraph at the latest.
      endBlock()
      shown.push(line)
    } else block.push(line)
  }
  endBlock()
  return shown.join('\n')
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}

/** From a run of backticks to the next run of the same length; a run without another is text. In one pass, whatever the text. */
function withoutCodeSpans(paragraph: string): string {
  const runs = [...paragraph.matchAll(/`+/g)].map(({ index, 0: { length } }) => ({ index, length }))
  const byLength = Map.groupBy(runs, ({ length }) => length)
  let shown = ''
  let from = 0
  for (const run of runs) {
    if (run.index < from) continue
    // An escaped backtick is a letter, and what follows it a run of its own.
    const escaped = isEscaped(paragraph, run.index) ? 1 : 0
    const length = run.length - escaped
    const same = length === 0 ? undefined : byLength.get(length)
    while (same?.[0] !== undefined && same[0].index < run.index + run.length) same.shift()
    const close = same?.[0]
    if (close === undefined) continue
    const open = run.index + escaped
    const end = close.index + close.length
    shown += paragraph.slice(from, open) + blank(paragraph.slice(open, end))
    from = end
  }
  return shown + paragraph.slice(from)
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text[index - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}
