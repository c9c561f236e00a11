import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import DraftConflict from './draft-conflict.svelte'

test('what was written elsewhere is shown as text, with both choices', () => {
  const html = renderComponent(DraftConflict, { text: 'a <b> & more', ontake() {}, onkeep() {} })
  expect(html).toMatch(/<blockquote[^>]*>a &lt;b> &amp; more<\/blockquote>/)
  expect(html.match(/<button/g)).toHaveLength(2)
})
