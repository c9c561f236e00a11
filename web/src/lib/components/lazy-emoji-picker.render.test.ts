import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import LazyEmojiPicker from './lazy-emoji-picker.svelte'

test('the server sends no emoji: they are loaded when they are asked for', () => {
  const html = renderComponent(LazyEmojiPicker, { anchor: undefined as never, onpick: () => {}, onclose: () => {} })
  expect(html.trim()).toBe('')
})
