import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import EmojiPicker from './emoji-picker.svelte'

test('the picker has a search and groups, each emoji with its name', () => {
  const html = renderComponent(EmojiPicker, { anchor: undefined as never, onpick: () => {}, onclose: () => {} })
  expect(html).toMatch(/<input[^>]*type="search"[^>]*aria-label="Search emoji"/)
  expect(html).toMatch(/<section aria-label="Often used"/)
  expect(html).toMatch(/aria-label="party popper" title=":tada:"[^>]*>🎉</)
  expect(html.match(/<button/g)?.length).toBeGreaterThan(1_500)
})
