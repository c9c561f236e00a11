import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import MessageContent from './message-content.svelte'

test('content is rendered Markdown, without the HTML of its author', () => {
  const content = '**bold** <img src=x onerror=alert(1)> @ana\n```js\nlet a\n```'
  const html = renderComponent(MessageContent, { content, reader: 'ana' })
  expect(html).toContain('<strong>bold</strong>')
  expect(html).not.toContain('<img')
  expect(html).toContain('<span class="mention mine">@ana</span>')
  expect(html).toContain('<code class="language-js">')
})
