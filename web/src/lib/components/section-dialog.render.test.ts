import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import SectionDialog from './section-dialog.svelte'

test('a section is named, with those that there are at hand', () => {
  const html = renderComponent(SectionDialog, {
    section: 'Later',
    sections: ['Later', 'Work'],
    onsave: () => Promise.resolve(undefined),
    onclose: () => {},
  })
  expect(html).toMatch(/<input[^>]*name="section"[^>]*value="Later"|<input[^>]*value="Later"[^>]*name="section"/)
  expect(html).toMatch(/<option value="Work"/)
  expect(html).toContain('maxlength="40"')
})
