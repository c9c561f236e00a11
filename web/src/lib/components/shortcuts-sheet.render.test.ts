import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import ShortcutsSheet from './shortcuts-sheet.svelte'

test('the sheet names the keys and what they do', () => {
  const html = renderComponent(ShortcutsSheet, { onclose: () => {} })
  expect(html).toMatch(/<kbd[^>]*>Ctrl<\/kbd>\s*<kbd[^>]*>K<\/kbd>.*Jump to a channel/s)
  expect(html).toMatch(/<kbd[^>]*>Alt<\/kbd>.*Previous or next channel/s)
})
