import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import ChatFailed from './chat/+error.svelte'
import Failed from './+error.svelte'

const props = {} as never

test.for([
  [404, 'There is nothing here', false],
  [403, 'You may not see this', false],
  [503, 'Not ready just now', true],
  [500, 'Something broke', true],
] as const)('%i: %s', ([status, title, again]) => {
  const html = renderComponent(Failed, props, { status, message: 'why it is so' })
  expect(html).toMatch(new RegExp(`${status}.*<h1[^>]*>${title}</h1>`, 's'))
  expect(html.includes('why it is so')).toBe(status !== 404)
  expect(html.includes('Try again')).toBe(again)
  expect(html).toContain('href="/chat"')
})

test.for([
  [404, 'There is no such channel', false],
  [500, 'This did not load', true],
] as const)('in the chat, %i: %s', ([status, title, again]) => {
  const html = renderComponent(ChatFailed, props, { status, message: 'why it is so' })
  expect(html).toContain(title)
  expect(html.includes('Try again')).toBe(again)
})
