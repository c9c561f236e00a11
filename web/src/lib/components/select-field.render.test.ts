import { createRawSnippet } from 'svelte'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import SelectField from './select-field.svelte'

test('the label is that of the field', () => {
  const children = createRawSnippet(() => ({ render: () => '<option value="1">One</option>' }))
  const html = renderComponent(SelectField, { name: 'which', label: 'Which', children })
  const id = /<label for="([^"]+)"/.exec(html)?.[1]
  expect(html).toContain(`Which</label> <select id="${id}" name="which"`)
})
