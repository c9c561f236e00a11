import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const data = { ...chatData, user: null, next: '/chat' }

test('asks for a name, an address and a password, and says what they must be', () => {
  const html = renderComponent(Page, { data, form: null, params: {} })
  expect(html).toMatch(/3 to 32 letters.*name="email".*At least 10 characters/s)
})

test('a field that was refused says so beside it', () => {
  const fields = { username: 'This user name is taken.' }
  const form = {
    values: { username: 'ana', email: 'a@example.test' },
    fields,
    message: undefined,
    retryAtMs: undefined,
  }
  const html = renderComponent(Page, { data, form, params: {} })
  expect(html).toMatch(/name="username"[^>]*aria-invalid="true".*This user name is taken\./s)
})

test('where registration is closed there is no form', () => {
  const site = { ...data.site, registration: 'closed' as const }
  const html = renderComponent(Page, { data: { ...data, site }, form: null, params: {} })
  expect(html).toContain('Registration is closed')
  expect(html).not.toContain('<form')
})
