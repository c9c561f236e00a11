import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import ThemeSwitch from './theme-switch.svelte'

test('the theme switch is a form that works without script, comes back to its page, and tells which one is chosen', () => {
  const html = renderComponent(ThemeSwitch, { theme: 'dark' }, { address: 'http://glasshouse.example/chat?before=7' })
  expect(html).toMatch(/<form method="post" action="\/theme"/)
  expect(html).toContain('name="return_to" value="/chat?before=7"')
  expect(html.match(/aria-pressed="true"/g)).toHaveLength(1)
  expect(html).toMatch(/value="dark" aria-pressed="true"/)
})
