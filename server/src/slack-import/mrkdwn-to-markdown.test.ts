import MarkdownIt from 'markdown-it'
import { describe, expect, test } from 'vitest'
import { mrkdwnToMarkdown, type SlackNames } from './mrkdwn-to-markdown.ts'

const names: SlackNames = {
  user: (id) => ({ U1: 'ada', U2: '_under_score_', U3: 'a*b' })[id],
  channel: (id) => ({ C1: 'general-2' })[id],
}
const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true })
const convert = (text: string): string => mrkdwnToMarkdown(text, names)
const html = (text: string): string => markdown.render(convert(text)).trim()

describe('what a reader sees', () => {
  const cases: [slack: string, html: string][] = [
    ['*b*, _i_, ~s~', '<p><strong>b</strong>, <em>i</em>, <s>s</s></p>'],
    ['*_both_* _*both*_', '<p><strong><em>both</em></strong> <em><strong>both</strong></em></p>'],
    ['*a _b* c_', '<p><strong>a _b</strong> c_</p>'],
    ['*a `*` b*', '<p><strong>a <code>*</code> b</strong></p>'],
    ['*<https://e.org|x>*', '<p><strong><a href="https://e.org">x</a></strong></p>'],
    ['"*quoted*", (_so_), -~no~-', '<p>&quot;<strong>quoted</strong>&quot;, (<em>so</em>), -<s>no</s>-</p>'],
    ['no*bold*here, snake_case_, * alone *', '<p>no*bold*here, snake_case_, * alone *</p>'],
    ['* star *and bold*', '<ul>\n<li>star <strong>and bold</strong></li>\n</ul>'],
    ['~/bin and ~50', '<p>~/bin and ~50</p>'],
    ['~~~\nno fence', '<p>~~~<br>\nno fence</p>'],
    ['*', '<p>*</p>'],
    ['a\n-', '<p>a<br>\n-</p>'],
    ['* * *', '<p>* * *</p>'],
    ['a | b\n--- | ---', '<p>a | b<br>\n--- | ---</p>'],
    ['+ 1 from me', '<p>+ 1 from me</p>'],
    ['- # no heading', '<ul>\n<li># no heading</li>\n</ul>'],
    ['- &gt; no quote', '<ul>\n<li>&gt; no quote</li>\n</ul>'],
    ['- \n- a', '<p>-</p>\n<ul>\n<li>a</li>\n</ul>'],
    ['1. a\n   - b\n2. c', '<ol>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ol>'],
    ['7. seven\n8. eight', '<ol start="7">\n<li>seven</li>\n<li>eight</li>\n</ol>'],
    ['since\n1984. It was', '<p>since<br>\n1984. It was</p>'],
    ['&gt; a\n&gt; b', '<blockquote>\n<p>a<br>\nb</p>\n</blockquote>'],
    ['&gt; a\n- b', '<blockquote>\n<p>a</p>\n</blockquote>\n<ul>\n<li>b</li>\n</ul>'],
    ['&gt; in ```code```', '<blockquote>\n<p>in</p>\n<pre><code>code\n</code></pre>\n</blockquote>'],
    ['&gt; out\n```code```', '<blockquote>\n<p>out</p>\n</blockquote>\n<pre><code>code\n</code></pre>'],
    ['    four spaces', '<p>\u00A0\u00A0\u00A0\u00A0four spaces</p>'],
    ['``````', '<p>``````</p>'],
    ['```` x ```', '<pre><code>` x \n</code></pre>'],
    ['` `` `', '<p>` `` `</p>'],
    ['` x `', '<p><code> x </code></p>'],
    ['`a`b`', '<p>`a`b`</p>'],
    ['```\n  keep\n\n  *this* &amp;lt;\n```', '<pre><code>  keep\n\n  *this* &amp;lt;\n</code></pre>'],
    ['a```b```c', '<p>a</p>\n<pre><code>b\n</code></pre>\n<p>c</p>'],
    ['&amp;amp; &amp;copy; &amp;', '<p>&amp;amp; &amp;copy; &amp;</p>'],
    ['&lt;script&gt; &lt;https://e.org&gt;', '<p>&lt;script&gt; &lt;https://e.org&gt;</p>'],
    ['<b>raw</b>', '<p>&lt;b&gt;raw&lt;/b&gt;</p>'],
    ['<@U2> and <@U3>', '<p>@_under_score_ and @a*b</p>'],
    ['*<@U1>*', '<p><strong>@ada</strong></p>'],
    ['<#C1|general>', '<p>#general-2</p>'],
    ['![x](y) [a]: b', '<p>![x](y) [a]: b</p>'],
    ['[x]<https://e.org|y>', '<p>[x]<a href="https://e.org">y</a></p>'],
    ['<https://e.org/?a=&amp;amp;b|q>', '<p><a href="https://e.org/?a=&amp;amp;b">q</a></p>'],
    ['<https://e.org/a b|s>', '<p><a href="https://e.org/a%20b">s</a></p>'],
    ['<https://e.org|:smile: *x* `y`>', '<p><a href="https://e.org">😄 *x* `y`</a></p>'],
    ['<javascript:alert(1)|click>', '<p>click (javascript:alert(1))</p>'],
    ['<tel:123>', '<p>tel:123</p>'],
    ['<mailto:a@e.org>', '<p><a href="mailto:a@e.org">a@e.org</a></p>'],
    ['<!foo|bar> <!foo>', '<p>bar &lt;!foo&gt;</p>'],
    ['\\*not\\* \\', '<p>\\<strong>not\\</strong> \\</p>'],
    ['a\r\nb', '<p>a<br>\nb</p>'],
  ]
  test.each(cases)('%j', (slack, expected) => {
    expect(html(slack)).toBe(expected)
  })
})

test('text without anything special stays as it is', () => {
  for (const text of ['', 'plain', 'two\nlines', 'über 3.5 % (or so), #t @x a/b "c"']) expect(convert(text)).toBe(text)
})

test('a fallback is used where there is no name', () => {
  expect(convert('<@W9> <@W9|w> <#C9> <#C9|c> <!date^1^{date}>')).toBe('@W9 @w #C9 #c 1')
})
