import type { OwnStatus } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const render = (own: OwnStatus): string => renderComponent(Page, { data: { ...chatData, own }, form: null, params: {} })

test('shows what is set, with its end, and can clear it', () => {
  const status = { emoji: '⛵', text: 'at sea', until: '2026-11-21T15:00:00.000Z' }
  const html = render({ status, do_not_disturb_until: null, last_seen_visible_to: 'everybody' })
  expect(html).toMatch(/value="at sea".*value="⛵".*Until Today, 15:00.*Do not disturb.*Clear my status/s)
  expect(html).toMatch(/name="last_seen"[^>]*checked/)
})

test('where nothing is set there is nothing to clear', () => {
  const html = render({ status: null, do_not_disturb_until: null, last_seen_visible_to: 'nobody' })
  expect(html).not.toContain('Clear my status')
})
