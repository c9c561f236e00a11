import { describe, expect, test } from 'vitest'
import { toggledReactions } from './toggled-reactions.ts'

const party = { emoji: '🎉', count: 2, usernames: ['ana', 'ben'] }
const eyes = { emoji: '👀', count: 1, usernames: ['ben'] }

describe('toggledReactions', () => {
  test('a first reaction comes last, and counts one', () => {
    expect(toggledReactions([party], '👍', { username: 'ana', on: true })).toEqual([
      party,
      { emoji: '👍', count: 1, usernames: ['ana'] },
    ])
  })

  test('joining others, and taking it back, keep the order', () => {
    const joined = toggledReactions([eyes, party], '👀', { username: 'ana', on: true })
    expect(joined).toEqual([{ ...eyes, count: 2, usernames: ['ben', 'ana'] }, party])
    expect(toggledReactions(joined, '👀', { username: 'ana', on: false })).toEqual([eyes, party])
  })

  test('the last one takes the reaction away', () => {
    expect(toggledReactions([eyes, party], '👀', { username: 'ben', on: false })).toEqual([party])
  })

  test('what is so already stays as it is', () => {
    expect(toggledReactions([party], '🎉', { username: 'ana', on: true })).toEqual([party])
    expect(toggledReactions([party], '🎉', { username: 'lin', on: false })).toEqual([party])
    expect(toggledReactions([party], '👀', { username: 'lin', on: false })).toEqual([party])
  })
})
