import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import RemoveMessageDialog from './remove-message-dialog.svelte'

test('says who still sees it, and that it can be undone', () => {
  const html = renderComponent(RemoveMessageDialog, { message: sampleMessage(3), ondone() {}, onclose() {} })
  expect(html).toContain('Remove this message?')
  expect(html).toContain('You can undo that for a minute.')
  expect(html).toContain('Its author reads it')
})
