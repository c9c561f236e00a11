import { expect, test } from 'vitest'
import { hasLink, rulesBroken, WordMatcher } from '../../../services/chat/src/domain/moderation-rules.ts'
import { renderMarkdown } from './message-markdown.ts'

/** Links in each way to write one, and what changes or breaks them: one on each line. */
const SHAPES = `
<http:evil.test>
<HTTPS:evil.test/x>
<a@evil.test>
<mailto:a@evil.test>
mailto:a@evil.test
https://evil.test/a
//evil.test
ftp://evil.test
www.evil.test
a https://evil.test b
[x](https://evil.test)
[x](/a)
![x](http:a)
[x](<http:a> "t")
[x]()
[x](#a)
[[x](/b)](/a)`
  .trim()
  .split('\n')
const VISIBLE_PIECES =
  'http https ftp mailto javascript evil.test a 1 é : / // \\ . @ # ? &lt; &#58; &colon; %20 _ - * ` < > [ ] ( ) ]( ![ " \' | !'
const PIECES = [...VISIBLE_PIECES.split(' '), ' ', '\n', '\t', '\u00A0', '\u200B', '']

function* texts(count: number): Generator<string> {
  let state = 20_261_121
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
  for (let n = 0; n < count; n++) {
    let text = SHAPES[below(SHAPES.length)] ?? ''
    for (let changes = below(4); changes >= 0; changes--) {
      const at = below(text.length + 1)
      text = text.slice(0, at) + (PIECES[below(PIECES.length)] ?? '') + text.slice(at + below(3))
    }
    yield text
  }
}

const none = new WordMatcher([])

test('[MO-2] whatever is shown as a link is held as one', () => {
  let links = 0
  for (const text of texts(20_000)) {
    if (!renderMarkdown(text).includes('<a ')) continue
    links++
    expect(rulesBroken([text], none), JSON.stringify(text)).toContain('link')
  }
  expect(links).toBeGreaterThan(3_000)
})

test.each(['<http:evil.example>', '<offer@evil.example>', '[x](/a)', '![x](https:a)', 'https://evil.example'])(
  'both know a link: %s',
  (text) => {
    expect(renderMarkdown(text)).toContain('<a ')
    expect(rulesBroken([text], none)).toEqual(['link'])
  },
)

/** Compared with itself, so that a slow machine does not fail it: 20 times the length takes 20 times as long, and not 400 times. */
test.each(['a.', 'a-', 'a', '](', '] ', 'www.', '<a', '<a@', 'a1:/', 'mailto', '👍a.'])(
  '[MO-2] a link is looked for in a time that grows with the length: %s',
  (piece) => {
    const msFor = (length: number): number => {
      const text = piece.repeat(length / piece.length)
      const times = Array.from({ length: 7 }, () => {
        const from = performance.now()
        hasLink(text)
        return performance.now() - from
      })
      return Math.min(...times)
    }
    // Not shorter, since then the clock is all that is measured.
    const ratio = msFor(200_000) / Math.max(msFor(10_000), 0.005)
    expect(ratio).toBeLessThan(120)
  },
)
