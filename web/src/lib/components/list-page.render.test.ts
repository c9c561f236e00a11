import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import ListPage from './list-page.svelte'

test('a page of a list has its name, what it is for, a way back, and what is in it', () => {
  const html = renderComponent(ListPage, {
    title: 'Saved',
    lead: 'Only you see them',
    children: textSnippet('what is in it'),
  })
  expect(html).toMatch(/<a[^>]*href="\/chat\/channels"[^>]*aria-label="All channels"/)
  expect(html).toMatch(/<h1[^>]*>Saved<\/h1>.*Only you see them.*what is in it/s)
})
