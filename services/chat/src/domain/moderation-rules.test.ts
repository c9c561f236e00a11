import { describe, expect, test } from 'vitest'
import { rulesBroken, wordKey, WordMatcher } from './moderation-rules.ts'

const none = new WordMatcher([])

describe('[MO-2] what holds a message', () => {
  test('is its length, above 300 characters', () => {
    expect(rulesBroken('a'.repeat(300), none)).toEqual([])
    expect(rulesBroken('a'.repeat(301), none)).toEqual(['too_long'])
    expect(rulesBroken('😀'.repeat(300), none)).toEqual([])
    expect(rulesBroken('😀'.repeat(301), none)).toEqual(['too_long'])
  })

  test.each([
    'see https://example.test/a',
    'HTTP://EXAMPLE.TEST',
    'www.example.test',
    '[here](/somewhere)',
    'mailto:a@b.test',
    'ftp://x',
  ])('is a link: %s', (text) => expect(rulesBroken(text, none)).toEqual(['link']))

  test.each(['main.rs is at 10:30', 'a // comment', 'name@host.test', 'a [b] (c)', 'www'])('is no link: %s', (text) =>
    expect(rulesBroken(text, none)).toEqual([]),
  )

  test('is a word of the list: whole, without case and width', () => {
    const words = new WordMatcher(['Spam', 'buy now', '賭博'])
    for (const text of ['spam', 'SPAM!', 'no ｓｐａｍ here', 's\u200Bpam', 'Buy  NOW', 'buy, now', '今日は賭博です']) {
      expect(rulesBroken(text, words), text).toEqual(['word'])
    }
    for (const text of ['spammer', 'antispam', 'buy it now', 'now buy', ''])
      expect(rulesBroken(text, words), text).toEqual([])
  })

  test('is all of them at once, each told', () => {
    expect(rulesBroken(`spam https://example.test ${'a'.repeat(300)}`, new WordMatcher(['spam']))).toEqual([
      'too_long',
      'link',
      'word',
    ])
  })

  test('a word without letter or digit is none', () => {
    expect(wordKey(' !! ')).toBeUndefined()
    expect(wordKey(' Ｂuy   Now! ')).toBe('buy now')
    expect(new WordMatcher(['!!']).matches('what!!')).toBe(false)
  })
})
