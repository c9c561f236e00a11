import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import ReportMessageDialog from './report-message-dialog.svelte'

test('says who is told, and who is not; the reason may be left out', () => {
  const html = renderComponent(ReportMessageDialog, { message: sampleMessage(3), ondone() {}, onclose() {} })
  expect(html).toContain('Report this message?')
  expect(html).toContain('Its author is not told.')
  expect(html).toContain('if you like to say so')
})
