import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { platform } from '#lib/testing/samples.ts'
import ChannelList from './channel-list.svelte'

const props = {
  siteName: 'Northwind',
  channels: [platform],
  currentId: platform.id,
  signedIn: true,
  onswitch: () => {},
}

test('the channel list links to each channel, and marks the one that is shown', () => {
  const html = renderComponent(ChannelList, props)
  expect(html).toMatch(new RegExp(`href="/chat/${platform.id}" aria-current="page"[^>]*>.*platform`, 's'))
  expect(html).toContain('href="/chat/new"')
})

test('a visitor is not offered what they may not do', () => {
  const html = renderComponent(ChannelList, { ...props, signedIn: false })
  expect(html).not.toContain('href="/chat/new"')
  expect(html).not.toContain('Jump to')
})
