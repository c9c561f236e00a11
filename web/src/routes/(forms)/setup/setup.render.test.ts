import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const data = { ...chatData, user: null, code: 'abc-def' }

test('the first administrator is made with the code of the terminal', () => {
  const site = { ...data.site, setup_needed: true }
  const html = renderComponent(Page, { data: { ...data, site }, form: null, params: {} })
  expect(html).toMatch(/name="code"[^>]*value="abc-def".*Make the administrator/s)
})

test('there is one already', () => {
  const html = renderComponent(Page, { data, form: null, params: {} })
  expect(html).toMatch(/Set up already.*href="\/sign-in"/s)
})
