import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { platform } from '#lib/testing/samples.ts'
import QuickSwitcher from './quick-switcher.svelte'

test('the switcher is a field with a list, of which one is chosen', () => {
  const html = renderComponent(QuickSwitcher, { channels: [platform], onclose: () => {} })
  expect(html).toMatch(/role="combobox"[^>]*aria-controls="switcher-list"/)
  expect(html).toContain(`aria-activedescendant="switch-${platform.id}"`)
  expect(html).toMatch(/role="option" aria-selected="true"[^>]*>.*# platform/s)
})
