import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import MessageEditor from './message-editor.svelte'

test('the editor begins with the text as it is', () => {
  const props = { message: sampleMessage(3), onsave: () => {}, oncancel: () => {}, ondelete: () => {} }
  const html = renderComponent(MessageEditor, props)
  expect(html).toMatch(/<textarea[^>]*aria-label="Edit the message"[^>]*>\s*line 3<\/textarea>/)
  expect(html).toMatch(/Cancel<.*Save</s)
})
