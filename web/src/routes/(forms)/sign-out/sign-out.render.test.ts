import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

test('asks once more, with the name of who is signed in', () => {
  const html = renderComponent(Page, { data: chatData, form: null, params: {} })
  expect(html).toMatch(/Ana Okafor.*<form[^>]*method="post".*Sign out/s)
})
