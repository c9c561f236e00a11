import { createRawSnippet } from 'svelte'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import SidePanel from './side-panel.svelte'

const children = createRawSnippet(() => ({ render: () => '<p>what is in it</p>' }))
const props = { title: 'Pinned', closeHref: '/chat/c', closeLabel: 'Close the pins', children }

test('a side panel has a name, a heading, a way out and what is in it', () => {
  const html = renderComponent(SidePanel, { ...props, label: 'Pinned messages', about: 'platform' })
  expect(html).toMatch(/<section[^>]*aria-label="Pinned messages"/)
  expect(html).toMatch(/<h2[^>]*>Pinned<\/h2> *<p[^>]*>platform<\/p>/)
  expect(html).toMatch(/href="\/chat\/c"[^>]*aria-label="Close the pins"/)
  expect(html).toContain('what is in it')
})

test('without another name it is called by its title, and what it belongs to may go without saying', () => {
  const html = renderComponent(SidePanel, props)
  expect(html).toMatch(/<section[^>]*aria-label="Pinned"/)
  expect(html).not.toMatch(/<\/h2> *<p/)
})
