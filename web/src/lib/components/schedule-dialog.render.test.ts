import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import ScheduleDialog from './schedule-dialog.svelte'

test('asks when, and leads to what is scheduled', () => {
  const html = renderComponent(ScheduleDialog, { content: 'hello', channelId: 'c1', ondone() {}, onclose() {} })
  expect(html).toContain('Send later')
  expect(html).toContain('href="/chat/scheduled"')
})
