import { describe, expect, test } from 'vitest'
import { parseEmoji } from './emoji.ts'

describe('an emoji', () => {
  test.each(['👍', '👍🏽', '❤️', '1️⃣', '#️⃣', '🇩🇪', '🏴󠁧󠁢󠁷󠁬󠁳󠁿', '👨‍👩‍👧‍👦', '🏳️‍🌈', '👩🏽‍❤️‍💋‍👨🏿', '🫠'])('RX-1: %s is one', (emoji) => {
    expect(parseEmoji(emoji)).toEqual({ ok: true, value: emoji })
  })

  test.each([
    ['\u2764', '\u2764\uFE0F'],
    ['1\u20E3', '1\uFE0F\u20E3'],
    ['\u{1F3F3}\u200D\u{1F308}', '\u{1F3F3}\uFE0F\u200D\u{1F308}'],
    ['\u{1F469}\u200D\u2764\u200D\u{1F469}', '\u{1F469}\u200D\u2764\uFE0F\u200D\u{1F469}'],
    ['\u270C\u{1F3FD}', '\u270C\u{1F3FD}'],
  ])('RX-1: %s without its U+FE0F is the same one', (bare, whole) => {
    expect(parseEmoji(bare)).toEqual({ ok: true, value: whole })
  })

  test.each([
    '',
    ' ',
    'a',
    '1',
    '#',
    ':tada:',
    '👍👍',
    '👍 ',
    'x👍',
    '\u200D',
    '\uFE0F',
    '🇩',
    '🏽x',
    '\ud83d',
    '👍'.repeat(1_000),
  ])('RX-1: %j is none', (text) => {
    expect(parseEmoji(text).ok).toBe(false)
  })
})
