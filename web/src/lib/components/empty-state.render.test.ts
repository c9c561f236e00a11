import Bookmark from '@lucide/svelte/icons/bookmark'
import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import EmptyState from './empty-state.svelte'

test('says that there is nothing, and how something comes there; its sign is for the eyes alone', () => {
  const html = renderComponent(EmptyState, {
    icon: Bookmark,
    title: 'Nothing is saved.',
    children: textSnippet('Save a message'),
  })
  expect(html).toMatch(/<svg[^>]*aria-hidden="true".*Nothing is saved\..*Save a message/s)
})
