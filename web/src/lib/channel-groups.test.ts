import type { Channel } from '@glasshouse/contracts'
import { describe, expect, test } from 'vitest'
import { channelBeside, channelGroups } from './channel-groups.ts'

const channel = (id: string, type: Channel['type'] = 'public'): Channel => ({ id, name: id, type }) as Channel
const channels = [channel('a'), channel('b'), channel('c'), channel('d'), channel('ann', 'direct')]

describe("the list of one's channels", () => {
  test('favourites, sections by name, channels, conversations; each once, in the order in which they came', () => {
    const own: Record<string, { favourite: boolean; section: string | null }> = {
      b: { favourite: true, section: 'Work' },
      c: { favourite: false, section: 'Work' },
      a: { favourite: false, section: 'Later' },
    }
    const groups = channelGroups(channels, (id) => own[id])
    expect(groups.map(({ title, channels: of }) => [title, ...of.map(({ id }) => id)])).toEqual([
      ['Favourites', 'b'],
      ['Later', 'a'],
      ['Work', 'c'],
      ['Channels', 'd'],
      ['Direct messages', 'ann'],
    ])
    expect(channelGroups([], () => undefined).map(({ kind }) => kind)).toEqual(['channels', 'direct'])
  })

  test('the next and the previous one, over the ends; or only those with something new', () => {
    const badges: Record<string, { unread: number; mentions: number; muted: boolean }> = {
      b: { unread: 2, mentions: 0, muted: true },
      c: { unread: 1, mentions: 1, muted: true },
      ann: { unread: 1, mentions: 0, muted: false },
    }
    const unread = {
      channel: () => undefined,
      badge: (id: string) => badges[id] ?? { unread: 0, mentions: 0, muted: false },
    }
    const beside = (id: string | undefined, step: number, unreadOnly = false): string | undefined =>
      channelBeside(channels, unread, { id, step, unreadOnly })?.id
    expect([beside('a', 1), beside('b', -1), beside('ann', 1), beside('a', -1)]).toEqual(['b', 'a', 'a', 'ann'])
    expect([beside(undefined, 1), beside(undefined, -1)]).toEqual(['a', 'ann'])
    expect([beside('a', 1, true), beside('c', 1, true), beside('ann', 1, true)]).toEqual(['c', 'ann', 'c'])
    expect(channelBeside([channel('a')], unread, { id: 'a', step: 1, unreadOnly: false })).toBeUndefined()
  })
})
