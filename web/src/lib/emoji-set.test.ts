import { describe, expect, test } from 'vitest'
import { EMOJI_SET, findEmoji } from './emoji-set.ts'

const names = (query: string): string[] => findEmoji(query, 5).map(({ emoji }) => emoji)

describe('findEmoji', () => {
  test('the name itself comes first, then what begins with it', () => {
    expect(names('tada')[0]).toBe('🎉')
    expect(names('+1')[0]).toBe('👍')
    expect(names('heart')[0]).toBe('❤️')
    expect(names('rocke')[0]).toBe('🚀')
  })

  test('words and tags find too, in any case', () => {
    expect(names('PARTY_P')).toContain('🎉')
    expect(names('thumbs up')).toContain('👍')
  })

  test('nothing for nothing', () => {
    expect(findEmoji('', 5)).toEqual([])
    expect(findEmoji('qqqqqq', 5)).toEqual([])
  })
})

test('all are there, each once', () => {
  expect(EMOJI_SET.length).toBeGreaterThan(1_800)
  expect(EMOJI_SET.filter(({ emoji }) => !/^\p{RGI_Emoji}$/v.test(emoji))).toEqual([])
  expect(new Set(EMOJI_SET.map(({ emoji }) => emoji)).size).toBe(EMOJI_SET.length)
})
