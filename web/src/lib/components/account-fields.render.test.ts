import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import AccountFields from './account-fields.svelte'

const fields = { username: 'Use 3 to 32 letters.' }

test('registering asks for name, email and a new password, and gives back what was refused', () => {
  const html = renderComponent(AccountFields, { purpose: 'register', form: { values: { username: 'a' }, fields } })
  expect(html.match(/name="(\w+)"/g)).toEqual(['name="username"', 'name="email"', 'name="password"'])
  expect(html).toMatch(/name="username" value="a"[^>]*aria-invalid="true"/)
  expect(html).toContain('autocomplete="new-password"')
  expect(html).toContain('Use 3 to 32 letters.')
})

test('signing in asks for either name, and the password that exists', () => {
  const html = renderComponent(AccountFields, { purpose: 'sign-in', form: null })
  expect(html.match(/name="(\w+)"/g)).toEqual(['name="username"', 'name="password"'])
  expect(html).toContain('User name or email')
  expect(html).toContain('autocomplete="current-password"')
})
