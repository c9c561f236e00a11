/** What is being typed that can be completed. */
export interface CompletionQuery {
  readonly kind: 'emoji' | 'person'
  /** Without its sign. */
  readonly query: string
  /** Where it stands in the text, its sign included. */
  readonly from: number
  readonly to: number
  /** An emoji's name with both colons: it is chosen, not sought. */
  readonly closed: boolean
}

/** At the beginning, or after what is no part of a word or an address. */
const EMOJI = /(?:^|[^\w:/])(:([a-z0-9_+-]{2,40})(:?))$/i
const PERSON = /(?:^|[^\w@/.])(@([\w.-]{0,40}))$/
/** A name is never further from the caret. */
const LOOK_BACK_MAX = 50

/** What ends at the caret; undefined within code and where nothing can be completed. */
export function completionQuery(text: string, caret: number): CompletionQuery | undefined {
  const before = text.slice(0, caret)
  if (isInCode(before)) return undefined
  const near = before.slice(-LOOK_BACK_MAX)
  const emoji = EMOJI.exec(near)
  if (emoji) return made('emoji', { whole: emoji[1] ?? '', query: emoji[2] ?? '', closed: emoji[3] === ':' }, caret)
  const person = PERSON.exec(near)
  return person ? made('person', { whole: person[1] ?? '', query: person[2] ?? '', closed: false }, caret) : undefined
}

function made(
  kind: CompletionQuery['kind'],
  { whole, query, closed }: { readonly whole: string; readonly query: string; readonly closed: boolean },
  caret: number,
): CompletionQuery {
  return { kind, query, from: caret - whole.length, to: caret, closed }
}

/** Within a fence, or within backticks of the same line. */
function isInCode(before: string): boolean {
  if (before.split('```').length % 2 === 0) return true
  const line = before.slice(before.lastIndexOf('\n') + 1)
  return line.replaceAll('```', '').split('`').length % 2 === 0
}
