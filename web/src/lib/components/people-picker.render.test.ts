import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana } from '#lib/testing/samples.ts'
import PeoplePicker from './people-picker.svelte'

const ben = { id: 'b', username: 'ben', display_name: 'Ben Tran' }
const props = { people: [ana, ben], q: '', more: false, userId: ana.id, problem: undefined }

test('others are chosen, and written to, without script too', () => {
  const html = renderComponent(PeoplePicker, props)
  expect(html).toMatch(/action="\/chat\/people\?\/converse"/)
  expect(html).toMatch(/type="checkbox"[^>]*value="b"/)
  expect(html).not.toContain('Ana Okafor')
})

test('nobody found, and why it did not begin', () => {
  expect(renderComponent(PeoplePicker, { ...props, people: [ana], q: 'zed' })).toContain('Nobody is called so.')
  expect(renderComponent(PeoplePicker, { ...props, problem: 'At most 9 people.' })).toContain('At most 9 people.')
})
