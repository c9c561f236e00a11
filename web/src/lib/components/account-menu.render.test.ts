import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana } from '#lib/testing/samples.ts'
import AccountMenu from './account-menu.svelte'

test('the account menu opens and signs out without script', () => {
  const html = renderComponent(AccountMenu, { user: ana, theme: 'system', onshortcuts: () => {} })
  expect(html).toMatch(/<button[^>]*popovertarget="account-menu"/)
  expect(html).toMatch(/id="account-menu"[^>]*popover="auto"/)
  expect(html).toMatch(/<form method="post" action="\/sign-out"/)
  expect(html).toMatch(/<a[^>]*href="\/settings"/)
  expect(html).toContain('@ana · user')
})
