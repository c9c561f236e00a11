import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import UnreadBar from './unread-bar.svelte'

test('the bar says how many are new, and offers the way there', () => {
  const one = renderComponent(UnreadBar, { count: 1, onjump: () => {} })
  expect(one).toMatch(/1 new message</)
  expect(one).toContain('Mark as read')
  // A hundred are all that is told.
  expect(renderComponent(UnreadBar, { count: 100, onjump: () => {} })).toContain('99+ new messages')
})
