import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import MessageField from './message-field.svelte'

test('a field for a message is named, and sent by its name', () => {
  const html = renderComponent(MessageField, { value: 'x', label: 'Reply', name: 'content', oninput() {}, onsend() {} })
  expect(html).toMatch(/<textarea name="content"[^>]*aria-label="Reply"[^>]*aria-autocomplete="list"[^>]* required/)
  expect(html).not.toContain('listbox')
})
