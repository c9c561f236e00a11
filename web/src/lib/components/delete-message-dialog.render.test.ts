import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import DeleteMessageDialog from './delete-message-dialog.svelte'

test('deleting shows what will be gone, and begins with the way back', () => {
  const props = { message: sampleMessage(3, { reply_count: 2 }), ondelete: () => {}, onclose: () => {} }
  const html = renderComponent(DeleteMessageDialog, props)
  expect(html).toContain('line 3')
  expect(html).toContain('cannot be brought back. Its replies stay.')
  expect(html).toMatch(/autofocus[^>]*>Cancel</)
})
