import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

test('shows whose session it is, since when, until when, and how to end it', () => {
  const session = {
    id: '0197a5c0-0000-7000-8000-0000000000d1',
    created_at: '2026-11-20T09:00:00.000Z',
    expires_at: '2026-12-04T09:00:00.000Z',
  }
  const html = renderComponent(Page, { data: { ...chatData, user: ana, session }, form: null, params: {} })
  expect(html).toMatch(/data-testid="protected-username"[^>]*>ana.*2026.*action="\/sign-out"/s)
})
