import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { platform } from '#lib/testing/samples.ts'
import BrowseChannels from './browse-channels.svelte'

test('each channel can be looked at and joined, by a form that needs no script', () => {
  const html = renderComponent(BrowseChannels, {
    channels: [{ ...platform, joined: false, role: null }],
    problem: undefined,
  })
  expect(html).toContain(`href="/chat/${platform.id}"`)
  expect(html).toContain('24 members')
  expect(html).toMatch(new RegExp(`action="/chat/channels\\?/join".*value="${platform.id}"`, 's'))
})

test('whoever is everywhere is told so, and why joining failed', () => {
  expect(renderComponent(BrowseChannels, { channels: [], problem: undefined })).toContain('You are in all of them')
  expect(renderComponent(BrowseChannels, { channels: [], problem: 'It is archived.' })).toContain('It is archived.')
})
