import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import Dialog from './dialog.svelte'

test('a dialog is named by its title, seen or not', () => {
  const props = { title: 'Keyboard shortcuts', onclose: () => {}, children: textSnippet('content') }
  const id = /aria-labelledby="([^"]+)"/.exec(renderComponent(Dialog, props))?.[1]
  expect(renderComponent(Dialog, props)).toMatch(new RegExp(`<h2 id="${id}"[^>]*>Keyboard shortcuts`))
  expect(renderComponent(Dialog, { ...props, hideTitle: true })).toMatch(/<h2[^>]*class="[^"]*visually-hidden/)
})
