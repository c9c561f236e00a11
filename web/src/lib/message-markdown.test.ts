import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderMarkdown } from './message-markdown.ts'

describe('what is rendered', () => {
  test.each([
    ['hello', '<p>hello</p>'],
    ['one\ntwo', '<p>one<br>\ntwo</p>'],
    ['**bold** _it_ `a < b`', '<p><strong>bold</strong> <em>it</em> <code>a &lt; b</code></p>'],
    ['# big', '<p class="heading">big</p>'],
    ['text\n---', '<p>text</p>\n<hr>'],
    [
      '[a]: http://b.example',
      '<p>[a]: <a href="http://b.example" target="_blank" rel="noopener noreferrer nofollow">http://b.example</a></p>',
    ],
    ['see main.rs and a@b.example', '<p>see main.rs and a@b.example</p>'],
  ])('%j', (content, html) => {
    expect(renderMarkdown(content).trim()).toBe(html)
  })

  test('links open elsewhere and give nothing away', () => {
    const html = renderMarkdown('https://a.example/x?y=1&z=2 and [b](http://b.example "t")')
    expect(html).toContain(
      '<a href="https://a.example/x?y=1&amp;z=2" target="_blank" rel="noopener noreferrer nofollow">',
    )
    expect(html).toContain(
      '<a href="http://b.example" title="t" target="_blank" rel="noopener noreferrer nofollow">b</a>',
    )
  })

  test('a picture is a link to it', () => {
    const html = renderMarkdown('![a cat](https://a.example/cat.png)')
    expect(html).not.toContain('<img')
    expect(html).toContain('<a href="https://a.example/cat.png"')
    expect(html).toContain('>a cat</a>')
  })

  test.each([
    ['@grace.h looked', '@grace.h'],
    ['ask @grace.h.', '@grace.h'],
    ['@al-b_c.d...', '@al-b_c.d'],
    ['@grace, @x', '@grace'],
    ['"@grace"', '@grace'],
  ])('a mention is the whole name and no full stop: %s', (text, name) => {
    expect(renderMarkdown(text)).toContain(`<span class="mention">${name}</span>`)
  })

  test('mentions, but not within code, links, addresses or words', () => {
    expect(renderMarkdown('@ana and (@Jo_M)', 'jo_m')).toBe(
      '<p><span class="mention">@ana</span> and (<span class="mention mine">@Jo_M</span>)</p>\n',
    )
    for (const plain of [
      '`@ana`',
      '[@ana](http://a.example)',
      'x@ana',
      'http://a.example/@ana',
      '@',
      '```\n@ana\n```',
    ]) {
      expect(renderMarkdown(plain, 'ana')).not.toContain('mention')
    }
  })
})

describe('attacks', () => {
  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](  javascript:alert(1))',
    '[x](java&#115;cript:alert(1))',
    '[x](java&Tab;script:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:x)',
    '[x](file:///etc/passwd)',
    '[x](//evil.example)',
    '[x](/\\evil.example)',
    '[x](blob:https://a.example/1)',
    '![x](javascript:alert(1))',
    '![" onerror="alert(1)](https://a.example/"onerror="alert(1))',
    '<javascript:alert(1)>',
    '[x](https://a.example/"onmouseover="alert(1))',
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    '```"><script>alert(1)</script>\ncode\n```',
    '```x" onload="alert(1)\ncode\n```',
    '@<img src=x onerror=alert(1)>',
    '@ana"><script>alert(1)</script>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '[a](http://a.example)<iframe src=//evil.example>',
  ])('%j does no harm', (content) => {
    expectHarmless(renderMarkdown(content, 'ana'))
  })

  test('whatever is written', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '`',
      '```',
      '\n',
      '[',
      ']',
      '(',
      ')',
      '!',
      '@ana',
      '&',
      '&#x6a;',
      'javascript:',
      'data:',
      'http://a.example',
      ' ',
      'onerror=x',
      '<script',
      '<img src=x',
      '*',
      '_',
      '~~',
      '|',
      '|-|',
      '# ',
      '- ',
      '> ',
      '\\',
      '\t',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) =>
        expectHarmless(renderMarkdown(pieces.join(''), 'ana')),
      ),
      { seed: 11, numRuns: 4000 },
    )
  })
})

const TAGS = new Set([
  'p',
  'br',
  'strong',
  'em',
  's',
  'code',
  'pre',
  'a',
  'span',
  'ul',
  'ol',
  'li',
  'blockquote',
  'hr',
  'div',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
])
const ATTRIBUTES = new Set(['href', 'title', 'target', 'rel', 'class', 'start', 'style'])
const VALUES: Record<string, RegExp> = {
  href: /^(https?:|mailto:|\/(?![/\\])|#)/,
  style: /^text-align:(left|right|center)$/,
}
const TAG = /<(\/?)([a-zA-Z][^\s>/]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*\/?>/g

/** Every `<` belongs to a tag that is expected, with attributes that are, and every address has a scheme that runs nothing. */
function expectHarmless(html: string): void {
  const rest = html.replace(TAG, (_tag, _slash, name: string, attributes: string) => {
    expect(TAGS).toContain(name)
    for (const [, key, value] of attributes.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)) {
      expect(ATTRIBUTES).toContain(key)
      expect(value).toMatch(VALUES[key ?? ''] ?? /^/)
    }
    return ''
  })
  expect(rest).not.toMatch(/[<>]/)
}
