import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import WordsEditor from './words-editor.svelte'

test('has the words, one to a line, and what was seen', () => {
  const html = renderComponent(WordsEditor, { words: ['offer', '<buy> now'], form: null })
  expect(html).toMatch(/<textarea[^>]*name="words"[^>]*>offer\n&lt;buy> now<\/textarea>/)
  expect(html).toMatch(/name="seen"[^>]*value="offer\n&lt;buy> now"|value="offer\n&lt;buy> now"[^>]*name="seen"/)
  expect(html).not.toContain('role="status"')
})

test('a refused list stays as it was typed, with what is wrong', () => {
  const form = { values: { words: 'offer\n!', seen: 'casino' }, fields: { words: 'Without a letter or a digit: “!”.' } }
  const html = renderComponent(WordsEditor, { words: ['casino', 'loan'], form })
  expect(html).toContain('>offer\n!</textarea>')
  expect(html).toContain('aria-invalid="true"')
  expect(html).toContain('Without a letter or a digit: “!”.')
  expect(html).not.toContain('loan')
})

test('says what it kept', () => {
  const html = renderComponent(WordsEditor, { words: ['offer'], form: { saved: { count: 1, repeated: ['Offer'] } } })
  expect(html.replaceAll(/\s+/g, ' ')).toContain('Saved: one word.')
  expect(html).toContain('Kept once, since it was there already: “Offer”.')
})
