import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import EndField from './end-field.svelte'

test('an end that is set is kept unless another is chosen', () => {
  const props = { name: 'quiet', label: 'Do not disturb', never: 'Off' }
  expect(renderComponent(EndField, { ...props, set: null })).toMatch(/<option value="" selected[^>]*>Off/)
  const html = renderComponent(EndField, { ...props, set: '2026-11-21T14:30:00.000Z' })
  expect(html).toMatch(/<option value="keep" selected[^>]*>Until [^<]*14:30/)
  expect(html).not.toMatch(/<option value="" selected/)
})
