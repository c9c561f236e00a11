import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MENTIONS_MAX, mentionsIn, permalinkPath, quotesIn } from './message-text.ts'

const names = (content: string): string[] => mentionsIn(content).map(({ name }) => name)

describe('mentions', () => {
  test.each([
    ['@ada', ['ada']],
    ['hello @Ada, and @BEN!', ['ada', 'ben']],
    ['(@ada) **@ben** _@cem_ > @dan', ['ada', 'ben', 'dan']],
    ['@ada @ada', ['ada', 'ada']],
    ['@channel @here', ['channel', 'here']],
    ['日本語 @ada', ['ada']],
    ['@under_score @dash-ed', ['under_score', 'dash-ed']],
    ['@ada.', ['ada']],
    ['@ada:', ['ada']],
    ["@ada's", ['ada']],
    ['two\n@ada\nlines', ['ada']],
  ])('of %j', (content, expected) => {
    expect(names(content)).toEqual(expected)
  })

  test.each([
    'ada@example.org',
    'https://example.org/@ada',
    '@@ada',
    '@a',
    `@${'x'.repeat(33)}`,
    '@adaé',
    'é@ada',
    '\\@ada',
    '`@ada`',
    '``@ada ` still``',
    'a `span\nover @lines`',
    '```\n@ada\n```',
    '```ts\n@ada',
    '~~~\n@ada\n```\n@ada\n~~~',
    '````\n```\n@ada\n````',
    '   ```\n@ada\n   ```',
    '\\``@ada`',
  ])('none in %j', (content) => {
    expect(names(content)).toEqual([])
  })

  test.each([
    ['`code` @ada', ['ada']],
    ['` @ada', ['ada']],
    ['`` @ada `', ['ada']],
    ['\\`@ada`', ['ada']],
    ['a ` b\n\n@ada ` c', ['ada']],
    ['```\ncode\n```\n@ada', ['ada']],
    ['``` not a fence ``` @ada', ['ada']],
    ['`\\` @ada', ['ada']],
  ])('outside of code: %j', (content, expected) => {
    expect(names(content)).toEqual(expected)
  })

  test('say where they stand', () => {
    const content = 'a `x` 😀 @Ada!'
    const [token] = mentionsIn(content)
    expect(content.slice(token?.index, (token?.index ?? 0) + (token?.length ?? 0))).toBe('@Ada')
  })

  test('are bounded', () => {
    const content = Array.from({ length: MENTIONS_MAX + 5 }, (_, index) => `@name${index}`).join(' ')
    expect(new Set(names(content)).size).toBe(MENTIONS_MAX)
    expect(names(`${content} @name0`).at(-1)).toBe('name0')
  })

  test('are found in any text, where they are', () => {
    const text = fc.array(fc.constantFrom('@', 'ada', '`', '``', '```', '~~~', '\n', '\n\n', ' ', '\\', '😀', '/'), {
      maxLength: 80,
    })
    fc.assert(
      fc.property(text, (parts) => {
        const content = parts.join('')
        for (const { name, index, length } of mentionsIn(content)) {
          expect(content.slice(index, index + length).toLowerCase()).toBe(`@${name}`)
        }
      }),
      { seed: 20_261_121, numRuns: 2_000 },
    )
  })

  test.each([
    `x${'`'.repeat(10_000)}`,
    Array.from({ length: 140 }, (_, index) => '`'.repeat(index)).join(' '),
    `${'\\'.repeat(9_000)}\`@ada\``,
    '\\` '.repeat(3_000),
    '` \\'.repeat(3_000),
    '@'.repeat(10_000),
    '~~~\n'.repeat(2_500),
  ])('are found in a text that is made to take long: case %#', (content) => {
    expect(names(`${content}\n\n@ada`).at(-1)).toBe('ada')
  })
})

describe('quotes', () => {
  const [first, second] = ['0197a5c0-0000-7000-8000-000000000001', '0197A5C0-0000-7000-8000-00000000000F']
  const link = (id: string): string => `https://hub.example.org${permalinkPath(id)}`

  test('are the messages that a text links to, each once, in order', () => {
    expect(quotesIn(`see ${link(second)} and [this](${link(first)}), <${link(first)}>.`)).toEqual([
      second.toLowerCase(),
      first,
    ])
    expect(quotesIn(`http://localhost:3000/below/m/${first}`)).toEqual([first])
  })

  test('are at most three, and none in code or in what only looks like a link', () => {
    const many = Array.from({ length: 5 }, (_, index) => link(first.slice(0, -1) + index)).join(' ')
    expect(quotesIn(many)).toHaveLength(3)
    for (const content of [`\`${link(first)}\``, `/m/${first}`, `${link(first)}0`, `https://x/m/${first.slice(1)}`]) {
      expect(quotesIn(content)).toEqual([])
    }
  })
})
