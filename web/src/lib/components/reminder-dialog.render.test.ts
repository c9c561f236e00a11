import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import ReminderDialog from './reminder-dialog.svelte'

test('asks when, and leads to all reminders', () => {
  const html = renderComponent(ReminderDialog, { message: sampleMessage(1), ondone() {}, onclose() {} })
  expect(html).toContain('Remind me of this message')
  expect(html).toContain('href="/chat/reminders"')
})
