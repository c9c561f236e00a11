import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import Field from './field.svelte'

test('a field says what it is, what it takes, and what was wrong', () => {
  const html = renderComponent(Field, {
    name: 'email',
    label: 'Email',
    hint: 'A hint',
    problem: 'A problem',
    initial: 'x',
  })
  const id = /<label for="([^"]+)"/.exec(html)?.[1]
  expect(html).toMatch(new RegExp(`<input id="${id}" name="email" value="x"`))
  expect(html).toContain(`aria-describedby="${id}-hint ${id}-problem"`)
  expect(html).toContain('aria-invalid="true"')
})

test('a field without a fault does not speak of one', () => {
  const html = renderComponent(Field, { name: 'email', label: 'Email' })
  expect(html).not.toMatch(/aria-(invalid|describedby)/)
})
