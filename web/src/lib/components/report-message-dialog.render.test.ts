import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import ReportMessageDialog from './report-message-dialog.svelte'

test('says who is told, and who is not; the reason may be left out', () => {
  const html = renderComponent(ReportMessageDialog, {
    message: sampleMessage(3),
    channelType: 'public',
    ondone() {},
    onclose() {},
  })
  expect(html).toContain('Report this message?')
  expect(html).toContain('Its author is not told.')
  expect(html).toContain('if you like to say so')
})

test('of a conversation, that administrators read this message alone', () => {
  const props = { message: sampleMessage(3), channelType: 'direct' as const, ondone() {}, onclose() {} }
  const html = renderComponent(ReportMessageDialog, props)
  expect(html).toContain('The administrators read this message, and nothing else that was written here.')
})
