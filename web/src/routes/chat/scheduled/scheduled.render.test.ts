import type { ChannelId, ClientId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData, platform } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const item = {
  id: '0197a5c0-0000-7000-8000-0000000000e1',
  channel_id: platform.id,
  content: 'good morning',
  send_at: '2026-11-22T09:00:00.000Z',
  client_id: '0197a5c0-0000-7000-8000-0000000000e2',
  state: 'waiting' as const,
  created_at: '2026-11-21T09:00:00.000Z',
}
const draft = { channel_id: platform.id, content: 'half a thought', updated_at: '2026-11-21T11:00:00.000Z', version: 1 }
type Data = Parameters<typeof Page>[1]['data']

const render = (fields: Partial<Data>): string => {
  const empty = {
    scheduled: [],
    drafts: [],
    channelId: undefined,
    threadId: undefined,
    clientId: item.client_id as ClientId,
  }
  return renderComponent(
    Page,
    { data: { ...chatData, ...empty, ...fields }, form: null, params: {} },
    { channels: [platform] },
  )
}

test('what is scheduled says where and when it goes, and can be sent, changed and cancelled', () => {
  const html = render({ scheduled: [item] })
  expect(html).toMatch(/aria-label="To # platform".*Tomorrow, 09:00.*good morning/s)
  for (const action of ['send', 'cancel', 'change']) expect(html).toContain(`action="?/${action}"`)
})

test('what could not be sent says why', () => {
  const reason = { code: 'channel.archived', message: 'This channel is archived.' }
  expect(render({ scheduled: [{ ...item, state: 'failed', reason }] })).toMatch(
    /Not sent\..*This channel is archived\./s,
  )
})

test('a draft leads to where it is written; a channel in the address gives the form that needs no script', () => {
  expect(render({ drafts: [draft] })).toMatch(/half a thought.*href="\/chat\/[^"]*"[^>]*>Go on writing/s)
  expect(render({ channelId: platform.id as ChannelId })).toMatch(/Send later in # platform.*name="at"/s)
})

test('where nothing is, the page says how something comes there', () => {
  expect(render({})).toMatch(/Nothing is scheduled\..*Nothing is begun and not sent\./s)
})
