/**
 * Reads a JSON array whose elements may be broken, and loses only those.
 *
 * A whole file is first given to `JSON.parse`, which is all that a good file needs. When that fails, the text is cut at the commas
 * of the top level, by counting brackets outside of strings (a string ends with its line at the latest, since JSON allows no raw
 * line break in one), and each piece is parsed for itself.
 *
 * An element whose brackets do not match swallows its neighbours. So a piece that fails is cut again wherever one object ends and
 * another begins, `} , {`, and before each `{` that is indented as the piece's own; and from each cut on the shortest run of cuts that is an element is taken. Objects within the broken
 * element could be taken for elements: the caller's `isElement` tells them apart. The work of this search is bounded.
 */

export interface JsonArrayProblem {
  /** From 1. */
  readonly line: number
  readonly what: string
}

export interface JsonArray {
  readonly elements: readonly unknown[]
  readonly problems: readonly JsonArrayProblem[]
  /** The line on which an element begins, from 1. Reads the text again, so ask for few. */
  lineOf(index: number): number
}

/** An element with objects in it is cut into at most so many pieces, and found again. */
const PIECES_PER_ELEMENT_MAX = 32
/** An element that is indented further is taken for one that is not indented at all. */
const INDENT_MAX = 1000
const SEARCHED_CHARACTERS_MAX = 64 * 1024 * 1024

interface Span {
  readonly start: number
  readonly end: number
  /** What follows the end of the array. When that end was part of a broken element, this begins with the rest of it. */
  readonly afterEnd?: boolean
}

export function parseJsonArray(text: string, isElement: (value: unknown) => boolean): JsonArray {
  const whole = tryParse(text)
  if (whole.ok && Array.isArray(whole.value)) {
    let spans: readonly Span[] | undefined
    const lineOf = (index: number): number => {
      spans ??= topLevelSpans(text)?.spans ?? []
      return lineAt(text, spans[index]?.start ?? 0)
    }
    return { elements: whole.value, problems: [], lineOf }
  }
  const top = topLevelSpans(text)
  if (top === undefined) {
    const what = text.trim() === '' ? 'the file is empty' : whole.ok ? 'is not a list' : 'is not JSON'
    return { elements: [], problems: [{ line: 1, what }], lineOf: () => 1 }
  }
  return parseSpans(text, top, isElement)
}

function parseSpans(text: string, top: TopLevel, isElement: (value: unknown) => boolean): JsonArray {
  const elements: unknown[] = []
  const starts: number[] = []
  const problems: { readonly offset: number; readonly what: string }[] = []
  const search = { charactersLeft: SEARCHED_CHARACTERS_MAX }
  let lastIsBroken = false
  for (const span of top.spans) {
    const parsed = tryParse(text.slice(span.start, span.end))
    const found: readonly Found[] = parsed.ok
      ? [{ kind: 'element', start: span.start, value: parsed.value }]
      : searchElements(text, span, { isElement, search })
    for (const [index, item] of found.entries()) {
      if (item.kind === 'element') {
        elements.push(item.value)
        starts.push(item.start)
      } else if (!(lastIsBroken && index === 0 && span.afterEnd === true)) {
        problems.push({ offset: item.start, what: item.what })
      }
      lastIsBroken = item.kind === 'broken'
    }
  }
  if (!top.closed && problems.length === 0)
    problems.push({ offset: text.length, what: 'the file ends before its list does' })
  const lines = lineCounter(text)
  return {
    elements,
    problems: problems.map(({ offset, what }) => ({ line: lines(offset), what })),
    lineOf: (index) => lineAt(text, starts[index] ?? 0),
  }
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false }

function tryParse(text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text)
    return { ok: true, value }
  } catch {
    return { ok: false }
  }
}

interface TopLevel {
  readonly spans: readonly Span[]
  readonly closed: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const LINE_FEED = 0x0a
const ARRAY_OPEN = 0x5b
const ARRAY_CLOSE = 0x5d
const OBJECT_OPEN = 0x7b
const OBJECT_CLOSE = 0x7d
const isSpace = (code: number): boolean => code === 0x20 || code === LINE_FEED || code === 0x0d || code === 0x09

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

/** Where the elements of the array lie; undefined when the text does not begin as an array. */
function topLevelSpans(text: string): TopLevel | undefined {
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== ARRAY_OPEN) return undefined
  at++
  const spans: Span[] = []
  while (true) {
    at = skipSpace(text, at)
    if (at >= text.length) return { spans, closed: false }
    if (text.charCodeAt(at) === COMMA) {
      at++
      continue
    }
    if (text.charCodeAt(at) === ARRAY_CLOSE) {
      const rest = skipSpace(text, at + 1)
      if (rest < text.length) spans.push({ start: rest, end: text.length, afterEnd: true })
      return { spans, closed: true }
    }
    const end = elementEnd(text, at)
    spans.push({ start: at, end })
    at = end
  }
}

/** The offset of the comma or the bracket after the element that begins at `start`, or the end of the text. */
function elementEnd(text: string, start: number): number {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE || code === LINE_FEED) inString = false
    } else if (code === QUOTE) inString = true
    else if (code === OBJECT_OPEN || code === ARRAY_OPEN) depth++
    else if (code === ARRAY_CLOSE && depth === 0) return at
    else if (code === OBJECT_CLOSE || code === ARRAY_CLOSE) depth = Math.max(0, depth - 1)
    else if (code === COMMA && depth === 0) return at
  }
  return text.length
}

type Found =
  | { readonly kind: 'element'; readonly start: number; readonly value: unknown }
  | { readonly kind: 'broken'; readonly start: number; readonly what: string }

interface SearchRules {
  readonly isElement: (value: unknown) => boolean
  readonly search: { charactersLeft: number }
}

/** Finds elements in a span that as a whole is not JSON; neighbouring pieces that are none are one problem. */
function searchElements(text: string, span: Span, { isElement, search }: SearchRules): Found[] {
  const cuts = cutBetweenObjects(text, span)
  const found: Found[] = []
  let first = 0
  while (first < cuts.length) {
    const start = cuts[first]?.start ?? span.end
    let taken = 0
    for (let count = 1; count <= PIECES_PER_ELEMENT_MAX && first + count <= cuts.length; count++) {
      const end = cuts[first + count - 1]?.end ?? span.end
      search.charactersLeft -= end - start
      if (search.charactersLeft < 0) {
        found.push({ kind: 'broken', start, what: 'is not JSON, and too long to search for messages that are' })
        return found
      }
      const parsed = tryParse(text.slice(start, end))
      if (parsed.ok && isElement(parsed.value)) {
        found.push({ kind: 'element', start, value: parsed.value })
        taken = count
        break
      }
    }
    if (taken === 0 && found.at(-1)?.kind !== 'broken') found.push({ kind: 'broken', start, what: 'is not JSON' })
    first += Math.max(1, taken)
  }
  return found
}

/** The pieces that begin with an object after the end of another, or on a line that is indented as the first one's. */
function cutBetweenObjects(text: string, span: Span): Span[] {
  const cuts: Span[] = []
  const indent = indentOf(text, span.start)
  let start = span.start
  let lastClose = span.end
  for (let at = span.start; at < span.end; at++) {
    const code = text.charCodeAt(at)
    if (code !== OBJECT_CLOSE && code !== LINE_FEED) continue
    let next = skipSpace(text, at + 1)
    if (code === OBJECT_CLOSE) {
      lastClose = at + 1
      if (text.charCodeAt(next) === COMMA) next = skipSpace(text, next + 1)
    }
    const cutHere = code === OBJECT_CLOSE || (indent !== undefined && indentOf(text, next) === indent)
    if (cutHere && next < span.end && text.charCodeAt(next) === OBJECT_OPEN) {
      cuts.push({ start, end: at + (code === OBJECT_CLOSE ? 1 : 0) })
      start = next
    }
    // What was skipped holds no brace: it need not be looked at again.
    at = Math.max(at, next - 1)
  }
  // The last piece may hold the end of the array, which its element is better without.
  cuts.push({ start, end: lastClose > start ? lastClose : span.end })
  return cuts
}

/** The white space before this place on its line; undefined when something else stands there. */
function indentOf(text: string, at: number): string | undefined {
  let lineStart = at
  while (lineStart > 0 && lineStart > at - INDENT_MAX && isSpace(text.charCodeAt(lineStart - 1))) {
    lineStart--
    if (text.charCodeAt(lineStart) === LINE_FEED) return text.slice(lineStart + 1, at)
  }
  return undefined
}

function lineAt(text: string, offset: number): number {
  return lineCounter(text)(offset)
}

/** Lines of offsets that are asked for in growing order: reads the text once in all. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1
  let at = 0
  return (offset) => {
    while (true) {
      const next = text.indexOf('\n', at)
      if (next === -1 || next >= offset) return line
      line++
      at = next + 1
    }
  }
}
