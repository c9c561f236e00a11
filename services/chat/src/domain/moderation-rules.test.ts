import { describe, expect, test } from 'vitest'
import { rulesBroken as rulesBrokenBy, textsOf, wordKey, WordMatcher } from './moderation-rules.ts'

const none = new WordMatcher([])
const rulesBroken = (text: string, words: WordMatcher) => rulesBrokenBy([text], words)

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
    '<http:evil.example>',
    '<HTTPS:evil.example/x>',
    '<offer@evil.example>',
  ])('is a link: %s', (text) => expect(rulesBroken(text, none)).toEqual(['link']))

  test.each([
    'main.rs is at 10:30',
    'a // comment',
    'name@host.test',
    'a [b] (c)',
    'www',
    'a <std::string> b',
    'List<@Foo> <a @b>',
  ])('is no link: %s', (text) => expect(rulesBroken(text, none)).toEqual([]))

  test('is a word of the list: whole, without case and width', () => {
    const words = new WordMatcher(['Spam', 'buy now', '賭博'])
    for (const text of ['spam', 'SPAM!', 'no ｓｐａｍ here', 's\u200Bpam', 'Buy  NOW', 'buy, now', '今日は賭博です']) {
      expect(rulesBroken(text, words), text).toEqual(['word'])
    }
    for (const text of ['spammer', 'antispam', 'buy it now', 'now buy', ''])
      expect(rulesBroken(text, words), text).toEqual([])
  })

  test('is all of them at once, each told; in what is too long nothing else is looked for', () => {
    const spam = new WordMatcher(['spam'])
    expect(rulesBroken('spam https://example.test', spam)).toEqual(['link', 'word'])
    expect(rulesBroken(`spam https://example.test ${'a'.repeat(300)}`, spam)).toEqual(['too_long'])
  })

  test('is what a poll asks and offers too, together with the text', () => {
    const rulesOfPoll = (question: string, options: readonly string[], content = 'well?') =>
      rulesBrokenBy(
        textsOf({ content, poll: { question, options, multiple: false, anonymous: false, endsAtMs: undefined } }),
        new WordMatcher(['spam']),
      )
    expect(rulesOfPoll('When?', ['now', 'never'])).toEqual([])
    expect(rulesOfPoll('https://example.test', ['now', 'never'])).toEqual(['link'])
    expect(rulesOfPoll('When?', ['now', 'more spam'])).toEqual(['word'])
    expect(rulesOfPoll('a'.repeat(100), ['b'.repeat(99), 'c'.repeat(96)])).toEqual([])
    expect(rulesOfPoll('a'.repeat(100), ['b'.repeat(99), 'c'.repeat(97)])).toEqual(['too_long'])
  })

  test('a word without letter or digit is none', () => {
    expect(wordKey(' !! ')).toBeUndefined()
    expect(wordKey(' Ｂuy   Now! ')).toBe('buy now')
    expect(new WordMatcher(['!!']).matches('what!!')).toBe(false)
  })
})
