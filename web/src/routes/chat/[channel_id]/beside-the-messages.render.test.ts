import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData, platform, sampleMessage } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

import PinsPanel from '#lib/components/pins-panel.svelte'
import ThreadPanel from '#lib/components/thread-panel.svelte'

const nothing = { thread: null, pins: null, members: null, targetId: undefined, restricted: undefined }
const panels = {
  ThreadPanel: undefined,
  PinsPanel: undefined,
  VisitorComposer: undefined,
  MemberPanel: undefined,
  ChannelSettings: undefined,
}
const history = { items: [sampleMessage(1)], next: null, seq: 20 }
const params = { channel_id: platform.id }
const data = { ...chatData, ...nothing, ...panels, channel: platform, history }

test('the thread, the pins, or nothing', () => {
  const root = sampleMessage(1)
  const thread = { root, items: [sampleMessage(2, { thread_id: root.id })], complete: true, following: true, seq: 20 }
  expect(renderComponent(Page, { data: { ...data, thread, ThreadPanel }, form: null, params })).toMatch(
    /1 reply.*line 2/s,
  )
  const pinned = { ...data, pins: [sampleMessage(3)], PinsPanel }
  expect(renderComponent(Page, { data: pinned, form: null, params })).toMatch(/Pinned.*line 3/s)
  expect(renderComponent(Page, { data, form: null, params }).trim()).toBe('')
})
