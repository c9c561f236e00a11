import { describe, expect, test } from 'vitest'
import { mergeWords, namesOf, readWordLines } from './word-lines.ts'

describe('readWordLines', () => {
  test('one word a line, trimmed, without empty ones, each once', () => {
    expect(readWordLines(' offer \r\n\r\nbuy now\noffer\n\t\n')).toEqual({
      words: ['offer', 'buy now'],
      repeated: ['offer'],
      problem: undefined,
    })
    expect(readWordLines('')).toEqual({ words: [], repeated: [], problem: undefined })
  })

  test('says which are too long, and which have nothing to find', () => {
    expect(readWordLines('x'.repeat(50)).problem).toBeUndefined()
    const { problem } = readWordLines(`${'x'.repeat(51)}\nfine\n!?`)
    expect(problem).toBe(`Longer than 50 characters: “${'x'.repeat(30)}…”. Without a letter or a digit: “!?”.`)
    // Characters are counted as a person counts them, as far as the server does.
    expect(readWordLines('😀'.repeat(49) + 'x').problem).toBeUndefined()
  })

  test('says when there are too many', () => {
    const lines = Array.from({ length: 501 }, (_, n) => `word${n}`)
    expect(readWordLines(lines.join('\n')).problem).toBe('These are 501 words: at most 500 are kept.')
    expect(readWordLines(lines.slice(1).join('\n')).problem).toBeUndefined()
  })
})

test('what others have added or taken away meanwhile stays so', () => {
  const seen = ['offer', 'casino', 'pills']
  expect(mergeWords(['offer', 'casino', 'loan'], { seen, wanted: ['offer', 'pills', 'lottery'] })).toEqual([
    'offer',
    'loan',
    'lottery',
  ])
  expect(mergeWords(seen, { seen, wanted: seen })).toEqual(seen)
  expect(mergeWords(['lottery'], { seen: [], wanted: ['lottery'] })).toEqual(['lottery'])
})

test('names three, and counts the others', () => {
  expect(namesOf(['a', 'b'])).toBe('“a”, “b”')
  expect(namesOf(['a', 'b', 'c', 'd', 'e'])).toBe('“a”, “b”, “c” and 2 more')
})
