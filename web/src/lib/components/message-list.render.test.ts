import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import { createRawSnippet } from 'svelte'
import type { MessageRow } from '#lib/message-rows.ts'
import { sampleMessage, sampleView } from '#lib/testing/samples.ts'
import MessageList from './message-list.svelte'

test('the server draws the messages oldest first, with addresses for those who have no script', () => {
  const row = createRawSnippet((each: () => MessageRow) => ({ render: () => `<p>${each().message.content}</p>` }))
  const html = renderComponent(MessageList, {
    view: sampleView([sampleMessage(1), sampleMessage(2)], {
      history: { items: [sampleMessage(2), sampleMessage(1)], next: 'more', seq: 2 },
    }),
    label: 'Messages in platform',
    row,
    beginning: textSnippet('The beginning'),
    onreload: () => {},
    olderHref: '?before=1',
    newestHref: '/chat/c',
    isPast: false,
  })
  expect(html).toMatch(/role="feed" aria-label="Messages in platform"/)
  expect(html).toMatch(/line 1.*line 2/s)
  expect(html).toMatch(/<noscript>.*href="\?before=1"/s)
  expect(html).not.toContain('The beginning')
})
