import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

test('whoever is no administrator is told what this is, and nothing of what is in it', () => {
  const html = renderComponent(Page, { data: { ...chatData, log: undefined } as never, form: null, params: {} })
  expect(html).toContain('The audit log is for administrators.')
  expect(html).not.toContain('<form')
})
