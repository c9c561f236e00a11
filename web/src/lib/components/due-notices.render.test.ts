import { ok } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { DueNotices as Notices } from '#lib/due-notices.ts'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, sampleMessage } from '#lib/testing/samples.ts'
import DueNotices from './due-notices.svelte'

test('a reminder shows its message, and can be put off and done', async () => {
  const message = sampleMessage(1, { content: 'answer <me>' })
  const stream = `user:${ana.id}`
  const item = { message_id: message.id, channel_id: message.channel_id, remind_at: message.timestamp, message }
  const notices = new Notices(
    {
      listReminders: async () => ok({ items: [{ ...item, state: 'due' as const }], stream, seq: 1 }),
      listScheduled: async () => ok({ items: [], stream, seq: 1 }),
    } as never,
    ana.id,
  )
  await notices.load()
  const html = renderComponent(DueNotices, { notices })
  expect(html).toContain('answer &lt;me>')
  expect(html).toContain(`href="/m/${message.id}"`)
  expect(html).toMatch(/In 20 min<\/button>/)
  expect(html).toMatch(/Done<\/button>/)
})

test('nothing is due, nothing is shown', () => {
  expect(renderComponent(DueNotices, { notices: new Notices({} as never, ana.id) })).not.toContain('<p')
})
