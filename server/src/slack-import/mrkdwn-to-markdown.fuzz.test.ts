import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { describe, expect, test } from 'vitest'
import { mrkdwnToMarkdown, type SlackNames } from './mrkdwn-to-markdown.ts'

const seed = 20_261_120
const names: SlackNames = { user: (id) => (id === 'U1' ? 'ada' : undefined), channel: () => undefined }
const convert = (text: string): string => mrkdwnToMarkdown(text, names)
const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true })

/** Pieces of which Slack's text and Markdown make something, and some plain ones. */
const piece = fc.constantFrom(
  '*',
  '_',
  '~',
  '`',
  '```',
  '&lt;',
  '&gt;',
  '&amp;',
  '<',
  '>',
  '|',
  '\\',
  '[',
  ']',
  '(',
  ')',
  '!',
  '#',
  '-',
  '+',
  '=',
  '1.',
  ':',
  ':smile:',
  ' ',
  '\n',
  '\t',
  'a',
  'Word',
  '7',
  'é',
  '好',
  '😀',
  '&',
  'lt;',
  '<@U1>',
  '<https://e.org|l>',
  '<https://e.org>',
  '.',
)
const slackText = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

/** Pieces that stand for themselves in Slack; formatting marks only where Slack ignores them. */
const literalPiece = fc.constantFrom(
  '&lt;',
  '&gt;',
  '&amp;',
  '\\',
  '[',
  ']',
  '(',
  ')',
  '!',
  '#',
  '=',
  '|',
  '+',
  'a',
  'b',
  'Word',
  ' ',
  ', ',
  '\n',
  'lt;',
  '{',
  '}',
  '"',
  '$',
  '%',
  '^',
  '@',
  '/',
  '.',
  ';',
  '2*3',
  'x_y',
  '* ',
  '--',
  'é',
  '好',
  '😀',
)
const literalText = fc
  .array(literalPiece, { maxLength: 30 })
  .map((pieces) => pieces.join(''))
  // A line that begins as a quote or a list is one here too, and its mark is no text any more.
  .filter((text) => !/^\s*(?:&gt;|>|[-*]\s|\d+[.)]\s)/m.test(text))

const decode = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
const visible = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
const withoutSpace = (text: string): string => text.replaceAll(/\s/g, '')

describe('any text', () => {
  test('is converted, and gives Markdown that can be read', () => {
    fc.assert(
      fc.property(fc.oneof(slackText, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        expect(typeof markdown.render(convert(text))).toBe('string')
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('without formatting reads as it was written', () => {
    fc.assert(
      fc.property(literalText, (text) => {
        const html = markdown.render(convert(text))
        expect(withoutSpace(visible(html))).toBe(withoutSpace(decode(text)))
        expect(html).not.toMatch(/<(?:h\d|hr|table|em|strong|code|pre|a|img|blockquote|ul|ol)\b/)
      }),
      { seed, numRuns: 5000 },
    )
  })

  test('loses no letter or digit, whatever its formatting', () => {
    // Addresses and list numbers may move into attributes, and emoji names become emoji.
    const plain = slackText.filter((text) => !/:|<@|\d[.)]/.test(text))
    const letters = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '')
    fc.assert(
      fc.property(plain, (text) => {
        expect(letters(visible(markdown.render(convert(text))))).toBe(letters(decode(text)))
      }),
      { seed, numRuns: 5000 },
    )
  })

  test('keeps what is in fenced code, character by character', () => {
    const code = slackText.map((text) => text.replaceAll(/`|<[^<>\n]*>/g, '')).filter((text) => /\S/.test(text))
    fc.assert(
      fc.property(
        slackText.map((text) => text.replaceAll('`', '')),
        code,
        (before, inner) => {
          const html = markdown.render(convert(`${before}\n\`\`\`\n${inner}\n\`\`\``))
          const shown = [...html.matchAll(/<pre><code>([^]*?)<\/code><\/pre>/g)].map((match) => visible(match[1] ?? ''))
          expect(shown).toHaveLength(1)
          expect(shown[0]).toBe(`${decode(inner)}\n`)
        },
      ),
      { seed, numRuns: 2000 },
    )
  })
})

describe('time grows with the length and not with its square', () => {
  const patterns = [
    '*',
    '_a',
    '`',
    '<',
    '<a',
    '&',
    ':',
    ':a',
    '[',
    ']',
    '\\',
    '-',
    ' ',
    '\n ',
    '```',
    '> ',
    '1. ',
    '*a_b~',
    '|',
    '&gt;',
    '@',
    '<@U1',
    ':a::skin',
  ]
  const fastest = (text: string): number => {
    let bestMs = Number.POSITIVE_INFINITY
    for (let run = 0; run < 5; run++) {
      const start = performance.now()
      convert(text)
      bestMs = Math.min(bestMs, performance.now() - start)
    }
    return bestMs
  }
  test.each(patterns)('of %j', (pattern) => {
    const short = fastest(pattern.repeat(2000))
    const long = fastest(pattern.repeat(64_000))
    // 32 times the length: about 32 when linear, over 1,000 when quadratic. What is too short to measure counts as half a millisecond.
    expect(long / Math.max(short, 0.5)).toBeLessThan(700)
  })
})
