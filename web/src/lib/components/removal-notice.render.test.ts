import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, sampleMessage } from '#lib/testing/samples.ts'
import RemovalNotice from './removal-notice.svelte'

test('says whose message it was, and takes it back', () => {
  const { id, channel_id, user_id, content, timestamp } = sampleMessage(3)
  const removed = {
    id,
    channel_id,
    user_id,
    content,
    timestamp,
    seq: null,
    username: ana.username,
    display_name: 'Ana <b>',
    status: 'removed' as const,
    held_for: [],
    reports: 0,
  }
  const html = renderComponent(RemovalNotice, { removed, onclose() {} })
  expect(html).toContain('You have removed a message by Ana &lt;b>.')
  expect(html).toMatch(/>Undo<\/button>/)
})
