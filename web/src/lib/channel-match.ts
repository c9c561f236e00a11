interface Named {
  readonly name: string
}

/**
 * The channels whose names hold the query, best first: those that begin with it, then those in which a word does, then the others.
 * Equal ones stay in their order. An empty query finds all.
 */
export function bestChannels<Channel extends Named>(
  channels: readonly Channel[],
  query: string,
  countMax: number,
): Channel[] {
  const wanted = query.trim().replace(/^#\s*/, '').toLowerCase()
  return channels
    .map((channel) => ({ channel, rank: rank(channel.name.toLowerCase(), wanted) }))
    .filter((each) => each.rank < NOT_FOUND)
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, countMax)
    .map((each) => each.channel)
}

const NOT_FOUND = 4

function rank(name: string, wanted: string): number {
  if (name === wanted) return 0
  if (name.startsWith(wanted)) return 1
  const at = name.indexOf(wanted)
  if (at < 0) return NOT_FOUND
  return name.split(/[\s_-]+/).some((word) => word.startsWith(wanted)) ? 2 : 3
}
