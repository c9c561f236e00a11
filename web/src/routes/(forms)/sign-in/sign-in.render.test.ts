import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const data = { ...chatData, user: null, next: '/chat/c' }

test('a form that works without script, which knows where one wanted to go', () => {
  const html = renderComponent(Page, { data, form: null, params: {} })
  expect(html).toMatch(/<form[^>]*method="post".*name="next"[^>]*value="\/chat\/c".*name="username".*name="password"/s)
  expect(html).toContain('href="/register?next=%2Fchat%2Fc"')
})

test('a refusal stands above what was typed; the password is not given back', () => {
  const form = { values: { username: 'ana' }, fields: {}, message: 'The password is wrong.', retryAtMs: undefined }
  const html = renderComponent(Page, { data, form, params: {} })
  expect(html).toMatch(/role="alert"[^>]*>\s*The password is wrong\..*value="ana"/s)
})
