import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const own = {
  ...chatData.user,
  display_name: 'Ana of the docks',
  email: 'ana@example.test',
  role: 'user' as const,
  created_at: '2026-11-20T08:00:00.000Z',
}
const here = {
  id: '0197a5c0-0000-7000-8000-0000000000d1',
  kind: 'browser',
  current: true,
  client: 'Firefox',
  system: 'Linux',
  user_agent: 'Firefox',
  address: '192.0.2.1',
  created_at: '2026-11-20T08:00:00.000Z',
  last_used_at: '2026-11-21T12:00:00.000Z',
  expires_at: '2026-12-05T12:00:00.000Z',
} as const
const data = { ...chatData, own, sessions: { items: [here], next: null }, isFirstPage: true }

test('shows who one is, the fields of a new password, and from where one is signed in', () => {
  const html = renderComponent(Page, { data, form: null, params: {} })
  expect(html).toMatch(/ana@example\.test.*Profile.*value="Ana of the docks".*Password.*Sessions.*Firefox on Linux/s)
})
