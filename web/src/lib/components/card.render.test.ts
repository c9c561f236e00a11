import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import Card from './card.svelte'

test('a card is a titled section, with a foot when there is one', () => {
  const html = renderComponent(Card, { title: 'Sign in', lead: 'To go on.', children: textSnippet('fields') })
  expect(html).toMatch(/<h1[^>]*>Sign in<\/h1>/)
  expect(html).toContain('To go on.')
  expect(html).toContain('fields')
  expect(html).not.toContain('<footer')
})
