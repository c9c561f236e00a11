import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData, platform } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const gardening = { ...platform, id: '0197a5c0-0000-7000-8000-0000000000c2', name: 'gardening', joined: false }

test('lists one’s own for a phone, and those that one can join', () => {
  const data = { ...chatData, others: [gardening] }
  const html = renderComponent(Page, { data, form: null, params: {} }, { channels: [platform] })
  expect(html).toMatch(/platform.*Channels to join.*# gardening.*action="\/chat\/channels\?\/join"/s)
})

test('a visitor chooses one to read', () => {
  const data = { ...chatData, user: null, others: [] }
  expect(renderComponent(Page, { data, form: null, params: {} })).toContain('Choose a channel.')
})
