import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import Composer from './composer.svelte'

const props = {
  label: 'Message # platform',
  userId: 'u1',
  channelId: 'c1',
  action: '?/send',
  onsend: () => true,
  oneditlast: () => false,
}

test('the composer is a form with a named field', () => {
  const html = renderComponent(Composer, props)
  expect(html).toMatch(/<form[^>]*method="post"[^>]*action="\?\/send"/)
  expect(html).toMatch(/<textarea[^>]*name="content"[^>]*aria-label="Message # platform"/)
})

test('without script, the clock leads to a form', () => {
  const html = renderComponent(Composer, { ...props, threadId: 't1' })
  expect(html).toContain('href="/chat/scheduled?channel=c1&amp;thread=t1"')
})

test('what the server refused is given back, with the reason', () => {
  const html = renderComponent(Composer, { ...props, returned: { content: 'my words', message: 'Too many.' } })
  expect(html).toMatch(/role="alert"[^>]*>Too many\./)
  expect(html).toMatch(/<textarea[^>]*>\s*my words<\/textarea>/)
})

test('a reply says to what, also without script', () => {
  const html = renderComponent(Composer, { ...props, label: 'Reply', threadId: 't1' })
  expect(html).toMatch(/<input type="hidden" name="thread_id" value="t1"/)
  expect(html).toMatch(/<button[^>]*>Reply<\/button>/)
})
