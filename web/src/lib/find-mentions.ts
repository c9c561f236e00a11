/** Whom an `@` can name. Loaded by whoever types one. */
import type { UserGroup } from '@glasshouse/contracts'
import { browserApi } from './browser-api.ts'

export interface Mentionable {
  readonly key: string
  /** The name, as it is put into the text. */
  readonly sign: string
  /** What it says of itself. */
  readonly text: string
}

const EVERYBODY: readonly Mentionable[] = [
  { key: 'channel', sign: '@channel', text: 'Everybody in this channel' },
  { key: 'here', sign: '@here', text: 'Those who are here now' },
]
/** All groups are one answer, and they change seldom. */
const GROUPS_KEPT_MS = 60_000

let kept: { readonly groups: Promise<readonly UserGroup[]>; readonly untilMs: number } | undefined

/** At most `max` of each: everybody and groups by how their names begin, people by what the server finds. */
export async function findMentions(query: string, max: number): Promise<Mentionable[]> {
  const [people, groups] = await Promise.all([
    browserApi.listUsers({ query: { limit: max, ...(query && { q: query }) } }),
    readGroups(Date.now()),
  ])
  const named = people.ok ? people.value.items : []
  return [
    ...(query === '' ? [] : [...EVERYBODY, ...groups.map(ofGroup)].filter(beginsWith(query)).slice(0, max)),
    ...named.map(({ id, username, display_name }) => ({ key: id, sign: `@${username}`, text: display_name })),
  ]
}

function readGroups(nowMs: number): Promise<readonly UserGroup[]> {
  if (kept === undefined || nowMs >= kept.untilMs) {
    // Without an answer there are none, until one types on.
    const groups = browserApi.listGroups().then((read) => {
      if (!read.ok) kept = undefined
      return read.ok ? read.value.items : []
    })
    kept = { groups, untilMs: nowMs + GROUPS_KEPT_MS }
  }
  return kept.groups
}

function ofGroup({ id, name, description, member_count: count }: UserGroup): Mentionable {
  const people = count === 1 ? '1 person' : `${count} people`
  return { key: id, sign: `@${name}`, text: description === '' ? people : `${description} · ${people}` }
}

function beginsWith(query: string): (each: Mentionable) => boolean {
  const start = `@${query.toLowerCase()}`
  return ({ sign }) => sign.toLowerCase().startsWith(start)
}
