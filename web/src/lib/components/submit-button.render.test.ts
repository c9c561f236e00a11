import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import SubmitButton from './submit-button.svelte'

test('a busy button says so, and keeps the focus: it is not disabled', () => {
  const html = renderComponent(SubmitButton, { busy: true, children: textSnippet('Send') })
  expect(html).toMatch(/aria-disabled="true" aria-busy="true"/)
  expect(html).not.toMatch(/ disabled/)
})
