import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import ListPage from './list-page.svelte'

test('a page of a list has its name, and what is in it', () => {
  const html = renderComponent(ListPage, { title: 'Saved', children: textSnippet('what is in it') })
  expect(html).toMatch(/<h1[^>]*>Saved<\/h1>/)
  expect(html).toContain('what is in it')
})
