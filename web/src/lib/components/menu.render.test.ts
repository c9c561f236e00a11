import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import Menu from './menu.svelte'

test('a menu is a named popover', () => {
  const html = renderComponent(Menu, { id: 'm', label: 'Message', area: 'below', children: textSnippet('items') })
  expect(html).toMatch(/id="m"[^>]*popover="auto" role="menu" aria-label="Message"/)
})
