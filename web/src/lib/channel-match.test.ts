import { expect, test } from 'vitest'
import { bestChannels } from './channel-match.ts'

const channels = ['lobby', 'old-platform', 'platform', 'platform-ops', 'reforms'].map((name) => ({ name }))
const names = (query: string, max = 9): string[] => bestChannels(channels, query, max).map((each) => each.name)

test('the exact one, then by beginning, by word, by part', () => {
  expect(names('platform')).toEqual(['platform', 'platform-ops', 'old-platform'])
  expect(names('form')).toEqual(['old-platform', 'platform', 'platform-ops', 'reforms'])
  expect(names('PLAT')).toEqual(['platform', 'platform-ops', 'old-platform'])
})

test('all for nothing, none for what is nowhere, at most so many', () => {
  expect(names('')).toEqual(['lobby', 'old-platform', 'platform', 'platform-ops', 'reforms'])
  expect(names('# lob')).toEqual(['lobby'])
  expect(names('xyz')).toEqual([])
  expect(names('', 2)).toEqual(['lobby', 'old-platform'])
})
