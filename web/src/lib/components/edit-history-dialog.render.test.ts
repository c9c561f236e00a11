import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import EditHistoryDialog from './edit-history-dialog.svelte'

test('the history is a dialog that can be closed', () => {
  const html = renderComponent(EditHistoryDialog, { message: sampleMessage(3), onclose: () => {} })
  expect(html).toContain('What it said before')
  expect(html).toMatch(/<form method="dialog"/)
})
