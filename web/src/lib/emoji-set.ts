/** The emoji that one can choose, with the names that people type for them. Large: it is loaded when somebody asks for it. */
import compact from 'emojibase-data/en/compact.json'
import shortcodes from 'emojibase-data/en/shortcodes/iamcal.json'

export interface Emoji {
  readonly emoji: string
  /** As typed between colons; the first is the best known. Slack and GitHub have the same. */
  readonly names: readonly string[]
  readonly label: string
  readonly tags: readonly string[]
  readonly group: number
}

/** Unicode's groups, without the parts that emoji are put together of (2). */
export const EMOJI_GROUPS: ReadonlyMap<number, string> = new Map([
  [0, 'Faces'],
  [1, 'People'],
  [3, 'Animals and nature'],
  [4, 'Food'],
  [5, 'Places'],
  [6, 'Activities'],
  [7, 'Things'],
  [8, 'Signs'],
  [9, 'Flags'],
])

const namesByCode: Readonly<Record<string, string | readonly string[]>> = shortcodes

const RECOMMENDED = /^\p{RGI_Emoji}$/v

/** As Unicode recommends it, which is what a reaction may be: with U+FE0F where it is needed, and only there. */
function asRecommended(emoji: string): string {
  return RECOMMENDED.test(emoji) ? emoji : emoji.replaceAll('\uFE0F', '')
}

/** In Unicode's order. */
export const EMOJI_SET: readonly Emoji[] = compact
  .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
  .flatMap(({ unicode, hexcode, label, tags = [], group }) =>
    group !== undefined && EMOJI_GROUPS.has(group)
      ? { emoji: asRecommended(unicode), names: [namesByCode[hexcode] ?? []].flat(), label, tags, group }
      : [],
  )

/**
 * Those whose name holds the query, best first: it begins so, a word of it does, it is within, a label or tag does. An empty query finds
 * none.
 */
export function findEmoji(query: string, countMax: number): Emoji[] {
  const wanted = query.toLowerCase().replaceAll(' ', '_')
  if (wanted === '') return []
  return EMOJI_SET.map((each) => ({ each, rank: rank(each, wanted) }))
    .filter(({ rank: found }) => found < NOT_FOUND)
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, countMax)
    .map(({ each }) => each)
}

const NOT_FOUND = 9

function rank({ names, label, tags }: Emoji, wanted: string): number {
  if (names.includes(wanted)) return 0
  if (names.some((name) => name.startsWith(wanted))) return 1
  if (names.some((name) => name.split(/[_-]/).some((word) => word.startsWith(wanted)))) return 2
  if (tags.some((tag) => tag.startsWith(wanted))) return 3
  if (names.some((name) => name.includes(wanted)) || label.toLowerCase().includes(wanted.replaceAll('_', ' '))) return 4
  return NOT_FOUND
}
