import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData, platform, sampleMessage } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const message = sampleMessage(3)
const render = (state: 'waiting' | 'due' | undefined): string => {
  const remind_at = '2026-11-22T09:00:00.000Z'
  const reminders =
    state === undefined ? [] : [{ channel_id: platform.id, message_id: message.id, message, remind_at, state }]
  return renderComponent(Page, { data: { ...chatData, reminders }, form: null, params: {} }, { channels: [platform] })
}

test('each says when one is told of it, and can be done with or put off', () => {
  const html = render('waiting')
  expect(html).toMatch(/in # platform.*Tomorrow, 09:00.*line 3/s)
  expect(html).not.toMatch(/>due</)
  expect(html).toMatch(/action="\?\/done".*action="\?\/snooze".*In 20 minutes.*Later/s)
  expect(render('due')).toMatch(/>due</)
})

test('who has none is told how one gets them', () => {
  expect(render(undefined)).toMatch(/You have no reminders\..*Remind me/s)
})
