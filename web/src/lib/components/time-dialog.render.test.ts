import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import TimeDialog from './time-dialog.svelte'

test('offers what most people choose, and a time of one’s own', () => {
  const html = renderComponent(TimeDialog, {
    title: 'Send later',
    action: 'Schedule',
    onpick: async () => undefined,
    onclose() {},
    href: '/chat/scheduled',
    linkText: 'All',
  })
  expect([...html.matchAll(/<time datetime="([^"]+)"/g)].map(([, at]) => at)).toEqual([
    '2026-11-21T12:20:00.000Z',
    '2026-11-21T13:00:00.000Z',
    '2026-11-22T09:00:00.000Z',
    '2026-11-28T09:00:00.000Z',
  ])
  expect(html).toMatch(/<input[^>]*type="datetime-local"[^>]*value="2026-11-22T09:00"/)
})
