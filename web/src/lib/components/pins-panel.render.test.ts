import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import PinsPanel from './pins-panel.svelte'

const props = { channelName: 'platform', closeHref: '/chat/c' }

test('a pin can be read, opened in its place, and taken away', () => {
  const message = sampleMessage(3, { pinned_at: '2026-11-21T11:30:00.000Z', pinned_by: 'ben' })
  const html = renderComponent(PinsPanel, { ...props, pins: [message] })
  expect(html).toContain('line 3')
  expect(html).toContain(`href="/m/${message.id}"`)
  expect(html).toContain('Unpin')
  expect(html).toMatch(/href="\/chat\/c"[^>]*aria-label="Close the pins"/)
})

test('without pins it says how to make one', () => {
  expect(renderComponent(PinsPanel, { ...props, pins: [] })).toContain('Nothing is pinned here.')
})
