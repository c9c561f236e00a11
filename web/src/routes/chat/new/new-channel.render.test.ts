import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

test('asks for a name, what it is for and who may find it', () => {
  const html = renderComponent(Page, { data: chatData, form: null, params: {} })
  expect(html).toMatch(/name="name".*name="description".*value="public".*value="private".*Create the channel/s)
})

test('a name that is taken says so beside the field, and what was typed stays', () => {
  const fields = { name: 'There is a channel of this name.' }
  const values = { name: 'platform', description: 'live', type: 'private' as const }
  const form = { values, fields, message: undefined, retryAtMs: undefined }
  const html = renderComponent(Page, { data: chatData, form, params: {} })
  expect(html).toMatch(/value="platform"[^>]*aria-invalid="true".*There is a channel of this name\..*value="live"/s)
})
